// Sums, products, quotients of integers of any size, on mpn_*.
#include "vm/term/arith_internal.h"

namespace joist::arith {

namespace {
constexpr Failure badarith{atom::badarith};
constexpr Failure system_limit{atom::system_limit};
}  // namespace

TermResult add_integers(Heap& heap, const Integer& a, const Integer& b, bool subtract) {
  bool b_negative = b.negative != subtract;
  const Integer* x = &a;
  const Integer* y = &b;
  bool x_negative = a.negative, y_negative = b_negative;
  if (x->count < y->count) {
    std::swap(x, y);
    std::swap(x_negative, y_negative);
  }
  if (x->count == 0) return Term::small(0);
  if (x_negative == y_negative || y->count == 0) {
    Place place(heap, x->count + 1);
    Word* r = place.limbs();
    r[x->count] = y->count == 0 ? (mpn_copyi(mp(r), mp(x->limbs), x->count), 0)
                                : mpn_add(mp(r), mp(x->limbs), x->count, mp(y->limbs), y->count);
    return place.finish(x->count + 1, x_negative);
  }
  int order = compare_magnitudes(x->limbs, x->count, y->limbs, y->count);
  if (order == 0) return Term::small(0);
  if (order < 0) {
    std::swap(x, y);
    std::swap(x_negative, y_negative);
  }
  Place place(heap, x->count);
  mpn_sub(mp(place.limbs()), mp(x->limbs), x->count, mp(y->limbs), y->count);
  return place.finish(x->count, x_negative);
}

TermResult multiply_integers(Heap& heap, const Integer& a, const Integer& b) {
  const Integer* x = &a;
  const Integer* y = &b;
  if (x->count < y->count) std::swap(x, y);
  if (y->count == 0) return Term::small(0);
  if (x->bit_length() + y->bit_length() - 1 > 64 * max_limbs) return system_limit;
  size_t count = x->count + y->count;
  Place place(heap, count);
  Word* r = place.limbs();
  if (y->count == 1) r[x->count] = mpn_mul_1(mp(r), mp(x->limbs), x->count, y->limbs[0]);
  else if (x->limbs == y->limbs) mpn_sqr(mp(r), mp(x->limbs), x->count);
  else mpn_mul(mp(r), mp(x->limbs), x->count, mp(y->limbs), y->count);
  return place.finish(count, a.negative != b.negative);
}

TermResult int_divide(Heap& heap, Term a, Term b) {
  if (!is_integer(a) || !is_integer(b) || b.same(Term::small(0))) return badarith;
  if (Term::both_small(a, b)) return make_integer(heap, a.small_value() / b.small_value());
  Integer x(a), y(b);
  if (compare_magnitudes(x.limbs, x.count, y.limbs, y.count) < 0) return Term::small(0);
  bool negative = x.negative != y.negative;
  size_t count = x.count - y.count + 1;
  Place place(heap, count);
  if (y.count == 1) {
    mpn_divrem_1(mp(place.limbs()), 0, mp(x.limbs), x.count, y.limbs[0]);
  } else {
    Scratch rest(y.count);
    mpn_tdiv_qr(mp(place.limbs()), mp(rest.get()), 0, mp(x.limbs), x.count, mp(y.limbs), y.count);
  }
  return place.finish(count, negative);
}

TermResult remainder(Heap& heap, Term a, Term b) {
  if (!is_integer(a) || !is_integer(b) || b.same(Term::small(0))) return badarith;
  if (Term::both_small(a, b)) return Term::small(a.small_value() % b.small_value());
  Integer x(a), y(b);
  if (compare_magnitudes(x.limbs, x.count, y.limbs, y.count) < 0) return a;
  if (y.count == 1) {
    Word rest = mpn_mod_1(mp(x.limbs), x.count, y.limbs[0]);
    return make_bignum(heap, &rest, 1, x.negative);
  }
  Place place(heap, y.count);
  Scratch quotient(x.count - y.count + 1);
  mpn_tdiv_qr(mp(quotient.get()), mp(place.limbs()), 0, mp(x.limbs), x.count, mp(y.limbs), y.count);
  return place.finish(y.count, x.negative);
}

}  // namespace joist::arith
