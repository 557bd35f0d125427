// Natives that go through an I/O list in slices, summing up.
#pragma once
#include "bifs/bif.h"
#include "vm/term/iolist.h"

namespace joist {

template <class Sum>
struct WalkState final : NativeState {
  iolist::Walker walker;
  Sum sum;
  Term piece;         // bitstring that is being read, or the non-value
  size_t offset = 0;  // bytes read of it
  WalkState(Term t, Sum start) : walker(t), sum(start) {}
  void visit_roots(RootVisitor& visitor) override {
    size_t count;
    Term* terms = walker.terms(&count);
    visitor.visit(terms, count);
    if (piece.is_value()) visitor.visit(piece);
  }
};

// Gives all bytes of I/O data t to update(Sum&, const uint8_t*, size_t), then returns finish(Sum&). badarg when t is none.
template <class Sum, class Update, class Finish>
NativeResult walk_bytes(NativeCall& c, Term t, Sum start, Update update, Finish finish) {
  constexpr size_t block = 4096;
  auto* state = c.state<WalkState<Sum>>();
  if (!state) {
    state = new WalkState<Sum>(t, start);
    c.set_state(state);
  }
  uint8_t bytes[block];  // of single bytes, or those of an unaligned bitstring
  size_t count = 0;
  for (;;) {
    if (state->piece.is_non_value()) {
      Term piece;
      auto kind = state->walker.next(&bytes[count], &piece);
      if (kind == iolist::Walker::Piece::Byte) {
        count++;
        count += state->walker.bytes(&bytes[count], block - count);
        if (count < block) continue;
      }
      update(state->sum, bytes, count);
      c.charge(count / 64 + 1);
      count = 0;
      if (kind == iolist::Walker::Piece::End) return finish(state->sum);
      if (kind == iolist::Walker::Piece::Bad) return badarg();
      if (kind == iolist::Walker::Piece::Bits) {
        if (bits::size_bits(piece) % 8 != 0) return badarg();
        state->piece = piece;
        state->offset = 0;
      }
    } else {
      BitSpan span = bits::span(state->piece);
      size_t left = span.size / 8 - state->offset, n = left < block ? left : block;
      if (span.whole_bytes()) {
        update(state->sum, span.bytes() + state->offset, n);
      } else {
        bits::copy(bytes, 0, span.data, span.offset + state->offset * 8, n * 8);
        update(state->sum, bytes, n);
      }
      c.charge(n / 128 + 1);
      state->offset += n;
      if (n == left) state->piece = Term();
    }
    if (c.exhausted()) return c.again();
  }
}

}  // namespace joist
