// The layout is that of OTP's crash dumps; what has no counterpart in Joist is left out.
#include "bifs/erlang/process_text.h"

#include <cstdio>

#include "bifs/bif.h"
#include "bifs/erlang/process_info.h"
#include "bifs/erlang/wait_reply.h"
#include "vm/code/module.h"
#include "vm/interp/own_code.h"
#include "vm/process/dictionary.h"
#include "vm/process/relations.h"
#include "vm/process/saved_calls.h"
#include "vm/term/print.h"

namespace joist {

namespace {

std::string hexadecimal(const void* address) {
  char text[32];
  snprintf(text, sizeof text, "0x%016llx", static_cast<unsigned long long>(reinterpret_cast<Word>(address)));
  return text;
}

std::string y_register(size_t number) {
  std::string name = "y(" + std::to_string(number) + ")";
  name.resize(name.size() < 8 ? 9 : name.size() + 1, ' ');
  return name;
}

const char* state_text(const Process& p) {
  uint32_t s = p.load_state();
  if (s & process_state::Exiting) return "Exiting";
  if (s & process_state::Collecting) return "Garbing";
  if (s & process_state::Running) return "Running";
  if (s & process_state::Suspended) return "Suspended";
  return s & process_state::Active ? "Scheduled" : "Waiting";
}

void line(std::string* out, const char* name, std::string value) { *out += std::string(name) + ": " + std::move(value) + "\n"; }
void line(std::string* out, const char* name, size_t value) { line(out, name, std::to_string(value)); }

std::string program_counter(const Process& p) {
  return p.pc ? hexadecimal(p.pc) + " " + code_place_text(p.pc + 1) : "0x0000000000000000 (unknown function)";
}

std::string internal_state(const Process& p) {
  static constexpr const char* priorities[] = {"MAX", "HIGH", "NORMAL", "LOW"};
  static constexpr std::pair<uint32_t, const char*> bits[] = {
      {process_state::Active, "ACTIVE"}, {process_state::Running, "RUNNING"}, {process_state::Suspended, "SUSPENDED"},
      {process_state::Collecting, "GC"}, {process_state::Exiting, "EXITING"}, {process_state::Signals, "SIG_IN_Q"},
      {process_state::DirtyRunning, "DIRTY_RUNNING"}};
  std::string priority = priorities[size_t(p.priority)];
  std::string out = "ACT_PRIO_" + priority + " | USR_PRIO_" + priority + " | PRQ_PRIO_" + priority;
  for (auto [bit, name] : bits)
    if (p.load_state() & bit) out += std::string(" | ") + name;
  return p.off_heap_messages ? out + " | OFF_HEAP_MSGQ" : out;
}

}  // namespace

std::string reference_text(RefKey key) {
  Word words[] = {make_header(Kind::Ref, 2), key.a, key.b};
  return print_term(Term::boxed(words));
}

std::string code_place_text(const Word* code) {
  if (code == own_code(OwnCode::NormalExit)) return "(<terminate process normally>)";
  CodeLocation at = locate(code - 1);
  if (!at.function) return "(unknown function)";
  return "(" + print_atom(at.instance->module) + ":" + print_atom(at.function->function) + "/" + std::to_string(at.function->arity) + " + " +
         std::to_string((code - (at.instance->code + at.function->entry)) * SWord(sizeof(Word))) + ")";
}

void append_backtrace(const Process& p, std::string* out) {
  if (p.sensitive) return;
  line(out, "Program counter", program_counter(p));
  each_stack_word(p, [out](const StackWord& w) {
    if (w.kind == StackWord::Return) *out += "\n" + hexadecimal(w.at) + " Return addr " + hexadecimal(w.code) + " " + w.place() + "\n";
    else if (w.kind == StackWord::Catch) *out += y_register(w.y) + "Catch " + hexadecimal(w.code) + " " + w.place() + "\n";
    else *out += y_register(w.y) + print_term(w.value()) + "\n";
  });
}

// Newest first, a line each.
static void append_last_calls(const Process& p, std::string* out) {
  *out += "Last calls:";
  std::vector<SavedCall> calls = saved_calls(p);
  for (size_t i = calls.size(); i-- > 0;) {
    const SavedCall& call = calls[i];
    std::string name = print_atom(call.module);
    if (call.function.is_value()) name += ":" + print_atom(call.function) + "/" + std::to_string(call.arity);
    else if (name == "receive") name = "'receive'";
    *out += " " + name + "\n";
  }
  *out += "\n";
}

void append_process(Process& p, ProcessDetail detail, std::string* out) {
  bool terms = detail == ProcessDetail::Terms && !p.sensitive;
  *out += "=proc:" + print_term(p.pid) + "\n";
  line(out, "State", state_text(p));
  if (Word name = p.registered_name.load()) line(out, "Name", print_atom(Term::from_raw(name)));
  line(out, "Spawned as", print_atom(p.initial_module) + ":" + print_atom(p.initial_function) + "/" + std::to_string(p.initial_arity));
  line(out, "Spawned by", p.parent.is_atom() ? "[]" : print_term(p.parent));
  line(out, "Message queue length", p.messages.length);
  bool running_elsewhere = p.load_state() & process_state::DirtyRunning;  // its heap may change under us
  const Heap& h = p.heap;
  if (p.messages.first && terms) {
    *out += "Message queue: [";
    for (Signal* m = p.messages.first; m; m = m->next) *out += print_term(m->payload) + (m->next ? "," : "");
    *out += "]\n";
  }
  size_t fragments = 0;
  for (HeapFragment* f = h.fragments; f; f = f->next) fragments++;
  line(out, "Number of heap fragments", fragments);
  line(out, "Heap fragment data", h.fragment_words);
  if (p.save_calls) append_last_calls(p, out);
  std::string links;
  auto link = [&](std::string text) { links += (links.empty() ? "" : ", ") + std::move(text); };
  if (p.relations) {
    p.relations->links.each([&](Link& l) { link(print_term(l.peer)); });
    p.relations->monitors.each([&](Monitor& m) {
      if (m.target.term.is_value()) link("{to," + print_term(m.target.term) + "," + print_term(m.ref.term) + "}");
    });
    p.relations->monitored_by.each([&](MonitoredBy& m) { link("{from," + print_term(m.watcher.term) + "," + reference_text(m.key) + "}"); });
  }
  if (!links.empty()) line(out, "Link list", "[" + links + "]");
  if (p.dictionary_size && terms && !running_elsewhere) {
    std::string pairs;
    for (size_t i = 0; i < p.dictionary_capacity; i++)
      if (p.dictionary[i].is<Tuple>()) pairs += (pairs.empty() ? "" : ",") + print_term(p.dictionary[i]);
    line(out, "Dictionary", "[" + pairs + "]");
  }
  line(out, "Reductions", p.total_reductions());
  line(out, "Stack+heap", size_t(h.end - h.start));
  line(out, "OldHeap", size_t(h.old_end - h.old_start));
  line(out, "Heap unused", size_t(h.stack - h.top));
  line(out, "OldHeap unused", size_t(h.old_end - h.old_top));
  line(out, "BinVHeap", h.virtual_size);
  line(out, "OldBinVHeap", h.old_virtual_size);
  line(out, "BinVHeap unused", h.virtual_limit > h.virtual_size ? h.virtual_limit - h.virtual_size : 0);
  line(out, "OldBinVHeap unused", h.old_virtual_limit > h.old_virtual_size ? h.old_virtual_limit - h.old_virtual_size : 0);
  line(out, "Memory", process_memory_bytes(p));
  if (detail == ProcessDetail::Summary) {
    line(out, "Program counter", program_counter(p));
    *out += "arity = " + std::to_string(p.saved_live) + "\n";
    line(out, "Internal State", internal_state(p));
  } else if (terms && !running_elsewhere) {
    *out += "Stack dump:\n";
    append_backtrace(p, out);
  }
}

namespace {

struct Display final : AskRequest {
  Display() { gone = atom::badarg; }
  Term answer(Process& p) override {
    std::string text;
    append_backtrace(p, &text);
    fputs(text.c_str(), stderr);
    return atom::true_;
  }
};

}  // namespace

// Writes the backtrace to the OS's standard error.
BIF(erts_internal, process_display, 2) {
  if (auto* w = waiting(c)) return w->done ? NativeResult(w->result) : c.wait();
  if (!c.arg(1).same(atom::backtrace)) return make_atom("badopt");
  if (!c.arg(0).is_local_pid()) return atom::badarg;
  if (c.arg(0).same(c.process.pid)) return Display().answer(c.process);
  Process* p = find_process(c.arg(0));
  if (!p) return atom::badarg;
  return ask(c, *p, new Display);
}

}  // namespace joist
