#include "vm/port/inet/deadlines.h"

#include <algorithm>

#include "vm/sched/quiescence.h"
#include "vm/sys/clock.h"

namespace joist::inet {

void Deadlines::add(const Port& port, DeadlineKind kind, unsigned id, uint32_t milliseconds) {
  timer_.port = port.id;
  all_.push_back({sys::monotonic_time() + int64_t(milliseconds) * 1000000, kind, id});
  set_timer();
}

void Deadlines::cancel(DeadlineKind kind, unsigned id) {
  std::erase_if(all_, [&](const Deadline& d) { return d.kind == kind && d.id == id; });
  if (all_.empty()) clear();
}

void Deadlines::clear() {
  all_.clear();
  if (running_) stop_call_timer(timer_);
  running_ = false;
}

bool Deadlines::take_due(Deadline* out) {
  if (all_.empty()) return false;
  auto first = std::min_element(all_.begin(), all_.end(), [](const Deadline& a, const Deadline& b) { return a.due < b.due; });
  if (first->due > sys::monotonic_time()) {
    set_timer();
    return false;
  }
  *out = *first;
  all_.erase(first);
  return true;
}

// A timer for the earliest; one that runs too early, for a deadline that is gone, does no harm.
void Deadlines::set_timer() {
  auto first = std::min_element(all_.begin(), all_.end(), [](const Deadline& a, const Deadline& b) { return a.due < b.due; });
  if (running_) stop_call_timer(timer_);
  running_ = true;
  timer_.kind = TimerKind::Call;
  timer_.run = [](CallTimer* t) {
    QuiescentSection section;
    if (Port* port = find_port(static_cast<PortTimer*>(t)->port)) mark_ready(*port, deadline_event);
  };
  start_call_timer(timer_, first->due);
}

}  // namespace joist::inet
