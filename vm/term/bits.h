// Bitstrings: one way to look at all kinds, and building them.
#pragma once
#include <string_view>

#include "gc/heap.h"
#include "vm/term/shared_bytes.h"

namespace joist {

// Bits of any bitstring term. Valid until the next collection of its heap.
struct BitSpan {
  const uint8_t* data = nullptr;  // first byte of the base
  size_t offset = 0;              // bits
  size_t size = 0;                // bits
  bool whole_bytes() const { return ((offset | size) & 7) == 0; }
  const uint8_t* bytes() const { return data + offset / 8; }  // only when offset is a multiple of 8
  size_t byte_size() const { return (size + 7) / 8; }
  std::string_view text() const { return {reinterpret_cast<const char*>(bytes()), size / 8}; }  // byte-aligned only
};

namespace bits {

// t must be a bitstring (is_bits) or a match context.
BitSpan span(Term t);
inline size_t size_bits(Term t) { return span(t).size; }

// Copies n bits; source and destination may start anywhere in a byte. Bits around the destination are kept. No overlap.
void copy(uint8_t* to, size_t to_bit, const uint8_t* from, size_t from_bit, size_t n);
// memcmp-like order of bit sequences; a proper prefix is smaller.
int compare(const BitSpan& a, const BitSpan& b);
bool equal(const BitSpan& a, const BitSpan& b);

// ---- building; no term moves
// A new bitstring of `size` bits whose bytes the caller fills through *data (on the heap or off-heap by size).
Term allocate(Heap& heap, size_t size_bits, uint8_t** data);
Term from_bytes(Heap& heap, const void* data, size_t size);
inline Term from_text(Heap& heap, std::string_view s) { return from_bytes(heap, s.data(), s.size()); }
// Refers to shared bytes (takes over one reference).
Term from_shared(Heap& heap, SharedBytes* shared, size_t offset_bytes, size_t size_bits);
// Words from_shared/allocate may need in a HeapWriter.
size_t allocate_words(size_t size_bits);
Term allocate(HeapWriter& w, size_t size_bits, uint8_t** data);
// A slice; copies small ones when that is cheaper than a SubBits (as OTP: never visible).
Term slice(Heap& heap, Term bits, size_t offset_bits, size_t size_bits);
// Byte-aligned view of t's bytes: t's own when aligned, else copied into *scratch (free with release_scratch).
struct AlignedBytes {
  const uint8_t* data;
  size_t size;
  uint8_t* scratch = nullptr;
  AlignedBytes(Term bitstring);  // whole bytes only are looked at
  ~AlignedBytes();
  AlignedBytes(const AlignedBytes&) = delete;
  AlignedBytes& operator=(const AlignedBytes&) = delete;
  std::string_view text() const { return {reinterpret_cast<const char*>(data), size}; }
};

// Appends `extra` bits to t (bs_append and private_append): when t is the newest end of a writable off-heap binary, in place with
// over-allocation, else copied into a writable one. Returns the new SubBits; *data/*offset say where the caller writes the extra bits.
Term append(Heap& heap, Term t, size_t extra_bits, uint8_t** data, size_t* offset_bits);
// Called by the collector or before a term leaves the process: a writable binary stops being writable/over-allocated when `shrink`.
void freeze_writable(RefcBits& bits);

}  // namespace bits
}  // namespace joist
