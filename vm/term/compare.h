// Erlang's term order and equality. Iterative: depth of terms costs no C stack.
#pragma once
#include "vm/term/boxed.h"

namespace joist {

namespace detail {
// =:= of two different pointers with one tag.
bool equal_pointers(Term a, Term b);
}
// =:=
inline bool terms_equal(Term a, Term b) {
  if (a.same(b)) return true;
  if (!a.is_pointer() || a.tag() != b.tag()) return false;  // 25: 0.0 =:= -0.0 is true and is handled by the slow path: both boxed or not
  return detail::equal_pointers(a, b);
}
// ==
bool terms_equal_loose(Term a, Term b);
// number < atom < reference < fun < port < pid < tuple < map < nil < list < bitstring. Negative, 0, positive.
int compare_terms(Term a, Term b);
// As compare_terms, but integers and floats are distinct, integers first: the order of map keys and of =:=.
int compare_terms_exact(Term a, Term b);
// The beginning of a term as a number: when the digests of two terms differ, compare_terms orders the terms as their digests.
// For indexes, which then need not look at the terms.
uint64_t order_digest(Term t);

}  // namespace joist
