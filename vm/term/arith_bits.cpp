// Integers as two's complement of unlimited width: bitwise operators, shifts, and integers in bitstrings.
//
// Bignums are magnitude and sign; a negative one is read as two's complement limb by limb on the way (invert and
// carry), and a negative result is turned back the same way: one pass, no temporary.
#include "vm/term/arith_internal.h"
#include "vm/term/bit_words.h"

namespace joist::arith {

namespace {

constexpr Failure badarith{atom::badarith};
constexpr Failure system_limit{atom::system_limit};

// Streams the two's complement limbs of an integer, least significant first, without end.
class Complement {
 public:
  explicit Complement(const Integer& i) : limbs_(i.limbs), count_(i.count), negative_(i.negative), carry_(i.negative) {}
  Word next() {
    Word limb = at_ < count_ ? limbs_[at_] : 0;
    at_++;
    if (!negative_) return limb;
    limb = ~limb + carry_;
    carry_ = carry_ && limb == 0;
    return limb;
  }

 private:
  const Word* limbs_;
  size_t count_, at_ = 0;
  bool negative_;
  Word carry_;
};

// Negates two's complement limbs in place.
void negate_limbs(Word* limbs, size_t count) { mpn_neg(mp(limbs), mp(limbs), count); }

template <class Op>
TermResult bitwise(Heap& heap, Term a, Term b, Op op) {
  if (!is_integer(a) || !is_integer(b)) return badarith;
  Integer x(a), y(b);
  bool negative = op(Word(x.negative), Word(y.negative)) & 1;
  size_t count = std::max(x.count, y.count) + 1;  // one more for the sign
  Place place(heap, count);
  Word* r = place.limbs();
  Complement cx(x), cy(y);
  for (size_t i = 0; i < count; i++) r[i] = op(cx.next(), cy.next());
  if (negative) negate_limbs(r, count);
  return place.finish(count, negative);
}

TermResult shift_left_by(Heap& heap, Term a, Word by) {
  if (a.same(Term::small(0)) || by == 0) return a;
  if (a.is_small() && by < 60) {
    SWord v = a.small_value(), shifted = SWord(Word(v) << by);
    if (shifted >> by == v) return make_integer(heap, shifted);
  }
  Integer x(a);
  if (by > 64 * max_limbs || x.bit_length() + by > 64 * max_limbs) return system_limit;
  size_t whole = by / 64, bits = by % 64, count = x.count + whole + 1;
  Place place(heap, count);
  Word* r = place.limbs();
  mpn_zero(mp(r), whole);
  if (bits == 0) {
    mpn_copyi(mp(r + whole), mp(x.limbs), x.count);
    r[count - 1] = 0;
  } else {
    r[count - 1] = mpn_lshift(mp(r + whole), mp(x.limbs), x.count, unsigned(bits));
  }
  return place.finish(count, x.negative);
}

// Towards minus infinity.
TermResult shift_right_by(Heap& heap, Term a, Word by) {
  if (by == 0) return a;
  if (a.is_small()) return Term::small(a.small_value() >> (by > 63 ? 63 : by));
  Integer x(a);
  size_t whole = by / 64, bits = by % 64;
  if (whole >= x.count) return Term::small(x.negative ? -1 : 0);
  size_t count = x.count - whole;
  Place place(heap, count + 1);
  Word* r = place.limbs();
  bool lost = false;
  for (size_t i = 0; x.negative && !lost && i < whole; i++) lost = x.limbs[i] != 0;
  if (bits == 0) mpn_copyi(mp(r), mp(x.limbs + whole), count);
  else lost |= mpn_rshift(mp(r), mp(x.limbs + whole), count, unsigned(bits)) != 0;
  r[count] = x.negative && lost ? mpn_add_1(mp(r), mp(r), count, 1) : 0;
  return place.finish(count + 1, x.negative);
}

TermResult shift(Heap& heap, Term a, Term b, bool right) {
  if (!is_integer(a) || !is_integer(b)) return badarith;
  bool negative = sign(b) < 0;
  // A bignum count is beyond every integer's length.
  Word by = b.is_small() ? Word(negative ? -b.small_value() : b.small_value()) : ~Word(0);
  return right != negative ? shift_right_by(heap, a, by) : shift_left_by(heap, a, by);
}

}  // namespace

TermResult bit_and(Heap& heap, Term a, Term b) {
  if (Term::both_small(a, b)) return Term::small(a.small_value() & b.small_value());
  return bitwise(heap, a, b, [](Word x, Word y) { return x & y; });
}
TermResult bit_or(Heap& heap, Term a, Term b) {
  if (Term::both_small(a, b)) return Term::small(a.small_value() | b.small_value());
  return bitwise(heap, a, b, [](Word x, Word y) { return x | y; });
}
TermResult bit_xor(Heap& heap, Term a, Term b) {
  if (Term::both_small(a, b)) return Term::small(a.small_value() ^ b.small_value());
  return bitwise(heap, a, b, [](Word x, Word y) { return x ^ y; });
}
TermResult bit_not(Heap& heap, Term a) {
  if (a.is_small()) return Term::small(~a.small_value());
  if (!is_bignum(a)) return badarith;
  Integer x(a), minus_one(Term::small(-1));
  return add_integers(heap, minus_one, x, true);  // ~x = -1 - x
}
TermResult shift_left(Heap& heap, Term a, Term b) { return shift(heap, a, b, false); }
TermResult shift_right(Heap& heap, Term a, Term b) { return shift(heap, a, b, true); }

namespace {

// The value of `bits` ≤ 64 little-endian bits at `bit`: whole bytes from the low end, then the odd bits.
Word load_little(const uint8_t* data, size_t bit, size_t bits) {
  if (bits == 64) return __builtin_bswap64(bits::load(data, bit, 64));
  size_t bytes = bits / 8, odd = bits % 8;
  Word w = bytes == 0 ? 0 : __builtin_bswap64(bits::load(data, bit, 8 * bytes) << (64 - 8 * bytes));
  return odd == 0 ? w : w | bits::load(data, bit + 8 * bytes, odd) << (8 * bytes);
}

void store_little(uint8_t* data, size_t bit, size_t bits, Word w) {
  if (bits == 64) return bits::store(data, bit, 64, __builtin_bswap64(w));
  size_t bytes = bits / 8, odd = bits % 8;
  if (bytes) bits::store(data, bit, 8 * bytes, __builtin_bswap64(w) >> (64 - 8 * bytes));
  if (odd) bits::store(data, bit + 8 * bytes, odd, w >> (8 * bytes));
}

}  // namespace

Term integer_from_bits(Heap& heap, const uint8_t* data, size_t offset, size_t bits, bool is_signed, bool little) {
  if (bits == 0) return Term::small(0);
  if (bits <= 64) {
    Word w = little ? load_little(data, offset, bits) : bits::load(data, offset, bits);
    if (is_signed) return make_integer(heap, SWord(w << (64 - bits)) >> (64 - bits));
    return make_unsigned(heap, w);
  }
  size_t count = (bits + 63) / 64;
  Place place(heap, count);
  Word* r = place.limbs();
  size_t whole = bits / 64, odd = bits % 64;
  if (little) {
    for (size_t i = 0; i < whole; i++) r[i] = __builtin_bswap64(bits::load(data, offset + 64 * i, 64));
    if (odd) r[whole] = load_little(data, offset + 64 * whole, odd);
  } else {
    for (size_t i = 0; i < whole; i++) r[i] = bits::load(data, offset + bits - 64 * (i + 1), 64);
    if (odd) r[whole] = bits::load(data, offset, odd);
  }
  bool negative = is_signed && (r[count - 1] >> ((bits - 1) % 64) & 1);
  if (negative) {
    if (odd) r[whole] |= ~Word(0) << odd;
    negate_limbs(r, count);
  }
  TermResult result = place.finish(count, negative);
  return result ? *result : Term();
}

bool integer_to_bits(Term t, uint8_t* data, size_t offset, size_t bits, bool little) {
  if (!is_integer(t)) return false;
  if (bits == 0) return true;
  if (t.is_small() && bits <= 64) {
    Word w = Word(t.small_value());
    little ? store_little(data, offset, bits, w) : bits::store(data, offset, bits, w);
    return true;
  }
  Integer x(t);
  Complement limbs(x);
  size_t whole = bits / 64, odd = bits % 64;
  for (size_t i = 0; i < whole; i++) {
    Word w = limbs.next();
    if (little) bits::store(data, offset + 64 * i, 64, __builtin_bswap64(w));
    else bits::store(data, offset + bits - 64 * (i + 1), 64, w);
  }
  if (odd) {
    Word w = limbs.next();
    little ? store_little(data, offset + 64 * whole, odd, w) : bits::store(data, offset, odd, w);
  }
  return true;
}

}  // namespace joist::arith
