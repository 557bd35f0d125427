// Bitstrings: sizes, parts, lists of bytes.
#include "bifs/bif.h"
#include "bifs/binary_range.h"
#include "bifs/list_builder.h"
#include "vm/term/bits.h"

namespace joist {
namespace {

bool is_binary(Term t) { return is_bits(t) && bits::size_bits(t) % 8 == 0; }

// List of bytes [from, from + count) of span, then `tail`.
NativeResult byte_list(NativeCall& c, const BitSpan& span, size_t from, size_t count, Term tail) {
  if (c.too_long(count / 8)) return c.elsewhere();
  HeapWriter out = c.heap().reserve(Words(2 * count));
  const uint8_t* base = span.data;
  size_t bit = span.offset + from * 8;
  unsigned shift = bit & 7;
  Term list = tail;
  for (size_t i = count; i-- > 0;) {
    size_t at = bit / 8 + i;
    uint8_t b = shift ? uint8_t(base[at] << shift | base[at + 1] >> (8 - shift)) : base[at];
    list = out.cons(Term::small(b), list);
  }
  c.charge(count / 16);
  return list;
}

}  // namespace

BIF(erlang, byte_size, 1) {
  return is_bits(c.arg(0)) ? NativeResult(Term::small((bits::size_bits(c.arg(0)) + 7) / 8)) : badarg();
}
BIF(erlang, bit_size, 1) { return is_bits(c.arg(0)) ? NativeResult(Term::small(bits::size_bits(c.arg(0)))) : badarg(); }
BIF(erlang, size, 1) {
  if (auto t = c.arg(0).as<Tuple>()) return Term::small(t->arity());
  return is_bits(c.arg(0)) ? NativeResult(Term::small(bits::size_bits(c.arg(0)) / 8)) : badarg();
}

// Of a bitstring, whole bytes; so does binary_to_list/3, as in OTP.
static NativeResult part(NativeCall& c, Term position, Term length) {
  if (!is_bits(c.arg(0))) return badarg();
  BinaryRange range;
  if (!binary_range(position, length, bits::size_bits(c.arg(0)) / 8, &range)) return badarg();
  return bits::slice(c.heap(), c.arg(0), range.start * 8, range.length * 8);
}
BIF(erlang, binary_part, 3) { return part(c, c.arg(1), c.arg(2)); }
BIF(erlang, binary_part, 2) {
  auto t = c.arg(1).as<Tuple>();
  return t && t->arity() == 2 ? part(c, t->at(0), t->at(1)) : badarg();
}
BIF(binary, part, 3) { return part(c, c.arg(1), c.arg(2)); }
BIF(binary, part, 2) {
  auto t = c.arg(1).as<Tuple>();
  return t && t->arity() == 2 ? part(c, t->at(0), t->at(1)) : badarg();
}

BIF(erlang, split_binary, 2) {
  if (!is_bits(c.arg(0)) || !c.arg(1).is_small()) return badarg();
  size_t size = bits::size_bits(c.arg(0));
  SWord at = c.arg(1).small_value();
  if (at < 0 || Word(at) > size / 8) return badarg();
  Term first = bits::slice(c.heap(), c.arg(0), 0, at * 8);
  Term second = bits::slice(c.heap(), c.arg(0), at * 8, size - at * 8);
  return c.heap().reserve(Words(3)).tuple(first, second);
}

// kind: Long
BIF(erlang, binary_to_list, 1) {
  if (!is_binary(c.arg(0))) return badarg();
  BitSpan span = bits::span(c.arg(0));
  return byte_list(c, span, 0, span.size / 8, nil);
}
// kind: Long
BIF(erlang, binary_to_list, 3) {  // first and last byte, from 1
  if (!is_bits(c.arg(0)) || !c.arg(1).is_small() || !c.arg(2).is_small()) return badarg();
  BitSpan span = bits::span(c.arg(0));
  SWord first = c.arg(1).small_value(), last = c.arg(2).small_value(), size = SWord(span.size / 8);
  if (first < 1 || first > size || last < first || last > size) return badarg();
  return byte_list(c, span, first - 1, last - first + 1, nil);
}
// kind: Long
BIF(erlang, bitstring_to_list, 1) {
  if (!is_bits(c.arg(0))) return badarg();
  BitSpan span = bits::span(c.arg(0));
  size_t bytes = span.size / 8, rest = span.size % 8;
  Term tail = nil;
  if (rest) {
    Term end = bits::slice(c.heap(), c.arg(0), bytes * 8, rest);
    tail = c.heap().reserve(Words(2)).cons(end, nil);
  }
  return byte_list(c, span, 0, bytes, tail);
}

}  // namespace joist
