// erlang:system_info/1 on the sizes of tables and code; allocators are in system_info_alloc.cpp.
#include "bifs/bif.h"
#include "bifs/erlang/system_info.h"
#include "gc/collect.h"
#include "vm/code/export.h"
#include "vm/code/module_text.h"
#include "vm/ets/table.h"
#include "vm/process/process_table.h"
#include "vm/process/relations.h"
#include "vm/process/send.h"
#include "vm/sched/scheduler.h"
#include "vm/sys/memory.h"
#include "vm/term/bits.h"

#include <string>
#include <vector>

namespace joist {
namespace {

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
  std::vector<size_t> sizes;
  for (size_t n = 0; n < largest_heap_size();) sizes.push_back(n = next_heap_size(n + 1));
  HeapWriter w = c.heap().reserve(Words(2 * sizes.size()));
  Term list = nil;
  for (size_t i = sizes.size(); i-- > 0;) list = w.cons(Term::small(SWord(sizes[i])), list);
  return list;
}

}  // namespace

bool memory_system_info(NativeCall& c, Term item, Term* result) {
  static const Term areas = make_atom("allocated_areas");
  static const Term sizes = make_atom("heap_sizes"), tables = make_atom("ets_count"), loaded_ = make_atom("loaded");
  static const Term compress = make_atom("ets_always_compress");
  if (item.same(areas)) *result = allocated_areas(c);
  else if (item.same(sizes)) *result = heap_sizes(c);
  else if (item.same(tables)) *result = Term::small(SWord(ets::table_count()));
  else if (item.same(compress)) *result = boolean(ets::always_compress);
  else if (item.same(loaded_)) *result = bits::from_text(c.heap(), loaded_modules_text());
  else return false;
  return true;
}

}  // namespace joist
