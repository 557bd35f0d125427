// The operators as functions: what apply(erlang, '+', [1, 2]) and fun erlang:'+'/2 call. The machine's instructions do the
// same through the same subsystems (vm/term/arith.h, compare.h).
#include "bifs/bif.h"
#include "vm/term/arith.h"
#include "vm/term/compare.h"

namespace joist {
namespace {

NativeResult from(arith::TermResult r) {
  if (r) return *r;
  return Term(r.error()).same(atom::system_limit) ? system_limit() : badarith();
}

NativeResult boolean_result(bool b) { return boolean(b); }
bool is_boolean_atom(Term t) { return t.same(atom::true_) || t.same(atom::false_); }

}  // namespace

BIF(erlang, plus, 2) { return from(arith::add(c.heap(), c.arg(0), c.arg(1))); }
BIF(erlang, minus, 2) { return from(arith::subtract(c.heap(), c.arg(0), c.arg(1))); }
BIF(erlang, times, 2) { return from(arith::multiply(c.heap(), c.arg(0), c.arg(1))); }
BIF(erlang, divide, 2) { return from(arith::divide(c.heap(), c.arg(0), c.arg(1))); }
BIF(erlang, div, 2) { return from(arith::int_divide(c.heap(), c.arg(0), c.arg(1))); }
BIF(erlang, rem, 2) { return from(arith::remainder(c.heap(), c.arg(0), c.arg(1))); }
BIF(erlang, plus, 1) { return is_number(c.arg(0)) ? NativeResult(c.arg(0)) : badarith(); }
BIF(erlang, minus, 1) { return from(arith::negate(c.heap(), c.arg(0))); }
BIF(erlang, band, 2) { return from(arith::bit_and(c.heap(), c.arg(0), c.arg(1))); }
BIF(erlang, bor, 2) { return from(arith::bit_or(c.heap(), c.arg(0), c.arg(1))); }
BIF(erlang, bxor, 2) { return from(arith::bit_xor(c.heap(), c.arg(0), c.arg(1))); }
BIF(erlang, bnot, 1) { return from(arith::bit_not(c.heap(), c.arg(0))); }
BIF(erlang, bsl, 2) { return from(arith::shift_left(c.heap(), c.arg(0), c.arg(1))); }
BIF(erlang, bsr, 2) { return from(arith::shift_right(c.heap(), c.arg(0), c.arg(1))); }

BIF(erlang, abs, 1) {
  if (!is_number(c.arg(0))) return badarg();
  return from(arith::absolute(c.heap(), c.arg(0)));
}
BIF(erlang, float, 1) {
  if (!is_number(c.arg(0))) return badarg();
  auto r = arith::to_float(c.heap(), c.arg(0));
  return r ? NativeResult(*r) : badarg();
}

static NativeResult to_integer(NativeCall& c, arith::Rounding how) {
  if (!is_number(c.arg(0))) return badarg();
  auto r = arith::to_integer(c.heap(), c.arg(0), how);
  return r ? NativeResult(*r) : badarg();
}
BIF(erlang, trunc, 1) { return to_integer(c, arith::Rounding::Truncate); }
BIF(erlang, round, 1) { return to_integer(c, arith::Rounding::Round); }
BIF(erlang, floor, 1) { return to_integer(c, arith::Rounding::Floor); }
BIF(erlang, ceil, 1) { return to_integer(c, arith::Rounding::Ceiling); }

BIF(erlang, lt, 2) { return boolean_result(compare_terms(c.arg(0), c.arg(1)) < 0); }
BIF(erlang, gt, 2) { return boolean_result(compare_terms(c.arg(0), c.arg(1)) > 0); }
BIF(erlang, le, 2) { return boolean_result(compare_terms(c.arg(0), c.arg(1)) <= 0); }
BIF(erlang, ge, 2) { return boolean_result(compare_terms(c.arg(0), c.arg(1)) >= 0); }
BIF(erlang, eq, 2) { return boolean_result(terms_equal_loose(c.arg(0), c.arg(1))); }
BIF(erlang, ne, 2) { return boolean_result(!terms_equal_loose(c.arg(0), c.arg(1))); }
BIF(erlang, eq_exact, 2) { return boolean_result(terms_equal(c.arg(0), c.arg(1))); }
BIF(erlang, ne_exact, 2) { return boolean_result(!terms_equal(c.arg(0), c.arg(1))); }
BIF(erts_internal, cmp_term, 2) {
  int order = compare_terms_exact(c.arg(0), c.arg(1));
  return Term::small(order < 0 ? -1 : order > 0 ? 1 : 0);
}

BIF(erlang, not, 1) {
  if (!is_boolean_atom(c.arg(0))) return badarg();
  return boolean(c.arg(0).same(atom::false_));
}
static NativeResult boolean_operator(NativeCall& c, bool (*f)(bool, bool)) {
  if (!is_boolean_atom(c.arg(0)) || !is_boolean_atom(c.arg(1))) return badarg();
  return boolean(f(c.arg(0).same(atom::true_), c.arg(1).same(atom::true_)));
}
BIF(erlang, and, 2) { return boolean_operator(c, [](bool a, bool b) { return a && b; }); }
BIF(erlang, or, 2) { return boolean_operator(c, [](bool a, bool b) { return a || b; }); }
BIF(erlang, xor, 2) { return boolean_operator(c, [](bool a, bool b) { return a != b; }); }

}  // namespace joist
