// How long a thread that waits for another is to spin before it sleeps.
//
// Spinning saves the futex calls and the time that a sleeper takes to wake, when the wait is short; else it is CPU time lost. Dirty I/O
// calls come in runs (a file is read, a module loaded), so the wait before tells.
#pragma once
#include "vm/base/tunables.h"
#include "vm/sys/clock.h"
#include "vm/sys/threads.h"

namespace joist {

// One thread's.
class Patience {
 public:
  void wait_begins() { began_ = sys::os_monotonic_time(); }
  void wait_ended() { soon_ = sys::os_monotonic_time() - began_ < short_wait; }
  unsigned spins() const { return sys::spins(soon_ ? spins_for_dirty_call : spins_before_sleep); }

 private:
  // Nanoseconds: spins_for_dirty_call, and what it takes both threads to wake.
  static constexpr int64_t short_wait = 100'000;
  bool soon_ = false;
  int64_t began_ = 0;
};

}  // namespace joist
