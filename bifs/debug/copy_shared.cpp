// erts_debug:copy_shared/1,2: a copy in which what is shared stays shared.
#include "bifs/bif.h"
#include "gc/sharing_copy.h"

namespace joist {

// The second argument says whether literals are copied, too.
BIF(erts_debug, copy_shared, 2) {
  Term term = c.arg(0), with_literals = c.arg(1);
  if (!with_literals.same(atom::true_) && !with_literals.same(atom::false_)) return badarg();
  SharingCopy sharing(with_literals.same(atom::true_));
  size_t words = sharing.words(term);
  c.charge(words / 8);
  HeapWriter w = c.heap().reserve(Words(words));
  Term copy = sharing.copy(term, w);
  c.heap().commit(w);
  return copy;
}

}  // namespace joist
