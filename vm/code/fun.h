// Fun entries: one per fun of a module version, by (module, index, uniq). Fun terms point to them. Never freed (a term of
// any heap, message or table may hold one): the cost is a few words per fun of every distinct version ever loaded.
#pragma once
#include <atomic>

#include "vm/term/boxed.h"
#include "vm/term/fun_identity.h"

namespace joist {

// identity: module, index (position in the FunT chunk), arity of the call (without the free variables), number of those, old_index,
// old_uniq, uniq.
struct FunEntry : FunIdentity {
  Term function;       // generated function's name, once loaded
  std::atomic<const Word*> address;  // code, or `stub` when the module version is not loaded
  Word stub[2];        // [call_unloaded_fun handler][FunEntry*]
  // The module version is being purged: whether the fun works again is known only after that, so callers wait. Written by the purger.
  std::atomic<bool> in_purge{false};
  bool is_loaded() const { return address.load(std::memory_order_relaxed) != stub; }
};

// Finds or makes. Thread-safe, lock-free to find. Two are the same fun when all but old_index is equal.
FunEntry* get_fun_entry(const FunIdentity& identity);

}  // namespace joist
