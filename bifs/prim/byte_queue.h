// Bytes in, bytes out: a queue of pieces of binaries. Large binaries are referred to, small ones copied together.
#pragma once
#include <deque>

#include "gc/heap.h"

namespace joist {

struct SharedBytes;

class ByteQueue {
 public:
  ByteQueue() = default;
  ~ByteQueue();
  ByteQueue(const ByteQueue&) = delete;
  ByteQueue& operator=(const ByteQueue&) = delete;

  size_t size() const { return size_; }
  // t is a binary: a bitstring of whole bytes.
  void append(Term t);
  void append_bytes(const uint8_t* data, size_t size);
  void clear() { skip(size_); }

  struct Span {
    const uint8_t* data;
    size_t size;
  };
  // The first piece; not when empty.
  Span front() const { return {pieces_.front().data, pieces_.front().size}; }
  // The same as a binary.
  Term front_term(Heap& heap) const;
  // Copies the first n ≤ size() bytes.
  void copy(uint8_t* to, size_t n) const;
  void skip(size_t n);
  // Position of the first `byte`, or -1.
  int64_t find(uint8_t byte) const;

 private:
  static constexpr size_t refer_from = 1024;  // bytes; below, a copy is cheaper
  static constexpr size_t block_size = 4096;
  struct Piece {
    SharedBytes* owner;
    const uint8_t* data;
    size_t size;
  };
  std::deque<Piece> pieces_;
  size_t size_ = 0;
  size_t room_ = 0;  // bytes free behind the last piece, when it is a block of ours
};

}  // namespace joist
