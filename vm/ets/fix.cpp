// Fixation: while a table is fixed, iteration by key stays possible although objects are deleted (hash.cpp). Ordered sets need
// nothing, their order does not depend on what is there.
#include "vm/ets/hash.h"
#include "vm/sys/clock.h"

namespace joist::ets {

void note_fixed_now(Table& t) {
  t.fixed_since = sys::monotonic_time();
  t.fixed_since_system = sys::system_time();
}
void fix(Table& t) { t.fixed.fetch_add(1); }
void unfix(Table& t) {
  if (t.fixed.fetch_sub(1) != 1 || t.is_tree()) return;
  if (t.pseudo_deleted.load() && !t.deleted.load()) hash::purge(t);
}

}  // namespace joist::ets
