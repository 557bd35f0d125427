// The timeouts of one port. They run out in the port's turns: the timer only marks the port ready.
#pragma once
#include <memory>

#include "vm/port/port.h"

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
  Deadlines();
  ~Deadlines();
  void add(const Port& port, DeadlineKind kind, unsigned id, uint32_t milliseconds);
  void cancel(DeadlineKind kind, unsigned id = 0);
  void clear();
  // Removes the first that is over.
  bool take_due(Deadline* out);

 private:
  struct Schedule;
  std::unique_ptr<Schedule> schedule_;  // made for the first: most sockets never have one
};

}  // namespace joist::inet
