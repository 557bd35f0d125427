// What the hashes of hash.cpp and phash.cpp take terms apart with.
#pragma once
#include "vm/base/work_stack.h"
#include "vm/term/bits.h"

namespace joist::hash_parts {

// Raw words: terms to be hashed, and marks with the header tag, which no term has.
using HashStack = WorkStack<Word>;

inline void push_elements(HashStack& stack, const Term* elements, size_t count) {
  while (count-- > 0) stack.push(elements[count].raw());
}

inline bool is_byte(Term t) { return t.is_small() && Word(t.small_value()) < 256; }

// Magnitude of an integer in limbs. `small` gives the room for a small's.
struct Magnitude {
  const Word* limbs;
  size_t count;
  bool negative;
  Magnitude(Term t, Word* small) {
    if (auto big = t.as<Bignum>()) {
      limbs = big->limbs;
      count = big->limb_count();
      negative = big->negative();
    } else {
      SWord v = t.small_value();
      negative = v < 0;
      *small = negative ? Word(-v) : Word(v);
      limbs = small;
      count = 1;
    }
  }
};

inline Word float_bits(Term t) {
  double d = float_value(t);
  return __builtin_bit_cast(Word, d == 0 ? 0.0 : d);
}

// Reads the bytes of a bitstring that may start within a byte.
struct ByteReader {
  const uint8_t* at;
  unsigned shift;
  explicit ByteReader(const BitSpan& s) : at(s.data + s.offset / 8), shift(s.offset & 7) {}
  uint8_t byte(size_t i) const { return shift ? uint8_t(at[i] << shift | at[i + 1] >> (8 - shift)) : at[i]; }
  // The last n < 8 bits, in the low bits of the result.
  uint8_t bits(size_t i, unsigned n) const {
    unsigned v = at[i] << 8;
    if (shift + n > 8) v |= at[i + 1];
    return uint8_t(v >> (16 - shift - n) & ((1u << n) - 1));
  }
  uint32_t word(size_t i) const {
    if (!shift) {
      uint32_t w;
      __builtin_memcpy(&w, at + i, 4);
      return w;
    }
    return byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | uint32_t(byte(i + 3)) << 24;
  }
};

}  // namespace joist::hash_parts
