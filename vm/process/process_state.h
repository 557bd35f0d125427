// The state word of a process: everything that other threads may ask or change about its scheduling, in one atomic.
//
// Life: a process is idle, queued (in exactly one run queue) or running (on exactly one normal scheduler). Queued and
// Running are what gives a thread the right to touch the owner's fields: whoever sets Queued on an idle process must enqueue
// it; whoever dequeues it turns Queued into Running; only the runner clears Running, and in the same atomic step either
// sets Queued again (and enqueues) or leaves the process idle. A change of any other bit on a process that is neither queued
// nor running must therefore go through wake_process() (vm/sched) so that no wake-up is lost.
#pragma once
#include <cstdint>

namespace joist::process_state {

enum : uint32_t {
  Queued = 1u << 0,         // in a run queue
  Running = 1u << 1,        // a scheduler has it: a normal one, or a dirty one for a long collection
  Active = 1u << 2,         // wants to run code: not waiting
  Signals = 1u << 3,        // something was pushed to `incoming` since the runner last took it all
  Woken = 1u << 4,          // somebody asks a waiting native or receive to look again
  TimedOut = 1u << 5,       // the receive timer fired (set with Woken)
  Suspended = 1u << 6,      // runs no code; signals are still handled
  Exiting = 1u << 7,        // runs no code any more; exit goes on in slices
  Dead = 1u << 8,           // out of the process table; memory goes after the grace period
  Dirty = 1u << 9,          // its next work is a dirty native, or that one's result
  DirtyRunning = 1u << 10,  // a dirty native of it waits for or runs on a dirty scheduler (vm/sched/dirty.h)
  Collecting = 1u << 11,    // in a garbage collection (status of process_info)
  System = 1u << 12,        // system process: restricted signals
  Distribution = 1u << 13,  // it is net_kernel, or controls a connection to another node
};
// Any of these gives a runner something to do.
inline constexpr uint32_t has_work = Signals | Woken | Exiting;

}  // namespace joist::process_state
