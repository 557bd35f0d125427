// Walking the keys of a hash table one call at a time.
#include "bifs/ets/common.h"

namespace joist::ets {

namespace {
struct KeyCopy {
  Heap& heap;
  Table& table;
  Term key;
  static void use(Object* o, void* p) {
    auto* k = static_cast<KeyCopy*>(p);
    k->key = copy_part(k->heap, o->key(k->table.key_position));
  }
};
}  // namespace

Term first_hash_key(NativeCall& c, Table& t, bool with_deleted) {
  KeyCopy found{c.heap(), t, {}};
  return hash::first(t, KeyCopy::use, &found, with_deleted) ? found.key : atom::end_of_table;
}

NativeResult next_hash_key(NativeCall& c, Table& t, bool with_deleted) {
  KeyCopy found{c.heap(), t, {}};
  switch (hash::next(t, c.arg(1), KeyCopy::use, &found, with_deleted)) {
    case hash::Next::Found: return found.key;
    case hash::Next::End: return atom::end_of_table;
    case hash::Next::BadKey: break;
  }
  return badarg();
}

}  // namespace joist::ets
