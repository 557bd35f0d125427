// phash/2, phash2/1,2.
#include "bifs/bif.h"
#include "vm/term/arith.h"
#include "vm/term/hash.h"

namespace joist {
namespace {

constexpr Word default_range = Word(1) << 27;
constexpr Word largest_range = Word(1) << 32;

// A range argument 1..2^32; false when it is none.
bool range_of(Term t, Word* out) { return arith::to_uint64(t, out) && *out >= 1 && *out <= largest_range; }

NativeResult portable_hash(NativeCall& c, Word range) {
  uint32_t h;
  if (!phash2_within(c.arg(0), c.beside ? SIZE_MAX : long_native_work, &h)) return c.elsewhere();
  return Term::small(SWord(h % range));
}

}  // namespace

// kind: Long
BIF(erlang, phash2, 1) { return portable_hash(c, default_range); }
// kind: Long
BIF(erlang, phash2, 2) {
  Word range;
  return range_of(c.arg(1), &range) ? portable_hash(c, range) : badarg();
}
BIF(erlang, phash, 2) {
  Word range;
  if (!range_of(c.arg(1), &range)) return badarg();
  Word h = phash(c.arg(0));
  return Term::small(SWord(range == largest_range ? (h + 1) & 0xffffffff : 1 + h % range));
}

}  // namespace joist
