#include "gc/scratch.h"

#include "gc/evacuate.h"

namespace joist {

ScratchScope::ScratchScope(Heap& heap)
    : heap_(heap), top_(heap.top), fragments_(heap.fragments), used_(heap.fragments ? heap.fragments->used : 0),
      fragment_words_(heap.fragment_words), off_heap_(heap.off_heap), virtual_size_(heap.virtual_size) {}

ScratchScope::~ScratchScope() {
  // New objects are at the front of the list.
  while (heap_.off_heap != off_heap_) {
    OffHeap* object = heap_.off_heap;
    heap_.off_heap = object->next;
    gc_detail::release_off_heap(object);
  }
  while (heap_.fragments != fragments_) {
    HeapFragment* fragment = heap_.fragments;
    heap_.fragments = fragment->next;
    HeapFragment::destroy(fragment);
  }
  if (fragments_) fragments_->used = used_;
  heap_.fragment_words = fragment_words_;
  heap_.virtual_size = virtual_size_;
  heap_.top = top_;
}

}  // namespace joist
