// erlang:system_info/1 on memory by allocator. erlang.erl asks with {What, Ref, Allocators}, What being memory_internal (for
// erlang:memory/0,1), allocator or allocator_sizes, and is answered by messages {Ref, Thread, Data} from as many threads as
// erts_internal:no_aux_work_threads/0 counts. Joist keeps one set of counters (vm/sys/memory.h), so the first message has all and the
// others are empty.
//
// The allocators have OTP's names and hold what OTP's hold. Behind all of them is mimalloc, which has no carriers: "multi-block
// carriers" are as big as their blocks. Peaks are not tracked: where OTP tells the largest size ever, the size is that of now.
#include "bifs/erlang/system_info_alloc.h"

#include <algorithm>
#include <vector>

#include "bifs/bif.h"
#include "bifs/erlang/system_info.h"
#include "gc/literal_area.h"
#include "vm/process/process_table.h"
#include "vm/process/send.h"
#include "vm/sched/scheduler.h"
#include "vm/sched/timers.h"
#include "vm/sys/memory.h"
#include "vm/term/atom.h"

namespace joist {

namespace {

using sys::Alloc;

struct Allocator {
  const char* name;
  std::initializer_list<Alloc> kinds;
};
const Allocator allocators[] = {
    {"temp_alloc", {Alloc::Temporary}},
    {"sl_alloc", {}},
    {"std_alloc", {Alloc::System}},
    {"ll_alloc", {Alloc::Code, Alloc::Atom}},
    {"eheap_alloc", {Alloc::Heap, Alloc::OldHeap, Alloc::Fragment}},
    {"ets_alloc", {Alloc::Ets}},
    {"fix_alloc", {Alloc::Process}},
    {"literal_alloc", {}},  // gc/literal_area.h
    {"binary_alloc", {Alloc::Binary}},
    {"driver_alloc", {Alloc::Driver, Alloc::Nif}},
};
bool is_fix(const Allocator& a) { return a.kinds.size() == 1 && *a.kinds.begin() == Alloc::Process; }

size_t bytes_of(const Allocator& a) {
  if (std::string_view(a.name) == "literal_alloc") return literal_bytes_total();
  size_t sum = 0;
  for (Alloc kind : a.kinds) sum += sys::allocated_bytes(kind);
  if (std::string_view(a.name) == "std_alloc") sum -= std::min(sum, literal_bytes_total());  // literals are counted with System
  return sum;
}
const Allocator* find_allocator(Term name) {
  for (const Allocator& a : allocators)
    if (name.is_atom() && atom_text(name) == a.name) return &a;
  return nullptr;
}

// Those that OTP has below the others; here they are not in use.
bool is_unused(Term name) { return name.is_atom() && (atom_text(name) == "mseg_alloc" || atom_text(name) == "sys_alloc" || atom_text(name) == "erts_mmap"); }

constexpr size_t row_words = 96;  // of one row of an answer, with room to spare

Term pair(HeapWriter& w, const char* name, Term value) { return w.tuple(make_atom(name), value); }
Term sizes(HeapWriter& w, const char* name, size_t bytes) {
  Term n = Term::small(SWord(bytes));
  return w.tuple(make_atom(name), n, n, n);
}

// {mbcs | sbcs, [{blocks, [{Allocator, [{size, Now, Now, Now}]}]}, {carriers_size, Now, Now, Now}]}; without blocks when there are none.
Term carriers(HeapWriter& w, const char* which, Term name, size_t bytes) {
  Term blocks = nil;
  if (bytes) blocks = w.cons(w.tuple(name, w.cons(sizes(w, "size", bytes), nil)), nil);
  Term list = w.cons(sizes(w, "carriers_size", bytes), nil);
  list = w.cons(pair(w, "blocks", blocks), list);
  return pair(w, which, list);
}

// {Allocator, 0, Info}
Term row(HeapWriter& w, const Allocator& a, bool options) {
  Term name = make_atom(a.name);
  size_t bytes = bytes_of(a);
  Term info = w.cons(carriers(w, "sbcs", name, 0), nil);
  info = w.cons(carriers(w, "mbcs", name, bytes), info);
  if (is_fix(a)) {
    Term processes = Term::small(SWord(bytes)), timers = Term::small(SWord(bif_timer_bytes()));
    Term types = w.cons(w.tuple(make_atom("bif_timer"), timers, timers), nil);
    types = w.cons(w.tuple(make_atom("proc"), processes, processes), types);
    info = w.cons(pair(w, "fix_types", types), info);
  }
  if (options) info = w.cons(pair(w, "options", w.cons(pair(w, "e", atom::true_), nil)), info);
  return w.tuple(name, Term::small(0), info);
}

// False: `names` is no list of allocators.
bool answer(NativeCall& c, Term ref, Term names, bool options, bool strict) {
  std::vector<const Allocator*> asked;
  std::vector<Term> unused;
  for (; names.is_cons(); names = names.as_cons()->tail) {
    const Allocator* a = find_allocator(names.as_cons()->head);
    if (a) asked.push_back(a);
    else if (is_unused(names.as_cons()->head)) unused.push_back(names.as_cons()->head);
    else if (strict) return false;
  }
  if (!names.is_nil()) return false;
  for (uint32_t thread = 1; thread <= scheduler_count(); thread++) {
    MessageBuilder message(4 + copy_size(ref) + row_words * (asked.size() + unused.size()));
    HeapWriter& w = message.writer();
    Term data = nil;
    if (thread == 1) {
      for (size_t i = asked.size(); i-- > 0;) {
        Term t = row(w, *asked[i], options);
        data = w.cons(t, data);
      }
      for (Term name : unused) data = w.cons(w.tuple(name, atom::false_), data);
    }
    Term own_ref = message.copy(ref);
    message.send(c.process, c.process.pid, w.tuple(own_ref, Term::small(thread), data));
  }
  return true;
}

Term names(HeapWriter& w) {
  Term list = nil;
  for (size_t i = std::size(allocators); i-- > 0;) list = w.cons(make_atom(allocators[i].name), list);
  return list;
}

// {Allocator, Version, Features, Settings}
Term summary(Heap& heap) {
  HeapWriter w = heap.reserve(Words(5 + std::size(allocators) * (2 + 2 + 3 + 2 + 3)));
  Term settings = nil;
  for (size_t i = std::size(allocators); i-- > 0;)
    settings = w.cons(pair(w, allocators[i].name, w.cons(pair(w, "e", atom::true_), nil)), settings);
  return w.tuple(make_atom("mimalloc"), nil, names(w), settings);
}

}  // namespace

bool allocator_system_info(NativeCall& c, Term item, Term* result) {
  auto t = item.as<Tuple>();
  if (t && t->arity() == 3 && t->at(0).is_atom() && is_local_ref(t->at(1))) {
    std::string_view what = atom_text(t->at(0));
    bool internal = what == "memory_internal";
    if (!internal && what != "allocator" && what != "allocator_sizes") return false;
    *result = atom::true_;
    return answer(c, t->at(1), t->at(2), what == "allocator", !internal);
  }
  static const Term allocator = make_atom("allocator"), util = make_atom("alloc_util_allocators");
  if (item.same(allocator)) {
    *result = summary(c.heap());
  } else if (item.same(util)) {
    HeapWriter w = c.heap().reserve(Words(2 * std::size(allocators)));
    *result = names(w);
  } else {
    return false;
  }
  return true;
}

Export* allocator_info_trap(Term item, Term* argument) {
  auto t = item.as<Tuple>();
  if (!t || t->arity() != 2 || !t->at(0).is_atom()) return nullptr;
  *argument = t->at(1);
  std::string_view what = atom_text(t->at(0));
  if (what == "allocator") return get_export(atom::erlang, make_atom("alloc_info"), 1);
  if (what == "allocator_sizes") return get_export(atom::erlang, make_atom("alloc_sizes"), 1);
  return nullptr;
}

void append_allocators(std::string* out) {
  for (const Allocator& a : allocators) {
    std::string bytes = std::to_string(bytes_of(a));
    *out += std::string("=allocator:") + a.name + "[0]\noption e: true\nmbcs blocks[" + a.name + "] size: " + bytes + " " + bytes + " " + bytes + "\n";
  }
}

}  // namespace joist
