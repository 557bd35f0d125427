// I/O lists: binaries and lists of bytes, binaries and such lists, improper tails being binaries. All iterative.
//
// With Parts::Bits, bitstrings of any size are taken too (erlang:list_to_bitstring/1).
#pragma once
#include "gc/heap.h"
#include "vm/term/bits.h"

namespace joist::iolist {

enum class Parts { Bytes, Bits };

// Walks an I/O list piece by piece. Terms must not move meanwhile, but see terms().
class Walker {
 public:
  explicit Walker(Term t);
  ~Walker();
  Walker(const Walker&) = delete;
  Walker& operator=(const Walker&) = delete;

  enum class Piece { End, Byte, Bits, Bad };
  // The next piece: Byte sets *byte, Bits sets *term to a bitstring, Bad sets *term to what is no part of an I/O list.
  Piece next(uint8_t* byte, Term* term);
  // The single bytes that come next, `most` at most: how many, and to `to` unless that is null. It stops before the last of a list, for
  // next() to look at what follows, and at anything else.
  size_t bytes(uint8_t* to, size_t most);
  // What is still to come, for the collector between two calls of next().
  Term* terms(size_t* count);

 private:
  static constexpr size_t inline_count = 16;
  void push(Term t);
  Term* stack_;
  size_t count_ = 0, capacity_ = inline_count;
  Term inline_[inline_count];
};

// Bits in all; false when t is no I/O list (then *bad, which may be null, is the part that does not belong) or its size
// passes 2^61 bits.
bool size_bits(Term t, Parts parts, size_t* bits, Term* bad = nullptr);
// Copies a checked I/O list to `to`, which has room.
void copy(Term t, uint8_t* to);
// One binary with the contents: t itself when it is a binary; the non-value when t is no I/O list.
Term flatten(Heap& heap, Term t, Parts parts, Term* bad = nullptr);

// Contiguous bytes, for writes that gather. Bytes of large binaries are referred to; what is smaller is copied
// together.
struct Slice {
  const uint8_t* data;
  size_t size;
};
class Gather {
 public:
  Gather() = default;
  ~Gather();
  Gather(const Gather&) = delete;
  Gather& operator=(const Gather&) = delete;
  // False when t is no I/O list. Slices keep their shared bytes alive, so the terms may move or die afterwards.
  bool add(Term t);
  const Slice* slices() const { return slices_; }
  size_t count() const { return slice_count_; }
  size_t bytes() const { return bytes_; }

 private:
  static constexpr size_t refer_from = 512;  // bytes; below, a copy is cheaper than a slice
  void append(const BitSpan& span);
  uint8_t* room(size_t n);
  void add_slice(const uint8_t* data, size_t size);
  void keep(SharedBytes* shared);

  Slice* slices_ = nullptr;
  size_t slice_count_ = 0, slice_capacity_ = 0;
  SharedBytes** kept_ = nullptr;
  size_t kept_count_ = 0, kept_capacity_ = 0;
  SharedBytes* block_ = nullptr;  // where small pieces are copied; never moves
  size_t block_used_ = 0;
  size_t bytes_ = 0;
};

// Flattens in steps, for natives that yield.
class Flattener {
 public:
  Flattener(Term t, Parts parts) : walker_(t), parts_(parts) {}
  ~Flattener();
  enum class State { More, Done, Bad };
  // Works for about `budget` units (pieces, or 64 bytes); adds to *used what it worked.
  State step(size_t budget, size_t* used);
  // After Done: the binary.
  Term take(Heap& heap);
  Term bad() const { return bad_; }
  // For the collector between steps.
  Term* terms(size_t* count) { return walker_.terms(count); }

 private:
  uint8_t* room(size_t bits);
  Walker walker_;
  Parts parts_;
  SharedBytes* out_ = nullptr;
  size_t bits_ = 0;
  Term bad_;
};

}  // namespace joist::iolist
