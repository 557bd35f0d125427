// I/O lists to binaries. Short lists are flattened at once; others in slices.
#include "bifs/bif.h"
#include "bifs/walk_state.h"
#include "vm/term/arith.h"
#include "vm/term/iolist.h"

namespace joist {
namespace {

using iolist::Parts;
using iolist::Walker;

// Pieces of a list that are flattened or counted at once, and those of a step of a longer one.
constexpr size_t at_once = 256, step_units = 1024;

bool is_binary(Term t) { return is_bits(t) && bits::size_bits(t) % 8 == 0; }

bool is_short(Term t) {
  Walker walker(t);
  uint8_t byte;
  Term piece;
  for (size_t i = 0; i < at_once; i++) {
    switch (walker.next(&byte, &piece)) {
      case Walker::Piece::End: case Walker::Piece::Bad: return true;
      case Walker::Piece::Bits:
        if (bits::size_bits(piece) > at_once * 64 * 8) return false;
        break;
      case Walker::Piece::Byte: i += walker.bytes(nullptr, at_once); break;
    }
  }
  return false;
}

// Adds the bytes of the next pieces to *sum, while *units, of single bytes and other pieces, are left.
enum class Sized { More, Done, Bad };
Sized add_sizes(Walker& walker, size_t* units, size_t* sum) {
  while (*units > 0) {
    uint8_t byte;
    Term piece;
    --*units;
    switch (walker.next(&byte, &piece)) {
      case Walker::Piece::End: return Sized::Done;
      case Walker::Piece::Bad: return Sized::Bad;
      case Walker::Piece::Byte: {
        size_t more = walker.bytes(nullptr, *units);
        *units -= more;
        *sum += 1 + more;
        break;
      }
      case Walker::Piece::Bits: {
        size_t n = bits::size_bits(piece);
        if (n % 8 != 0) return Sized::Bad;
        *sum += n / 8;
      }
    }
  }
  return Sized::More;
}

struct FlattenState final : NativeState {
  iolist::Flattener flattener;
  FlattenState(Term t, Parts parts) : flattener(t, parts) {}
  void visit_roots(RootVisitor& visitor) override {
    size_t count;
    Term* terms = flattener.terms(&count);
    visitor.visit(terms, count);
  }
};

NativeResult flatten(NativeCall& c, Parts parts) {
  auto* state = c.state<FlattenState>();
  if (!state) {
    if (is_short(c.arg(0))) {
      Term flat = iolist::flatten(c.heap(), c.arg(0), parts);
      c.charge(at_once / 8);
      return flat.is_value() ? NativeResult(flat) : badarg();
    }
    state = new FlattenState(c.arg(0), parts);
    c.set_state(state);
  }
  for (;;) {
    size_t used = 0;
    auto outcome = state->flattener.step(1024, &used);
    c.charge(used / 8 + 1);
    if (outcome == iolist::Flattener::State::Bad) return badarg();
    if (outcome == iolist::Flattener::State::Done) return state->flattener.take(c.heap());
    if (c.exhausted()) return c.again();
  }
}

}  // namespace

// kind: Yielding
BIF(erlang, list_to_binary, 1) { return c.arg(0).is_list() ? flatten(c, Parts::Bytes) : badarg(); }
// kind: Yielding
BIF(binary, list_to_bin, 1) { return c.arg(0).is_list() ? flatten(c, Parts::Bytes) : badarg(); }
// kind: Yielding
BIF(erlang, iolist_to_binary, 1) {
  if (is_binary(c.arg(0))) return c.arg(0);
  return c.arg(0).is_list() ? flatten(c, Parts::Bytes) : badarg();
}
// kind: Yielding
BIF(erlang, list_to_bitstring, 1) { return c.arg(0).is_list() ? flatten(c, Parts::Bits) : badarg(); }

// kind: Yielding
BIF(erlang, iolist_size, 1) {
  auto* state = c.state<WalkState<size_t>>();
  if (!state) {
    if (is_binary(c.arg(0))) return Term::small(SWord(bits::size_bits(c.arg(0)) / 8));
    if (!c.arg(0).is_list()) return badarg();
    Walker walker(c.arg(0));
    size_t units = at_once, sum = 0;
    Sized outcome = add_sizes(walker, &units, &sum);
    c.charge((at_once - units) / 8);
    switch (outcome) {
      case Sized::Done: return arith::make_unsigned(c.heap(), sum);
      case Sized::Bad: return badarg();
      case Sized::More: break;  // it is long: in slices
    }
    state = new WalkState<size_t>(c.arg(0), 0);
    c.set_state(state);
  }
  for (;;) {
    size_t units = step_units;
    switch (add_sizes(state->walker, &units, &state->sum)) {
      case Sized::Done: return arith::make_unsigned(c.heap(), state->sum);
      case Sized::Bad: return badarg();
      case Sized::More: c.charge(step_units / 8);
    }
    if (c.exhausted()) return c.again();
  }
}

// A list of binaries with the same bytes: large ones as they are, what lies between copied together.
BIF(erlang, iolist_to_iovec, 1) {
  constexpr size_t refer_from = 256;  // bytes, as in OTP: the least that is not copied
  Term list = nil;
  auto prepend = [&](Term t) { list = c.heap().reserve(Words(2)).cons(t, list); };
  if (is_binary(c.arg(0))) {
    if (bits::size_bits(c.arg(0)) > 0) prepend(c.arg(0));
    return list;
  }
  if (!c.arg(0).is_list()) return badarg();
  std::string small;
  auto flush = [&] {
    if (!small.empty()) prepend(bits::from_text(c.heap(), small));
    small.clear();
  };
  Walker walker(c.arg(0));
  for (size_t pieces = 1;; pieces++) {
    uint8_t byte;
    Term piece;
    auto kind = walker.next(&byte, &piece);
    if (kind == Walker::Piece::End) break;
    if (kind == Walker::Piece::Bad) return badarg();
    if (kind == Walker::Piece::Byte) {
      small.push_back(char(byte));
    } else {
      size_t n = bits::size_bits(piece);
      if (n % 8 != 0) return badarg();
      if (n / 8 < refer_from) {
        bits::AlignedBytes bytes(piece);
        small.append(bytes.text());
      } else {
        flush();
        prepend(piece);
      }
    }
    if (pieces % 16 == 0) c.charge(1);
  }
  flush();
  // Built back to front.
  Term forward = nil;
  for (; list.is_cons(); list = list.as_cons()->tail) forward = c.heap().reserve(Words(2)).cons(list.as_cons()->head, forward);
  return forward;
}

}  // namespace joist
