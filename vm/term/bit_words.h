// Reads and writes up to 64 bits at any bit offset, touching no byte outside the range. Bits are numbered from the most
// significant bit of the first byte, as in the bit syntax.
#pragma once
#include <cstring>

#include "vm/base/types.h"

namespace joist::bits {

inline Word load_be64(const uint8_t* p) {
  Word w;
  std::memcpy(&w, p, 8);
  return __builtin_bswap64(w);
}
inline void store_be64(uint8_t* p, Word w) {
  w = __builtin_bswap64(w);
  std::memcpy(p, &w, 8);
}
// The n most significant bits of a word set; n ≤ 64.
constexpr Word high_mask(size_t n) { return n == 0 ? 0 : ~Word(0) << (64 - n); }

// n ≤ 64 bits at `bit`, right-aligned, big-endian.
inline Word load(const uint8_t* data, size_t bit, size_t n) {
  if (n == 0) return 0;
  const uint8_t* p = data + bit / 8;
  size_t shift = bit % 8, bytes = (shift + n + 7) / 8;
  Word w;
  if (bytes >= 8) {
    w = load_be64(p) << shift;
    if (bytes > 8) w |= Word(p[8]) >> (8 - shift);
  } else {
    w = 0;
    for (size_t i = 0; i < bytes; i++) w |= Word(p[i]) << (56 - 8 * i);
    w <<= shift;
  }
  return w >> (64 - n);
}

// Writes the low n ≤ 64 bits of w at `bit`, big-endian; bits around them stay.
inline void store(uint8_t* data, size_t bit, size_t n, Word w) {
  if (n == 0) return;
  uint8_t* p = data + bit / 8;
  size_t shift = bit % 8, bytes = (shift + n + 7) / 8;
  w <<= 64 - n;
  Word mask = high_mask(n);
  if (bytes > 8) {
    unsigned last = unsigned(shift);  // bits before the field; 64 - shift of it go into the first eight bytes
    Word first = w >> shift, first_mask = mask >> shift;
    store_be64(p, (load_be64(p) & ~first_mask) | first);
    uint8_t tail = uint8_t(w << (8 - last)), tail_mask = uint8_t(mask << (8 - last));
    p[8] = uint8_t((p[8] & ~tail_mask) | tail);
    return;
  }
  w >>= shift;
  mask >>= shift;
  for (size_t i = 0; i < bytes; i++) {
    uint8_t m = uint8_t(mask >> (56 - 8 * i)), v = uint8_t(w >> (56 - 8 * i));
    p[i] = m == 0xff ? v : uint8_t((p[i] & ~m) | v);
  }
}

}  // namespace joist::bits
