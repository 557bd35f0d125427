// Fun entries: one per fun of a module version, by (module, index, uniq). Fun terms point to them. Never freed (a term of
// any heap, message or table may hold one): the cost is a few words per fun of every distinct version ever loaded.
#pragma once
#include <atomic>

#include "vm/term/fun_identity.h"

namespace joist {

struct FunEntry {
  Term module;
  uint32_t index;      // position in the FunT chunk
  uint32_t arity;      // of the call: without the free variables
  uint32_t num_free;
  uint32_t old_index;
  uint32_t old_uniq;
  uint8_t uniq[16];    // module MD5
  Term function;       // generated function's name, once loaded
  std::atomic<const Word*> address;  // code, or `stub` when the module version is not loaded
  Word stub[2];        // [call_unloaded_fun handler][FunEntry*]
};
static_assert(offsetof(FunEntry, module) == offsetof(FunIdentity, module) &&
              offsetof(FunEntry, index) == offsetof(FunIdentity, index) &&
              offsetof(FunEntry, old_index) == offsetof(FunIdentity, old_index) &&
              offsetof(FunEntry, old_uniq) == offsetof(FunIdentity, old_uniq) &&
              offsetof(FunEntry, uniq) == offsetof(FunIdentity, uniq));

// Finds or makes. Thread-safe.
FunEntry* get_fun_entry(Term module, uint32_t old_uniq, uint32_t index, const uint8_t uniq[16], uint32_t arity, uint32_t num_free);

}  // namespace joist
