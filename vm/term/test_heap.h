// A heap for unit tests: one block, no collector.
#pragma once
#include <cstdlib>
#include <string>

#include "gc/heap.h"
#include "vm/term/shared_bytes.h"

namespace joist {

struct TestHeap : Heap {
  explicit TestHeap(size_t words = 1 << 16) {
    start = top = high_water = static_cast<Word*>(malloc(words * sizeof(Word)));
    stack = end = start + words;
    virtual_limit = ~Word(0);
  }
  ~TestHeap() {
    for (OffHeap* o = off_heap; o; o = o->next)
      if (header_kind(o->header) == Kind::RefcBits) reinterpret_cast<RefcBits*>(o)->shared->release();
    HeapFragment::destroy_chain(fragments);
    free(start);
  }
  // Forgets every term. Only while no off-heap data was made.
  void reset() { top = start; }
};

}  // namespace joist
