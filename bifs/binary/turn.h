// How long natives of module binary go on before they give way.
#pragma once
#include <atomic>

#include "bifs/bif.h"

namespace joist {

// erts_debug:set_internal_state(binary_loop_limit, Bytes): a turn is over after so many bytes; 0: when the slice is.
inline std::atomic<size_t> binary_loop_limit{0};

// Bytes to go through before asking binary_turn_is_over.
inline size_t binary_step(size_t usual) {
  size_t limit = binary_loop_limit.load(std::memory_order_relaxed);
  return limit ? limit : usual;
}
inline bool binary_turn_is_over(const NativeCall& c) { return c.exhausted() || binary_loop_limit.load(std::memory_order_relaxed); }

}  // namespace joist
