// The timeouts of one port. They run out in the port's turns: the timer only marks the port ready.
#pragma once
#include <vector>

#include "vm/port/port.h"
#include "vm/sched/timers.h"

namespace joist::inet {

inline constexpr unsigned deadline_event = 4;  // beside poll_read and poll_write

enum class DeadlineKind : uint8_t { Connect, Accept, Receive, Send };

class Deadlines {
 public:
  struct Deadline {
    int64_t due;  // monotonic nanoseconds
    DeadlineKind kind;
    unsigned id;  // of the request; 0 where a port has one at a time
  };
  ~Deadlines() { clear(); }
  void add(const Port& port, DeadlineKind kind, unsigned id, uint32_t milliseconds);
  void cancel(DeadlineKind kind, unsigned id = 0);
  void clear();
  // Removes the first that is over.
  bool take_due(Deadline* out);

 private:
  struct PortTimer : CallTimer {
    Term port;
  };
  void set_timer();
  std::vector<Deadline> all_;
  PortTimer timer_;
  bool running_ = false;
};

}  // namespace joist::inet
