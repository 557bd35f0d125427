// How long some natives go on before they give way.
#pragma once
#include <atomic>

#include "bifs/bif.h"

namespace joist {

// erts_debug:set_internal_state(…_loop_limit, N): a turn is over after so many bytes or characters; 0: when the slice is.
class LoopLimit {
 public:
  std::atomic<size_t> limit{0};
  bool given() const { return limit.load(std::memory_order_relaxed) != 0; }
  // What to go through before asking turn_is_over.
  size_t step(size_t usual) const {
    size_t n = limit.load(std::memory_order_relaxed);
    return n ? n : usual;
  }
  bool turn_is_over(const NativeCall& c) const { return c.exhausted() || given(); }
};
inline LoopLimit binary_loop_limit;   // module binary
inline LoopLimit unicode_loop_limit;  // module unicode

}  // namespace joist
