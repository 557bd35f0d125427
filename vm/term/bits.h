// Bitstrings: one way to look at all kinds, and building them.
//
// Up to 64 bytes lie on the heap; more are shared bytes outside all heaps, reached through a RefcBits. Slices are
// SubBits. Everything here works on 64 bits at a time, at any bit offset.
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
Term from_shared(HeapWriter& w, SharedBytes* shared, size_t offset_bytes, size_t size_bits);  // RefcBits::words
// Words that allocate may need in a HeapWriter.
size_t allocate_words(size_t size_bits);
// The writer's caller charges the virtual heap for what is beyond HeapBits::max_bytes.
Term allocate(HeapWriter& w, size_t size_bits, uint8_t** data);
// A slice; one of at most 64 whole bytes is copied (as OTP's; binary:referenced_byte_size/1 shows it).
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

// ---- writable binaries (bs_append, bs_private_append)
// Appends `extra` bits to t: in place when t is the newest end of over-allocated shared bytes, else in a new copy
// with room to grow. Returns the new SubBits; *data/*offset say where the caller writes the extra bits. Every older
// slice stays valid and unchanged, whoever holds it: bytes once handed out never move, and an append claims the space
// behind its own end atomically (SharedBytes::used_bits). extra_bits is at most max_append_bits.
inline constexpr size_t max_append_bits = size_t(1) << 46;
Term append(Heap& heap, Term t, size_t extra_bits, uint8_t** data, size_t* offset_bits);
// Room in advance for an empty binary that will be appended to (bs_init_writable).
Term make_writable(Heap& heap, size_t expected_bytes);
// The next append copies. Never needed for safety; the bytes stay where they are.
void freeze_writable(RefcBits& bits);
// Freezes and gives unused room back, which may move the bytes: for the collector only, before it recomputes the data
// pointers of match contexts.
void shrink_writable(RefcBits& bits);

// ---- floats in bitstrings; bits is 0, 16, 32 or 64
// False: no match (infinite, not a number, or a size that floats do not have). 0 bits read as 0.0.
bool get_float(const uint8_t* data, size_t offset_bits, size_t bits, bool little, double* out);
// False: t is no number, is a bignum beyond a double, or the size is invalid. Overflow of 16 and 32 bits writes
// infinity, as OTP 25.
bool put_float(Term t, uint8_t* data, size_t offset_bits, size_t bits, bool little);

}  // namespace bits
}  // namespace joist
