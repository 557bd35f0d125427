#include "vm/node/state_text.h"

#include "bifs/erlang/process_text.h"
#include "vm/ets/hash.h"
#include "vm/ets/packed.h"
#include "vm/ets/tree.h"
#include "vm/port/port_table.h"
#include "vm/term/compare.h"
#include "vm/term/print.h"

namespace joist {
namespace {

std::string line(const char* name, const std::string& value) { return std::string(name) + ": " + value + "\n"; }
std::string line(const char* name, size_t value) { return line(name, std::to_string(value)); }
std::string line(const char* name, Term value) { return line(name, print_term(value)); }

std::string type_of(const ets::Table& t) {
  switch (t.type) {
    case ets::Type::Set: return "set";
    case ets::Type::Bag: return "bag";
    case ets::Type::DuplicateBag: return "duplicate_bag";
    case ets::Type::OrderedSet: return "ordered_set";
  }
  return "";
}

std::string protection_of(const ets::Table& t) {
  switch (t.protection) {
    case ets::Protection::Private: return "private";
    case ets::Protection::Protected: return "protected";
    case ets::Protection::Public: return "public";
  }
  return "";
}

std::string yes_no(bool b) { return b ? "true" : "false"; }

// The objects with one key, of which `o` is the first.
struct SameKey {
  const ets::Table& table;
  std::string text;
  Term key;
  static void add(ets::Object* o, void* argument) {
    auto& run = *static_cast<SameKey*>(argument);
    run.key = o->key(run.table.key_position);
    for (; o; o = run.table.is_tree() ? nullptr : o->next)
      if (!o->deleted && terms_equal(o->key(run.table.key_position), run.key)) run.text += print_term(ets::OpenedObject(*o).term()) + "\n";
  }
};

std::string objects_of(ets::Table& t) {
  SameKey run{t, {}, {}};
  if (t.is_tree()) {
    for (ets::tree::Cursor c = ets::tree::first(t); c; c = ets::tree::next(c)) SameKey::add(c.object(), &run);
  } else if (ets::hash::first(t, SameKey::add, &run)) {
    while (ets::hash::next(t, run.key, SameKey::add, &run) == ets::hash::Next::Found) {}
  }
  return run.text;
}

std::string table_id_text(ets::Table& t) {
  if (t.named) return print_term(t.name);
  Heap scratch;
  heap_init(scratch, Words(64));
  std::string text = print_term(ets::table_id(scratch, t));
  heap_destroy(scratch);
  return text;
}

template <TableDetail detail>
std::string table_text(ets::Table& t) {
  return "=ets:" + print_term(t.owner_pid()) + "\n" + line("Slot", reinterpret_cast<Word>(&t)) + line("Table", table_id_text(t)) + line("Name", t.name) + line("Fixed", yes_no(t.fixed.load())) + (detail == TableDetail::Objects ? objects_of(t) : "") +
         line("Objects", t.size()) + line("Words", t.memory_words()) + line("Type", type_of(t)) + line("Protection", protection_of(t)) +
         line("Compressed", yes_no(t.compressed)) + line("Write Concurrency", t.write_auto ? "auto" : yes_no(t.write_concurrency)) +
         line("Read Concurrency", yes_no(t.read_concurrency));
}

std::string port_text(Port& p) {
  std::string out = "=port:" + print_term(p.id) + "\n" + line("Slot", port_slot(p));
  out += line("Connected", Term::from_raw(p.owner.load()));
  std::string links, monitors;
  p.links.each([&](Link& l) { links += print_term(l.peer); });
  p.monitors.each([&](MonitoredBy& m) { monitors += "(" + print_term(m.watcher.term) + "," + reference_text(m.key) + ")"; });
  if (!links.empty()) out += line("Links", links);
  if (!monitors.empty()) out += line("Monitors", monitors);
  if (Word name = p.registered_name.load()) out += line("Registered as", Term::from_raw(name));
  return out + line(p.driver->description(), p.options.name) + line("Input", p.bytes_in) + line("Output", p.bytes_out) + line("Queue", p.queued);
}

template <class T, class Walk>
std::string each_text(Walk walk, std::string (*text)(T&)) {
  struct Run {
    std::string (*text)(T&);
    std::string out;
  } run{text, {}};
  walk([](T& t, void* r) { static_cast<Run*>(r)->out += static_cast<Run*>(r)->text(t); }, &run);
  return run.out;
}

}  // namespace

std::string ports_text() { return each_text<Port>(for_each_port, port_text); }
std::string tables_text(TableDetail detail) {
  return each_text<ets::Table>(ets::for_each_table, detail == TableDetail::Objects ? table_text<TableDetail::Objects> : table_text<TableDetail::Summary>);
}

}  // namespace joist
