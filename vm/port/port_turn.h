// Whose turn the calling thread runs.
#pragma once
#include "vm/port/port.h"

namespace joist {

class [[nodiscard]] InTurn {
 public:
  explicit InTurn(const Port& port) { running = &port; }
  ~InTurn() { running = outer_; }
  InTurn(const InTurn&) = delete;
  InTurn& operator=(const InTurn&) = delete;
  static bool of(const Port& port) { return running == &port; }

 private:
  static inline thread_local const Port* running = nullptr;
  const Port* outer_ = running;
};

}  // namespace joist
