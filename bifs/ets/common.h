// What the ets natives share: finding a table with the rights an operation needs, and OTP's causes when that fails.
#pragma once
#include "bifs/bif.h"
#include "vm/ets/hash.h"
#include "vm/ets/packed.h"
#include "vm/ets/table.h"
#include "vm/ets/tree.h"
#include "vm/term/atom.h"
#include "vm/term/compare.h"

namespace joist::ets {

enum class Need : uint8_t { Info, Read, Write };

// A name, or the reference of a table that may be gone.
inline bool could_be_table(Term id) {
  auto magic = id.as<MagicRef>();
  return id.is_atom() || (magic && magic->object->type == &Table::type_tag);
}

// Null when there is no such table or the caller lacks the right: *failure is what the native then returns.
inline Table* table_argument(NativeCall& c, Term id, Need need, NativeResult* failure) {
  Table* t = find_table(id);
  if (!t) {
    *failure = c.badarg(could_be_table(id) ? atom::id : atom::type);
    return nullptr;
  }
  bool allowed = need == Need::Info || t->protection == Protection::Public ||
                 (need == Need::Read && t->protection == Protection::Protected) || t->owner_pid().same(c.process.pid);
  if (!allowed) {
    *failure = c.badarg(atom::access);
    return nullptr;
  }
  return t;
}
#define TABLE_ARGUMENT(t, id, need)                                  \
  ::joist::NativeResult failure_##t = ::joist::badarg();              \
  ::joist::ets::Table* t = ::joist::ets::table_argument(c, id, ::joist::ets::Need::need, &failure_##t); \
  if (!t) return failure_##t
// After a stripe was taken: the table may have been deleted while we waited.
#define TABLE_STILL_THERE(t) \
  if (t->deleted.load(std::memory_order_acquire)) return c.badarg(::joist::atom::id)

// What is done to `objects` at once, nobody seeing a part of it, takes too long for a slice: it goes to a dirty scheduler (with a
// QuiescentSection there). Not for private tables: these have no locks, and their owner may exit meanwhile.
inline bool must_go_elsewhere(const NativeCall& c, const Table& t, size_t objects) {
  return c.too_long(objects * 2) && !t.unlocked();
}

inline bool good_object(const Table& t, Term tuple) {
  auto o = tuple.as<Tuple>();
  return o && o->arity() >= t.key_position;
}
inline Term key_of(const Table& t, Term tuple) { return tuple.as<Tuple>()->at(t.key_position - 1); }

// erts_debug:set_internal_state(ets_force_trap, true): operations take turns far more often than they would, a walk
// through the least table of 256 buckets two.
inline std::atomic<bool> force_turns{false};
inline thread_local uint32_t forced_turns = 0;
// To be asked after some progress was made.
inline bool turn_is_over(const NativeCall& c) {
  if (force_turns.load(std::memory_order_relaxed) && ++forced_turns % 128 == 0) [[unlikely]] return true;
  return c.exhausted();
}

// Term inside a stored object, copied.
inline Term copy_part(Heap& heap, Term part) {
  if (!part.is_pointer()) return part;
  size_t words = copy_size_with_literals(part);
  HeapWriter w = heap.reserve(Words(words));
  return copy_into_with_literals(part, w);
}

inline Term key_at(NativeCall& c, Table& t, tree::Cursor at) {
  return at ? copy_part(c.heap(), at.object()->key(t.key_position)) : atom::end_of_table;
}
// In front of `list`, {Address, Size, References} of every shared binary that the object refers to.
Term binaries_of(Heap& heap, const Object* o, Term list);
// What first and next, with the key in c.arg(1), return for a hash table; `with_deleted`: marked objects too.
Term first_hash_key(NativeCall& c, Table& t, bool with_deleted);
NativeResult next_hash_key(NativeCall& c, Table& t, bool with_deleted);

}  // namespace joist::ets
