// Aliases by their numbers, for references that come back from outside as numbers only (as text, in external format). An alias gets here
// when its reference first leaves, and goes with the alias; while none is here, that costs its owner a load.
#pragma once
#include <atomic>

#include "vm/process/signal.h"

namespace joist {

// pid: of the process that the reference is an alias of. Any thread.
void keep_alias(RefKey key, Term pid);
// The pid, or the non-value.
Term find_alias(RefKey key);

namespace detail {
inline std::atomic<size_t> kept_aliases{0};
void forget_kept_alias(RefKey key);
}  // namespace detail
inline void forget_alias(RefKey key) {
  if (detail::kept_aliases.load(std::memory_order_relaxed)) [[unlikely]] detail::forget_kept_alias(key);
}

// Tells vm/term/etf of the two above; once, at start.
void install_alias_hooks();

}  // namespace joist
