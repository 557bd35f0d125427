// Integers as text in bases 2 to 36. One limb is done by hand; more goes to mpn_get_str and mpn_set_str, whose cost
// is below quadratic.
#include <cmath>
#include <cstring>

#include "vm/term/arith_internal.h"

namespace joist::arith {

namespace {

constexpr char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

// 36 and above: no digit.
unsigned digit_value(char c) {
  if (c >= '0' && c <= '9') return unsigned(c - '0');
  if (c >= 'A' && c <= 'Z') return unsigned(c - 'A' + 10);
  if (c >= 'a' && c <= 'z') return unsigned(c - 'a' + 10);
  return 255;
}

}  // namespace

size_t integer_text_size(Term integer, unsigned base) {
  if (integer.is_small()) return 1 + 61;
  return size_t(double(64 * Integer(integer).count) / std::log2(base)) + 3;  // sign, rounding up, and the leading zero mpn_get_str may write
}

size_t integer_to_text(Term integer, unsigned base, char* out) {
  Integer x(integer);
  char* p = out;
  if (x.negative) *p++ = '-';
  if (x.count <= 1) {
    Word w = x.count == 0 ? 0 : x.limbs[0];
    char buffer[64];
    char* q = buffer + sizeof buffer;
    if (base == 10) {
      do *--q = char('0' + w % 10);
      while (w /= 10);
    } else {
      do *--q = digits[w % base];
      while (w /= base);
    }
    size_t n = size_t(buffer + sizeof buffer - q);
    std::memcpy(p, q, n);
    return size_t(p - out) + n;
  }
  Scratch copy(x.count + 1);
  mpn_copyi(mp(copy.get()), mp(x.limbs), x.count);
  auto* text = reinterpret_cast<unsigned char*>(p);
  size_t n = mpn_get_str(text, int(base), mp(copy.get()), x.count);
  size_t zeros = 0;
  while (zeros + 1 < n && text[zeros] == 0) zeros++;
  for (size_t i = zeros; i < n; i++) p[i - zeros] = digits[text[i]];
  return size_t(p - out) + n - zeros;
}

Term text_to_integer(Heap& heap, std::string_view text, unsigned base, bool* too_large) {
  *too_large = false;
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.empty()) return Term();
  if (text.size() <= 12) {  // 36^12 < 2^63
    Word w = 0;
    for (char c : text) {
      unsigned d = digit_value(c);
      if (d >= base) return Term();
      w = w * base + d;
    }
    return make_integer(heap, negative ? -SWord(w) : SWord(w));
  }
  auto* values = static_cast<unsigned char*>(sys::allocate(text.size(), sys::Alloc::Temporary));
  size_t n = 0;
  bool bad = false;
  for (char c : text) {
    unsigned d = digit_value(c);
    bad |= d >= base;
    if (n > 0 || d != 0) values[n++] = uint8_t(d);
  }
  size_t count = size_t(double(n) * std::log2(base) / 64) + 2;
  Term result;
  if (bad) {
  } else if (count > max_limbs + 4) {
    *too_large = true;
  } else if (n == 0) {
    result = Term::small(0);
  } else {
    Place place(heap, count);
    size_t used = mpn_set_str(mp(place.limbs()), values, n, int(base));
    TermResult made = place.finish(used, negative);
    if (made) result = *made;
    else *too_large = true;
  }
  sys::release(values, sys::Alloc::Temporary);
  return result;
}

}  // namespace joist::arith
