// erts_internal's functions on tables: what ets:info(Tab, binary) is made of, and the debugger's right to enter private tables.
#include "bifs/ets/common.h"
#include "vm/term/arith.h"
#include "vm/term/shared_bytes.h"

namespace joist {

using namespace ets;

// {Address, Size, References} of every shared binary that the object refers to.
Term ets::binaries_of(Heap& heap, const Object* o, Term list) {
  for (OffHeap* off = o->off_heap(); off; off = off->next) {
    if (header_kind(off->header) != Kind::RefcBits) continue;
    auto* bits = reinterpret_cast<RefcBits*>(off);
    Term address = arith::make_unsigned(heap, Word(bits->shared));
    HeapWriter w = heap.reserve(Words(6));
    list = w.cons(w.tuple(address, Term::small(SWord(bits->shared->capacity)), Term::small(bits->shared->references.load())), list);
  }
  return list;
}

// Enter private tables of others? Joist's private tables have no locks, so nobody but the owner ever reads them: the right does not go
// that far, and what reads with it (ets_raw_first …) fails as for anybody else. ets:info(Tab, binary) asks the owner.
BIF(erts_internal, ets_super_user, 1) {
  if (!c.arg(0).same(atom::true_) && !c.arg(0).same(atom::false_)) return badarg();
  return atom::ok;
}

BIF(erts_internal, ets_lookup_binary_info, 2) {
  TABLE_ARGUMENT(t, c.arg(0), Read);
  uint32_t hash = lock_hash(*t, c.arg(1));
  Hold hold(*t, hash, Hold::Read);
  TABLE_STILL_THERE(t);
  Term list = nil;
  if (t->is_tree()) {
    if (Object* o = tree::find(*t, c.arg(1))) list = binaries_of(c.heap(), o, list);
    return list;
  }
  for (Object* o = *hash::bucket(*t, hash::bucket_of(*t, hash)); o; o = o->next) {  // marked ones hold on to theirs as well
    if (hash::has_key(*t, o, c.arg(1), hash)) list = binaries_of(c.heap(), o, list);
  }
  return list;
}
BIF(erts_internal, ets_raw_first, 1) {
  TABLE_ARGUMENT(t, c.arg(0), Read);
  if (t->is_tree()) {
    Hold hold(*t, 0, Hold::Read);
    TABLE_STILL_THERE(t);
    return key_at(c, *t, tree::first(*t));
  }
  return first_hash_key(c, *t, true);
}
BIF(erts_internal, ets_raw_next, 2) {
  TABLE_ARGUMENT(t, c.arg(0), Read);
  if (t->is_tree()) {
    Hold hold(*t, 0, Hold::Read);
    TABLE_STILL_THERE(t);
    return key_at(c, *t, tree::after(*t, c.arg(1)));
  }
  return next_hash_key(c, *t, true);
}

}  // namespace joist
