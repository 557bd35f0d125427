#include "gc/evacuate.h"
#include "vm/sys/memory.h"

namespace joist {

HeapFragment* HeapFragment::create(Words capacity) {
  VERIFY(capacity.value <= UINT32_MAX);
  void* p = sys::allocate(sizeof(HeapFragment) + capacity.value * sizeof(Word), sys::Alloc::Fragment);
  auto* f = new (p) HeapFragment;
  f->capacity = uint32_t(capacity.value);
  return f;
}
void HeapFragment::destroy(HeapFragment* fragment) {
  if (!fragment) return;
  gc_detail::release_off_heap_list(fragment->off_heap);
#ifdef JOIST_GC_STRESS
  for (size_t i = 0; i < fragment->capacity; i++) fragment->data[i] = 0xdeaddeaddeaddeae;
#endif
  sys::release(fragment, sys::Alloc::Fragment);
}
void HeapFragment::destroy_chain(HeapFragment* first) {
  while (first) {
    HeapFragment* next = first->next;
    destroy(first);
    first = next;
  }
}

}  // namespace joist
