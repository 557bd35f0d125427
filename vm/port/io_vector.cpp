#include "vm/port/io_vector.h"

#include "vm/term/bits.h"
#include "vm/term/iolist.h"

namespace joist {
namespace {

constexpr size_t refer_from = 256;  // bytes; below, a copy costs less than a piece

// The shared bytes that a binary lies in, when a driver can have them; else null.
SharedBytes* shared_of(Term binary) {
  if (auto slice = binary.as<SubBits>()) binary = slice->base;
  auto refc = binary.as<RefcBits>();
  return refc && refc->shared->is_inline() ? refc->shared : nullptr;
}

bool is_referred_to(Term binary, const BitSpan& span) { return span.size >= 8 * refer_from && span.offset % 8 == 0 && shared_of(binary); }

// Calls byte(uint8_t) and binary(Term, BitSpan) for the parts of t; false when it is no I/O list.
template <class Byte, class Binary>
bool for_each_part(Term t, Byte byte, Binary binary) {
  using Piece = iolist::Walker::Piece;
  iolist::Walker walker(t);
  for (;;) {
    uint8_t b;
    Term part;
    switch (walker.next(&b, &part)) {
      case Piece::End: return true;
      case Piece::Bad: return false;
      case Piece::Byte: byte(b); break;
      case Piece::Bits: {
        BitSpan span = bits::span(part);
        if (span.size % 8) return false;
        binary(part, span);
      }
    }
  }
}

}  // namespace

bool IoVector::add(Term t) {
  size_t copied = 0;
  auto count = [&](Term part, const BitSpan& span) {
    if (!is_referred_to(part, span)) copied += span.size / 8;
  };
  if (!for_each_part(t, [&](uint8_t) { copied++; }, count)) return false;
  SharedBytes* block = copied ? SharedBytes::create(copied) : nullptr;
  uint8_t* at = block ? block->data : nullptr;
  uint8_t* piece = at;  // from here to `at` is not in a piece yet
  auto end_piece = [&] {
    if (at == piece) return;
    block->retain();
    pieces.push_back({block, piece, size_t(at - piece)});
    piece = at;
  };
  auto take = [&](Term part, const BitSpan& span) {
    size_t size = span.size / 8;
    bytes += size;
    if (is_referred_to(part, span)) {
      end_piece();
      SharedBytes* shared = shared_of(part);
      shared->retain();
      pieces.push_back({shared, const_cast<uint8_t*>(span.bytes()), size});
    } else {
      bits::copy(at, 0, span.data, span.offset, span.size);
      at += size;
    }
  };
  for_each_part(t, [&](uint8_t b) { *at++ = b, bytes++; }, take);
  end_piece();
  if (block) block->release();
  return true;
}

}  // namespace joist
