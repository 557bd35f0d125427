// UTF-8, one code point at a time. Valid means as Erlang sees it: no surrogates, no overlong forms, at most U+10FFFF.
#pragma once
#include <cstdint>
#include <string>

namespace joist {

constexpr bool is_unicode_scalar(int64_t ch) { return (ch >= 0 && ch < 0xd800) || (ch > 0xdfff && ch <= 0x10ffff); }

// Bytes that the encoding of ch takes.
constexpr unsigned utf8_length(uint32_t ch) { return ch < 0x80 ? 1 : ch < 0x800 ? 2 : ch < 0x10000 ? 3 : 4; }

// Writes ch (a scalar) and returns the number of bytes.
inline unsigned utf8_encode(uint32_t ch, uint8_t* out) {
  if (ch < 0x80) {
    out[0] = uint8_t(ch);
    return 1;
  }
  if (ch < 0x800) {
    out[0] = uint8_t(0xc0 | ch >> 6);
    out[1] = uint8_t(0x80 | (ch & 63));
    return 2;
  }
  if (ch < 0x10000) {
    out[0] = uint8_t(0xe0 | ch >> 12);
    out[1] = uint8_t(0x80 | (ch >> 6 & 63));
    out[2] = uint8_t(0x80 | (ch & 63));
    return 3;
  }
  out[0] = uint8_t(0xf0 | ch >> 18);
  out[1] = uint8_t(0x80 | (ch >> 12 & 63));
  out[2] = uint8_t(0x80 | (ch >> 6 & 63));
  out[3] = uint8_t(0x80 | (ch & 63));
  return 4;
}
inline void utf8_append(std::string* out, uint32_t ch) {
  uint8_t bytes[4];
  out->append(reinterpret_cast<char*>(bytes), utf8_encode(ch, bytes));
}

// Result of decoding at p: the code point and its length, or why not.
struct Utf8Step {
  uint32_t ch;
  int8_t length;  // 1..4; 0: invalid here; -1: a valid beginning, but the bytes end
};
inline Utf8Step utf8_step(const uint8_t* p, const uint8_t* end) {
  uint8_t b = *p;
  if (b < 0x80) return {b, 1};
  unsigned n = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : b >= 0xc2 ? 2 : 0;
  if (n == 0 || b > 0xf4) return {0, 0};
  static constexpr uint8_t first_mask[] = {0, 0, 0x1f, 0x0f, 0x07};
  uint32_t ch = b & first_mask[n];
  for (unsigned i = 1; i < n; i++) {
    if (p + i == end) return {0, -1};
    uint8_t next = p[i];
    if ((next & 0xc0) != 0x80) return {0, 0};
    if (i == 1) {
      if (b == 0xe0 && next < 0xa0) return {0, 0};  // overlong
      if (b == 0xed && next > 0x9f) return {0, 0};  // surrogate
      if (b == 0xf0 && next < 0x90) return {0, 0};  // overlong
      if (b == 0xf4 && next > 0x8f) return {0, 0};  // beyond U+10FFFF
    }
    ch = ch << 6 | (next & 63);
  }
  return {ch, int8_t(n)};
}

// Decodes text known to be valid and advances *p.
inline uint32_t utf8_decode_valid(const uint8_t** p) {
  Utf8Step s = utf8_step(*p, *p + 4);
  *p += s.length;
  return s.ch;
}

// Number of code points, or -1 when the bytes are not valid UTF-8.
inline int64_t utf8_count(const uint8_t* data, size_t size) {
  int64_t n = 0;
  for (const uint8_t *p = data, *end = data + size; p < end; n++) {
    Utf8Step s = utf8_step(p, end);
    if (s.length <= 0) return -1;
    p += s.length;
  }
  return n;
}

}  // namespace joist
