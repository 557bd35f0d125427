// Reference-counted bytes outside all heaps.
#pragma once
#include <atomic>

#include "vm/base/types.h"

namespace joist {

struct SharedBytes {
  std::atomic<int64_t> references;
  uint8_t* data;                 // directly behind this struct, or foreign memory
  void (*destroy)(SharedBytes*); // frees it and what it refers to
  // Bits handed out of a writable binary; an append must move it on from its own end. All ones: not writable.
  std::atomic<size_t> used_bits{~size_t(0)};
  size_t capacity;               // bytes at data; last, so that it and the bytes are a driver's ErlDrvBinary

  // One reference, uninitialised bytes. Aborts the VM with OTP's message when memory is out.
  static SharedBytes* create(size_t capacity);
  // As create; null when memory is out.
  static SharedBytes* try_create(size_t capacity);
  // Foreign bytes; destroy(it) runs with the last reference and frees the struct with free_foreign.
  static SharedBytes* create_foreign(uint8_t* data, size_t size, void (*destroy)(SharedBytes*));
  static void free_foreign(SharedBytes* bytes);
  // Another capacity, in place or moved; only for the sole owner of bytes made by create. Returns the new address.
  static SharedBytes* resize(SharedBytes* bytes, size_t capacity);
  bool is_inline() const { return data == reinterpret_cast<const uint8_t*>(this + 1); }
  void retain() { references.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (references.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(this);
  }
};

// Bytes alive in all SharedBytes: memory(binary). Exact once all threads are quiet.
size_t shared_bytes_total();

}  // namespace joist
