// Floats as text. The shortest digits come from std::to_chars; how they are laid out is OTP's: fixed notation where it is not
// longer than scientific, and scientific for integers of 2^53 and above, which are not exact.
#include "vm/term/float_text.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace joist {

size_t float_to_text_short(double d, char* out) {
  char* p = out;
  if (std::signbit(d)) *p++ = '-';
  d = std::fabs(d);
  if (d == 0) {
    std::memcpy(p, "0.0", 3);
    return size_t(p + 3 - out);
  }
  // "d.ddde±xx" → digits and the exponent of the last of them
  char text[40], digits[20];
  char* end = std::to_chars(text, text + sizeof text, d, std::chars_format::scientific).ptr;
  int count = 0;
  char* at = text;
  for (; *at != 'e'; at++)
    if (*at != '.') digits[count++] = *at;
  int scientific = 0;
  at++;
  std::from_chars(*at == '+' ? at + 1 : at, end, scientific);
  while (count > 1 && digits[count - 1] == '0') count--;
  int exponent = scientific - (count - 1);

  uint64_t value = 0;
  for (int i = 0; i < count; i++) value = value * 10 + uint64_t(digits[i] - '0');
  int lowest = count == 1 ? -4 : -(count + 2);
  int highest = count == 1 || scientific >= 10 ? 2 : 1;
  bool fixed = lowest <= exponent && exponent <= highest;
  if ((exponent == 0 && value >= uint64_t(1) << 53) || (exponent == 1 && value > (uint64_t(1) << 52) / 5) ||
      (exponent == 2 && value > (uint64_t(1) << 51) / 25))
    fixed = false;

  auto put = [&](const char* from, int n) { std::memcpy(p, from, size_t(n)), p += n; };
  auto zeros = [&](int n) { std::memset(p, '0', size_t(n)), p += n; };
  int whole = count + exponent;  // digits before the point
  if (!fixed) {
    *p++ = digits[0];
    *p++ = '.';
    if (count > 1) put(digits + 1, count - 1);
    else *p++ = '0';
    *p++ = 'e';
    p = std::to_chars(p, p + 8, scientific).ptr;
  } else if (exponent >= 0) {
    put(digits, count);
    zeros(exponent);
    put(".0", 2);
  } else if (whole > 0) {
    put(digits, whole);
    *p++ = '.';
    put(digits + whole, count - whole);
  } else {
    put("0.", 2);
    zeros(-whole);
    put(digits, count);
  }
  return size_t(p - out);
}

size_t float_to_text_default(double d, char* out) { return float_to_text_scientific(d, 20, out, 32); }

size_t float_to_text_scientific(double d, unsigned digits, char* out, size_t size) {
  auto [end, error] = std::to_chars(out, out + size, d, std::chars_format::scientific, int(digits));
  return error == std::errc() ? size_t(end - out) : 0;
}

namespace {

// Where the text ends without its trailing zeros; one stays after the point.
char* without_trailing_zeros(char* begin, char* end) {
  while (end > begin && end[-1] == '0') end--;
  if (end > begin && end[-1] == '.') end++;
  return end;
}

constexpr double powers_of_ten[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                    1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};

}  // namespace

// Numbers up to 2^53 are split into whole part and fraction and the fraction is rounded by itself: cheaper than printf, and, as
// in OTP, not always the same.
size_t float_to_text_decimals(double d, unsigned decimals, bool compact, char* out, size_t size) {
  char text[800];
  char* end;
  double magnitude = std::fabs(d);
  if (magnitude > double(uint64_t(1) << 53) || decimals >= std::size(powers_of_ten)) {
    if (decimals > 400) return 0;
    end = text + std::snprintf(text, sizeof text, "%.*f", int(decimals), d);
    if (size_t(end - text) >= size) return 0;
    if (compact) end = without_trailing_zeros(text, end);
  } else {
    uint64_t whole, fraction = 0;
    if (decimals) {
      double floor = std::floor(magnitude);
      double rounded = std::round((magnitude - floor) * powers_of_ten[decimals]);
      whole = uint64_t(floor);
      fraction = uint64_t(rounded);
      if (rounded >= powers_of_ten[decimals]) whole++, fraction = 0;
    } else {
      whole = uint64_t(std::round(magnitude));
    }
    end = text;
    if (std::signbit(d)) *end++ = '-';
    end = std::to_chars(end, end + 24, whole).ptr;
    if (decimals) {
      *end++ = '.';
      for (unsigned i = decimals; i-- > 0; fraction /= 10) end[i] = char('0' + fraction % 10);
      end += decimals;
      if (compact) end = without_trailing_zeros(text, end);
    }
  }
  if (size_t(end - text) >= size) return 0;
  std::memcpy(out, text, size_t(end - text));
  return size_t(end - text);
}

bool text_to_float(std::string_view text, double* out) {
  const char *at = text.data(), *end = at + text.size();
  auto digits = [&] {
    const char* first = at;
    while (at < end && *at >= '0' && *at <= '9') at++;
    return at != first;
  };
  bool negative = false;
  if (at < end && (*at == '+' || *at == '-')) negative = *at++ == '-';
  const char* number = at;
  if (!digits()) return false;
  const char* point = at;
  if (at == end || (*at != '.' && *at != ',')) return false;
  at++;
  if (!digits()) return false;
  int exponent_sign = 1;
  const char* mantissa_end = at;
  if (at < end && (*at == 'e' || *at == 'E')) {
    at++;
    if (at < end && (*at == '+' || *at == '-')) exponent_sign = *at++ == '-' ? -1 : 1;
    if (!digits()) return false;
  }
  if (at != end) return false;

  double d = 0;
  std::from_chars_result r;
  if (*point == ',') {  // OTP takes both
    if (text.size() > 2000) return false;
    char copy[2001];
    std::memcpy(copy, number, size_t(end - number));
    copy[point - number] = '.';
    r = std::from_chars(copy, copy + (end - number), d);
  } else {
    r = std::from_chars(number, end, d);
  }
  if (r.ec == std::errc::result_out_of_range) {
    // Too small for a float is 0; from_chars does not say which it was. All-zero mantissas never get here.
    const char* first = number;
    while (first < mantissa_end && (*first == '0' || first == point)) first++;
    long magnitude = first < point ? point - first : point - first + 1;  // of the first digit
    long exponent = 0;
    for (const char* e = mantissa_end; e < end; e++)
      if (*e >= '0' && *e <= '9' && exponent < 1000000000) exponent = exponent * 10 + (*e - '0');
    if (magnitude + exponent_sign * exponent > 0) return false;
    d = 0;
  }
  *out = negative ? -d : d;
  return true;
}

}  // namespace joist
