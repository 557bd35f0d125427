// erlang:system_info/1 on memory. erlang:memory/0,1 (erlang.erl) asks for two things: {memory_internal, Ref, Allocators}, answered
// by messages {Ref, Thread, Data} from as many threads as erts_internal:no_aux_work_threads/0 counts, and allocated_areas.
// Joist keeps one set of counters (vm/sys/memory.h), so the first message has all and the others are empty.
#include "bifs/bif.h"
#include "bifs/erlang/system_info.h"
#include "gc/collect.h"
#include "vm/code/export.h"
#include "vm/code/module.h"
#include "vm/ets/table.h"
#include "vm/process/process_table.h"
#include "vm/process/relations.h"
#include "vm/process/send.h"
#include "vm/sched/scheduler.h"
#include "vm/sys/memory.h"
#include "vm/term/bits.h"
#include "vm/term/print.h"

#include <string>
#include <vector>

namespace joist {
namespace {

size_t bytes(std::initializer_list<sys::Alloc> kinds) {
  size_t sum = 0;
  for (sys::Alloc k : kinds) sum += sys::allocated_bytes(k);
  return sum;
}

struct Row {
  const char* allocator;
  size_t size;
};

constexpr size_t row_words = 32;  // of one row of the answer, with room to spare

// {Allocator, 0, [{mbcs, [{blocks, [{Allocator, [{size, Bytes, Bytes, Bytes}]}]}]}]}
Term allocator_row(HeapWriter& w, const Row& row) {
  static const Term mbcs = make_atom("mbcs"), blocks = make_atom("blocks");
  Term name = make_atom(row.allocator), n = Term::small(SWord(row.size));
  Term t = w.tuple(atom::size, n, n, n);
  t = w.cons(t, nil);
  t = w.tuple(name, t);
  t = w.cons(t, nil);
  t = w.tuple(blocks, t);
  t = w.cons(t, nil);
  t = w.tuple(mbcs, t);
  t = w.cons(t, nil);
  return w.tuple(name, Term::small(0), t);
}

void answer_memory(NativeCall& c, Term ref) {
  using sys::Alloc;
  const Row rows[] = {
      {"eheap_alloc", bytes({Alloc::Heap, Alloc::OldHeap, Alloc::Fragment, Alloc::Process})},
      {"binary_alloc", bytes({Alloc::Binary})},
      {"ets_alloc", bytes({Alloc::Ets})},
      {"driver_alloc", bytes({Alloc::Driver, Alloc::Nif, Alloc::Temporary, Alloc::System, Alloc::Code, Alloc::Atom})}};
  for (uint32_t thread = 1; thread <= scheduler_count(); thread++) {
    MessageBuilder message(4 + copy_size(ref) + row_words * std::size(rows));
    HeapWriter& w = message.writer();
    Term data = nil;
    if (thread == 1) {
      for (const Row& row : rows) {
        Term t = allocator_row(w, row);
        data = w.cons(t, data);
      }
    }
    Term own_ref = message.copy(ref);
    message.send(c.process, c.process.pid, w.tuple(own_ref, Term::small(thread), data));
  }
}

Term allocated_areas(NativeCall& c) {
  HeapWriter w = c.heap().reserve(Words(6 + 5 * 4));
  Term list = nil;
  auto add = [&](const char* name, size_t n) {
    Term t = w.tuple(make_atom(name), Term::small(SWord(n)));
    list = w.cons(t, list);
  };
  add("loaded_code", sys::allocated_bytes(sys::Alloc::Code));
  add("export_table", export_count() * sizeof(Export));
  add("process_table", process_count() * sizeof(Process*));
  Term t = w.tuple(make_atom("atom_space"), Term::small(SWord(atom_table_bytes())), Term::small(SWord(atom_text_bytes())));
  list = w.cons(t, list);
  c.heap().commit(w);
  return list;
}

// Sizes that heaps grow through, in words.
Term heap_sizes(NativeCall& c) {
  constexpr size_t last = size_t(1) << 47;
  std::vector<size_t> sizes;
  for (size_t n = next_heap_size(1); n < last; n = next_heap_size(n + 1)) sizes.push_back(n);
  HeapWriter w = c.heap().reserve(Words(2 * sizes.size()));
  Term list = nil;
  for (size_t i = sizes.size(); i-- > 0;) list = w.cons(Term::small(SWord(sizes[i])), list);
  return list;
}

// Text: bytes of current and old code in all, then a line a module.
Term loaded(NativeCall& c) {
  struct Sum {
    size_t current = 0, old = 0;
    std::string lines;
  } sum;
  for_each_module([](Module& m, void* argument) {
    auto& s = *static_cast<Sum*>(argument);
    auto size = [](CodeInstance* code) { return code ? code->code_words * sizeof(Word) : 0; };
    size_t current = size(m.current.load()), old = size(m.old.load());
    s.current += current;
    s.old += old;
    s.lines += print_atom(m.name) + " " + std::to_string(current) + (old ? " " + std::to_string(old) + " old" : "") + "\n";
  }, &sum);
  return bits::from_text(c.heap(), "Current code: " + std::to_string(sum.current) + "\nOld code: " + std::to_string(sum.old) + "\n" + sum.lines);
}

}  // namespace

bool memory_system_info(NativeCall& c, Term item, Term* result) {
  static const Term memory_internal = make_atom("memory_internal"), areas = make_atom("allocated_areas");
  auto t = item.as<Tuple>();
  if (t && t->arity() == 3 && t->at(0).same(memory_internal) && is_local_ref(t->at(1))) {
    answer_memory(c, t->at(1));
    *result = atom::true_;
    return true;
  }
  static const Term sizes = make_atom("heap_sizes"), tables = make_atom("ets_count"), loaded_ = make_atom("loaded");
  if (item.same(areas)) *result = allocated_areas(c);
  else if (item.same(sizes)) *result = heap_sizes(c);
  else if (item.same(tables)) *result = Term::small(SWord(ets::table_count()));
  else if (item.same(loaded_)) *result = loaded(c);
  else return false;
  return true;
}

}  // namespace joist
