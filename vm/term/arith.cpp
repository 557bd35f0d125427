// Dispatch over operand kinds, and everything that a float takes part in.
//
// Two smalls are settled in registers; a float on either side turns the other into a double as OTP does (the same
// sequence of roundings, so results are the same to the last bit); the rest goes to limbs (arith_integer.cpp).
#include <cmath>

#include "vm/term/arith_internal.h"

namespace joist::arith {

namespace {

constexpr Failure badarith{atom::badarith};
constexpr Failure badarg{atom::badarg};

TermResult make_float(Heap& heap, double d) {
  if (!std::isfinite(d)) return badarith;
  if (Term::fits_inline_float(d)) return Term::inline_float(d);
  HeapWriter w = heap.reserve(Words(FloatBox::words));
  return w.float_(d);
}

// Both operands as doubles, when both are numbers and at least one of them a float. False: not that case or out of
// range.
enum class Mix { Integers, Floats, Bad };
Mix mix(Term a, Term b, double* x, double* y) {
  bool fa = is_float(a), fb = is_float(b);
  if (!fa && !fb) return is_integer(a) && is_integer(b) ? Mix::Integers : Mix::Bad;
  return to_double(a, x) && to_double(b, y) ? Mix::Floats : Mix::Bad;
}

}  // namespace

Term make_integer(Heap& heap, SWord value) {
  if (Term::fits_small(value)) return Term::small(value);
  HeapWriter w = heap.reserve(Words(integer_words));
  return write_integer(w, value);
}

Term make_unsigned(Heap& heap, Word value) {
  if (value <= Word(Term::small_max)) return Term::small(SWord(value));
  HeapWriter w = heap.reserve(Words(integer_words));
  return write_unsigned(w, value);
}

Term write_integer(HeapWriter& w, SWord value) {
  if (Term::fits_small(value)) return Term::small(value);
  Word* p = w.take(2);
  p[0] = make_header(Kind::Bignum, 1, value < 0);
  p[1] = value < 0 ? -Word(value) : Word(value);
  return Term::boxed(p);
}

Term write_unsigned(HeapWriter& w, Word value) {
  if (value <= Word(Term::small_max)) return Term::small(SWord(value));
  Word* p = w.take(2);
  p[0] = make_header(Kind::Bignum, 1);
  p[1] = value;
  return Term::boxed(p);
}

TermResult add(Heap& heap, Term a, Term b) {
  if (Term::both_small(a, b)) return make_integer(heap, a.small_value() + b.small_value());
  double x, y;
  switch (mix(a, b, &x, &y)) {
    case Mix::Integers: return add_integers(heap, Integer(a), Integer(b), false);
    case Mix::Floats: return make_float(heap, x + y);
    case Mix::Bad: break;
  }
  return badarith;
}

TermResult subtract(Heap& heap, Term a, Term b) {
  if (Term::both_small(a, b)) return make_integer(heap, a.small_value() - b.small_value());
  double x, y;
  switch (mix(a, b, &x, &y)) {
    case Mix::Integers: return add_integers(heap, Integer(a), Integer(b), true);
    case Mix::Floats: return make_float(heap, x - y);
    case Mix::Bad: break;
  }
  return badarith;
}

TermResult multiply(Heap& heap, Term a, Term b) {
  if (Term::both_small(a, b)) {
    SWord product;
    if (!__builtin_mul_overflow(a.small_value(), b.small_value(), &product)) return make_integer(heap, product);
    return multiply_integers(heap, Integer(a), Integer(b));
  }
  double x, y;
  switch (mix(a, b, &x, &y)) {
    case Mix::Integers: return multiply_integers(heap, Integer(a), Integer(b));
    case Mix::Floats: return make_float(heap, x * y);
    case Mix::Bad: break;
  }
  return badarith;
}

TermResult divide(Heap& heap, Term a, Term b) {
  double x, y;
  if (!to_double(a, &x) || !to_double(b, &y) || y == 0) return badarith;
  return make_float(heap, x / y);
}

TermResult negate(Heap& heap, Term a) {
  if (a.is_small()) return make_integer(heap, -a.small_value());
  if (is_float(a)) return make_float(heap, -float_value(a));
  if (!is_bignum(a)) return badarith;
  Integer i(a);
  Place place(heap, i.count);
  mpn_copyi(mp(place.limbs()), mp(i.limbs), i.count);
  return place.finish(i.count, !i.negative);
}

TermResult absolute(Heap& heap, Term a) {
  if (!is_number(a)) return badarg;
  if (is_float(a)) {
    double d = float_value(a);
    return d < 0 ? make_float(heap, -d) : TermResult(a);  // -0.0 stays
  }
  return sign(a) < 0 ? negate(heap, a) : TermResult(a);
}

TermResult to_float(Heap& heap, Term a) {
  double d;
  if (is_float(a)) return a;
  if (!to_double(a, &d)) return badarg;
  return make_float(heap, d);
}

TermResult to_integer(Heap& heap, Term a, Rounding how) {
  if (is_integer(a)) return a;
  if (!is_float(a)) return badarg;
  double d = float_value(a);
  switch (how) {
    case Rounding::Truncate: d = std::trunc(d); break;
    case Rounding::Round: d = std::round(d); break;
    case Rounding::Floor: d = std::floor(d); break;
    case Rounding::Ceiling: d = std::ceil(d); break;
  }
  return integer_of_double(heap, d);
}

bool to_int64(Term t, SWord* out) {
  if (t.is_small()) {
    *out = t.small_value();
    return true;
  }
  auto big = t.as<Bignum>();
  if (!big || big->limb_count() != 1) return false;
  Word magnitude = big->limbs[0];
  if (magnitude > (Word(1) << 63) - (big->negative() ? 0 : 1)) return false;
  *out = big->negative() ? SWord(-magnitude) : SWord(magnitude);
  return true;
}

bool to_uint64(Term t, Word* out) {
  if (t.is_small()) {
    *out = Word(t.small_value());
    return t.small_value() >= 0;
  }
  auto big = t.as<Bignum>();
  if (!big || big->limb_count() != 1 || big->negative()) return false;
  *out = big->limbs[0];
  return true;
}

bool to_double(Term t, double* out) {
  if (t.is_small()) {
    *out = double(t.small_value());
    return true;
  }
  if (is_float(t)) {
    *out = float_value(t);
    return true;
  }
  auto big = t.as<Bignum>();
  if (!big) return false;
  // Limb by limb from the top, rounding at each: not the nearest double in rare cases, but OTP's.
  double d = 0;
  for (size_t i = big->limb_count(); i-- > 0;) {
    d = d * 18446744073709551616.0 + double(big->limbs[i]);
    if (!std::isfinite(d)) return false;
  }
  *out = big->negative() ? -d : d;
  return true;
}

size_t double_magnitude(double d, Word* out) {
  int exponent;
  double fraction = std::frexp(std::fabs(d), &exponent);  // fraction in [0.5, 1)
  if (exponent <= 0) return 0;
  Word mantissa = Word(std::ldexp(fraction, 53));
  int shift = exponent - 53;
  if (shift <= 0) {
    out[0] = mantissa >> -shift;
    return out[0] != 0;
  }
  size_t whole = size_t(shift) / 64, bits = size_t(shift) % 64;
  for (size_t i = 0; i < whole; i++) out[i] = 0;
  out[whole] = mantissa << bits;
  if (bits > 11) {
    out[whole + 1] = mantissa >> (64 - bits);
    return normal_size(out, whole + 2);
  }
  return whole + 1;
}

Term integer_of_double(Heap& heap, double d) {
  if (d >= -1152921504606846976.0 && d < 1152921504606846976.0) return Term::small(SWord(d));
  Word limbs[17];
  return make_bignum(heap, limbs, double_magnitude(d, limbs), d < 0);
}

int compare_magnitudes(const Word* a, size_t a_count, const Word* b, size_t b_count) {
  if (a_count != b_count) return a_count < b_count ? -1 : 1;
  return a_count == 0 ? 0 : mpn_cmp(mp(a), mp(b), a_count);
}

namespace {

int compare_integer_double(const Integer& a, double d) {
  int sa = a.count == 0 ? 0 : a.negative ? -1 : 1, sd = d > 0 ? 1 : d < 0 ? -1 : 0;
  if (sa != sd) return sa < sd ? -1 : 1;
  if (sa == 0) return 0;
  Word limbs[17];
  int order = compare_magnitudes(a.limbs, a.count, limbs, double_magnitude(d, limbs));
  if (order == 0 && std::trunc(d) != d) order = -1;  // the float has a fraction: it is further from zero
  return order * sa;
}

}  // namespace

int compare_numbers(Term a, Term b) {
  if (Term::both_small(a, b)) return a.small_value() < b.small_value() ? -1 : a.small_value() > b.small_value();
  bool fa = is_float(a), fb = is_float(b);
  if (fa && fb) {
    double x = float_value(a), y = float_value(b);
    return x < y ? -1 : x > y;
  }
  if (fa) return -compare_integer_double(Integer(b), float_value(a));
  if (fb) return compare_integer_double(Integer(a), float_value(b));
  Integer x(a), y(b);
  if (x.negative != y.negative) return x.negative ? -1 : 1;
  int order = compare_magnitudes(x.limbs, x.count, y.limbs, y.count);
  return x.negative ? -order : order;
}

int sign(Term integer) {
  if (integer.is_small()) return integer.small_value() < 0 ? -1 : integer.small_value() > 0;
  return header_aux(integer.header()) ? -1 : 1;
}

Term make_bignum(Heap& heap, const Word* limbs, size_t count, bool negative) {
  count = normal_size(limbs, count);
  if (count == 0) return Term::small(0);
  if (count == 1 && magnitude_fits_small(limbs[0], negative)) return small_of(limbs[0], negative);
  if (count > max_limbs) return Term();
  HeapWriter w = heap.reserve(Words(1 + count));
  Word* p = w.take(1 + count);
  *p = make_header(Kind::Bignum, count, negative);
  mpn_copyi(mp(p + 1), mp(limbs), count);
  return Term::boxed(p);
}

}  // namespace joist::arith
