// Open addressing with linear probing, at most two thirds full; removal closes the gap, so there are no tombstones.
#include "vm/process/dictionary.h"

#include "vm/sys/memory.h"
#include "vm/term/compare.h"
#include "vm/term/hash.h"

namespace joist::dictionary {

namespace {

Tuple* pair(Term slot) { return reinterpret_cast<Tuple*>(slot.boxed_words()); }

size_t home(const Process& p, Term key) { return internal_hash(key) & (p.dictionary_capacity - 1); }

// Index of key's slot, or of the free one where it would go.
size_t slot_of(const Process& p, Term key) {
  size_t i = home(p, key);
  while (p.dictionary[i].is_value() && !terms_equal(pair(p.dictionary[i])->at(0), key)) i = (i + 1) & (p.dictionary_capacity - 1);
  return i;
}

void grow(Process& p) {
  uint32_t old_capacity = p.dictionary_capacity;
  Term* old = p.dictionary;
  p.dictionary_capacity = old_capacity ? old_capacity * 2 : 8;
  p.dictionary = static_cast<Term*>(sys::allocate_zeroed(p.dictionary_capacity * sizeof(Term), sys::Alloc::Process));
  for (uint32_t i = 0; i < old_capacity; i++)
    if (old[i].is_value()) p.dictionary[slot_of(p, pair(old[i])->at(0))] = old[i];
  sys::release(old, sys::Alloc::Process);
}

}  // namespace

Term get(const Process& p, Term key) {
  if (!p.dictionary_size) return {};
  Term found = p.dictionary[slot_of(p, key)];
  return found.is_value() ? pair(found)->at(1) : Term();
}

Term put(Process& p, Term key, Term value) {
  if (p.dictionary_size * 3 >= p.dictionary_capacity * 2) grow(p);
  size_t i = slot_of(p, key);
  Term old;
  if (p.dictionary[i].is_value()) {
    old = pair(p.dictionary[i])->at(1);
    if (old.same(value)) return old;
  } else {
    p.dictionary_size++;
  }
  HeapWriter w = p.heap.reserve(Words(3));
  p.dictionary[i] = w.tuple(key, value);
  return old;
}

Term erase(Process& p, Term key) {
  if (!p.dictionary_size) return {};
  size_t mask = p.dictionary_capacity - 1;
  size_t i = slot_of(p, key);
  if (!p.dictionary[i].is_value()) return {};
  Term old = pair(p.dictionary[i])->at(1);
  p.dictionary_size--;
  for (size_t j = i;;) {
    p.dictionary[i] = Term();
    for (;;) {
      j = (j + 1) & mask;
      if (!p.dictionary[j].is_value()) return old;
      size_t h = home(p, pair(p.dictionary[j])->at(0));
      if (((j - h) & mask) >= ((j - i) & mask)) break;
    }
    p.dictionary[i] = p.dictionary[j];
    i = j;
  }
}

void erase_all(Process& p) {
  sys::release(p.dictionary, sys::Alloc::Process);
  p.dictionary = nullptr;
  p.dictionary_size = p.dictionary_capacity = 0;
}

Term to_list(Heap& heap, const Process& p) {
  HeapWriter w = heap.reserve(Words(2 * p.dictionary_size));
  Term list = nil;
  for (uint32_t i = 0; i < p.dictionary_capacity; i++)
    if (p.dictionary[i].is_value()) list = w.cons(p.dictionary[i], list);
  return list;
}

Term keys(Heap& heap, const Process& p, Term value) {
  HeapWriter w = heap.reserve(Words(2 * p.dictionary_size));
  Term list = nil;
  for (uint32_t i = 0; i < p.dictionary_capacity; i++) {
    if (!p.dictionary[i].is_value()) continue;
    if (value.is_value() && !terms_equal(pair(p.dictionary[i])->at(1), value)) continue;
    list = w.cons(pair(p.dictionary[i])->at(0), list);
  }
  heap.commit(w);
  return list;
}

}  // namespace joist::dictionary
