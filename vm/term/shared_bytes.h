// Reference-counted bytes outside all heaps.
#pragma once
#include <atomic>

#include "vm/base/types.h"

namespace joist {

struct SharedBytes {
  std::atomic<int64_t> references;
  size_t capacity;               // bytes at data
  uint8_t* data;                 // directly behind this struct, or foreign memory
  void (*destroy)(SharedBytes*); // frees it and what it refers to

  // One reference, uninitialised bytes. Aborts the VM with OTP's message when memory is out.
  static SharedBytes* create(size_t capacity);
  // Grows in place or moves; only for the sole owner (writable binaries). Returns the new address.
  static SharedBytes* grow(SharedBytes* bytes, size_t capacity);
  void retain() { references.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (references.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(this);
  }
};

size_t shared_bytes_total();  // memory(binary)

}  // namespace joist
