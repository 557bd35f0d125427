// UTF-16 and UTF-32 as the bit syntax and the unicode BIFs use them (UTF-8: vm/base/utf8.h).
#pragma once
#include "vm/base/types.h"
#include "vm/base/utf8.h"

namespace joist::utf {

constexpr size_t utf16_size(uint32_t c) { return c < 0x10000 ? 2 : 4; }

// Writes a valid code point; returns its size in bytes.
inline size_t put_utf16(uint32_t c, uint8_t* p, bool little) {
  auto unit = [little](uint8_t* q, uint32_t u) {
    q[little ? 1 : 0] = uint8_t(u >> 8);
    q[little ? 0 : 1] = uint8_t(u);
  };
  if (c < 0x10000) {
    unit(p, c);
    return 2;
  }
  c -= 0x10000;
  unit(p, 0xd800 | c >> 10);
  unit(p + 2, 0xdc00 | (c & 0x3ff));
  return 4;
}

inline void put_utf32(uint32_t c, uint8_t* p, bool little) {
  for (int i = 0; i < 4; i++) p[i] = uint8_t(c >> (little ? 8 * i : 24 - 8 * i));
}

// Reads one code point; returns the bytes it took; 0: malformed; -1: the text ends within what may be a code point.
inline int get_utf16(const uint8_t* p, size_t size, bool little, uint32_t* out) {
  auto unit = [little](const uint8_t* q) { return little ? uint32_t(q[1]) << 8 | q[0] : uint32_t(q[0]) << 8 | q[1]; };
  if (size < 2) return -1;
  uint32_t high = unit(p);
  if (high < 0xd800 || high > 0xdfff) {
    *out = high;
    return 2;
  }
  if (high > 0xdbff) return 0;
  if (size < 4) return -1;
  uint32_t low = unit(p + 2);
  if (low < 0xdc00 || low > 0xdfff) return 0;
  *out = 0x10000 + ((high & 0x3ff) << 10 | (low & 0x3ff));
  return 4;
}

inline int get_utf32(const uint8_t* p, size_t size, bool little, uint32_t* out) {
  if (size < 4) return -1;
  uint32_t c = 0;
  for (int i = 0; i < 4; i++) c |= uint32_t(p[i]) << (little ? 8 * i : 24 - 8 * i);
  *out = c;
  return is_unicode_scalar(c) ? 4 : 0;
}

}  // namespace joist::utf
