// One allocation holds the struct and its bytes; vm/sys counts the bytes alive.
#include "vm/term/shared_bytes.h"

#include "vm/base/assert.h"
#include "vm/sys/memory.h"

namespace joist {

namespace {

void destroy_owned(SharedBytes* bytes) { sys::release(bytes, sys::Alloc::Binary); }

SharedBytes* initialise(void* block, size_t capacity, uint8_t* data, void (*destroy)(SharedBytes*)) {
  return new (block) SharedBytes{.references{1}, .data = data, .destroy = destroy, .capacity = capacity};
}

}  // namespace

SharedBytes* SharedBytes::try_create(size_t capacity) {
  if (capacity > (size_t(1) << 47)) return nullptr;
  void* block = sys::try_allocate(sizeof(SharedBytes) + capacity, sys::Alloc::Binary);
  if (!block) return nullptr;
  return initialise(block, capacity, static_cast<uint8_t*>(block) + sizeof(SharedBytes), destroy_owned);
}

SharedBytes* SharedBytes::create(size_t capacity) {
  SharedBytes* bytes = try_create(capacity);
  if (!bytes) sys::out_of_memory(capacity, sys::Alloc::Binary);
  return bytes;
}

SharedBytes* SharedBytes::create_foreign(uint8_t* data, size_t size, void (*destroy)(SharedBytes*)) {
  return initialise(sys::allocate(sizeof(SharedBytes), sys::Alloc::Binary), size, data, destroy);
}

void SharedBytes::free_foreign(SharedBytes* bytes) { sys::release(bytes, sys::Alloc::Binary); }

SharedBytes* SharedBytes::resize(SharedBytes* bytes, size_t capacity) {
  ASSERT(bytes->destroy == destroy_owned && bytes->references.load(std::memory_order_relaxed) == 1);
  void* block = sys::reallocate(static_cast<void*>(bytes), sizeof(SharedBytes) + capacity, sys::Alloc::Binary);
  bytes = static_cast<SharedBytes*>(block);
  bytes->capacity = capacity;
  bytes->data = static_cast<uint8_t*>(block) + sizeof(SharedBytes);
  return bytes;
}

size_t shared_bytes_total() { return sys::allocated_bytes(sys::Alloc::Binary); }

}  // namespace joist
