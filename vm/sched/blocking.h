// multi_scheduling block: one scheduler goes on, the others stand still.
#pragma once
#include <atomic>
#include <cstdint>

namespace joist {

struct Scheduler;

// ---- for the callers: threads of schedulers
// Only the caller's scheduler goes on. Counted. Returns when the others stand still.
void block_others();
// As block_others, for a caller that may hold locks which others wait for: false when they do not stand still within the time.
bool block_others_within(int64_t nanoseconds);
void unblock_others();
bool others_blocked();

// ---- for the schedulers
// The one that goes on alone, or null.
extern std::atomic<Scheduler*> blocking_scheduler;
inline bool must_stand_still(const Scheduler& s) {
  Scheduler* by = blocking_scheduler.load(std::memory_order_relaxed);
  return by && by != &s;
}
// Its own thread: until nobody else blocks. What others queue here, and what timers here wake, goes to the scheduler that goes on.
void stand_still(Scheduler& s);
// Ends all blocking, however often it was asked for: the schedulers stop.
void end_blocking();

}  // namespace joist
