// Time and number of calls of one function, by process (call_time of erlang:trace_pattern/3).
//
// The time between a call of a function that is timed and the next such call, or return from one, counts for it, as far as the process
// ran. A process knows the function that its time counts for now (CallClock); returning, it takes the one before from the stack
// (vm/interp/trace_frames.h).
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "vm/process/process.h"

namespace joist::trace {

class CallTime;
// A CallTime as stacks and processes remember it: it may have been given up since.
struct CallTimeKey {
  CallTime* time = nullptr;
  uint32_t generation = 0;
};
// What a process's time counts for, and since when.
struct CallClock {
  CallTimeKey now;
  int64_t since = 0;  // nanoseconds; monotonic
};

class CallTime {
 public:
  // They live as long as the VM, for stacks may refer to them: given up, one is used again as another.
  static std::shared_ptr<CallTime> make();

  struct Row {
    Term pid;
    uint64_t calls = 0;
    int64_t nanoseconds = 0;
  };
  // Sums of all processes that called, in no order. Any thread.
  std::vector<Row> rows() const;
  void clear();
  CallTimeKey key() { return {this, generation_.load(std::memory_order_relaxed)}; }

  // A call by the process that the clock is of: time goes on to count for this function. The one before.
  CallTimeKey enter(const Process& p, CallClock& clock);
  // Time counts for `previous` again.
  static void leave(const Process& p, CallClock& clock, CallTimeKey previous);
  // A slice of the process begins or ends.
  static void slice(const Process& p, CallClock& clock, bool begins);

 private:
  CallTime();
  static void add(CallTimeKey to, const Process& p, uint64_t calls, int64_t nanoseconds);
  struct Part;         // one a scheduler
  Part* parts_;
  std::atomic<uint32_t> generation_{0};
};

}  // namespace joist::trace
