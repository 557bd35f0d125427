#include "bifs/prim/byte_queue.h"

#include <string.h>

#include "vm/term/bits.h"

namespace joist {

ByteQueue::~ByteQueue() { clear(); }

void ByteQueue::append(Term t) {
  BitSpan span = bits::span(t);
  size_t n = span.size / 8;
  auto slice = t.as<SubBits>();
  auto base = (slice ? slice->base : t).as<RefcBits>();
  if (n < refer_from || !base || !span.whole_bytes()) {
    bits::AlignedBytes bytes(t);
    return append_bytes(bytes.data, bytes.size);
  }
  base->shared->retain();
  pieces_.push_back({base->shared, span.bytes(), n});
  size_ += n;
  room_ = 0;
}

void ByteQueue::append_bytes(const uint8_t* data, size_t size) {
  if (size == 0) return;
  size_ += size;
  size_t part = size < room_ ? size : room_;
  if (part > 0) {
    Piece& last = pieces_.back();
    memcpy(const_cast<uint8_t*>(last.data) + last.size, data, part);
    last.size += part;
    room_ -= part;
    data += part;
    size -= part;
  }
  if (size == 0) return;
  size_t capacity = size < block_size ? block_size : size;
  SharedBytes* block = SharedBytes::create(capacity);
  memcpy(block->data, data, size);
  pieces_.push_back({block, block->data, size});
  room_ = capacity - size;
}

Term ByteQueue::front_term(Heap& heap) const {
  const Piece& first = pieces_.front();
  if (first.size <= HeapBits::max_bytes) return bits::from_bytes(heap, first.data, first.size);
  first.owner->retain();
  return bits::from_shared(heap, first.owner, size_t(first.data - first.owner->data), first.size * 8);
}

void ByteQueue::copy(uint8_t* to, size_t n) const {
  for (auto piece = pieces_.begin(); n > 0; ++piece) {
    size_t part = n < piece->size ? n : piece->size;
    memcpy(to, piece->data, part);
    to += part;
    n -= part;
  }
}

void ByteQueue::skip(size_t n) {
  size_ -= n;
  while (!pieces_.empty()) {
    Piece& first = pieces_.front();
    if (n < first.size) {
      first.data += n;
      first.size -= n;
      return;
    }
    n -= first.size;
    first.owner->release();
    pieces_.pop_front();
  }
  room_ = 0;
}

int64_t ByteQueue::find(uint8_t byte) const {
  size_t before = 0;
  for (const Piece& piece : pieces_) {
    if (const void* at = memchr(piece.data, byte, piece.size))
      return int64_t(before + size_t(static_cast<const uint8_t*>(at) - piece.data));
    before += piece.size;
  }
  return -1;
}

}  // namespace joist
