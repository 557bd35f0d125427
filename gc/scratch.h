// Terms built on a heap for a moment, of which nothing is kept: a copy of them is what leaves the scope.
#pragma once
#include "gc/heap.h"

namespace joist {

// What is reserved after this was made is given back at its end. No collection and no adopted fragment in between.
class [[nodiscard]] ScratchScope {
 public:
  explicit ScratchScope(Heap& heap);
  ~ScratchScope();
  ScratchScope(const ScratchScope&) = delete;
  ScratchScope& operator=(const ScratchScope&) = delete;

 private:
  Heap& heap_;
  Word* top_;
  HeapFragment* fragments_;
  uint32_t used_;  // of the newest fragment
  Word fragment_words_;
  OffHeap* off_heap_;
  Word virtual_size_;
};

}  // namespace joist
