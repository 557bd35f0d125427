#include "vm/port/inet/deadlines.h"

#include <algorithm>
#include <vector>

#include "vm/port/port_table.h"
#include "vm/sched/quiescence.h"
#include "vm/sched/timers.h"
#include "vm/sys/clock.h"

namespace joist::inet {

struct Deadlines::Schedule {
  struct PortTimer : CallTimer {
    Term port;
  };
  std::vector<Deadline> all;
  PortTimer timer;
  bool running = false;

  ~Schedule() { stop(); }
  void stop() {
    if (running) stop_call_timer(timer);
    running = false;
  }
  auto first() {
    return std::min_element(all.begin(), all.end(), [](const Deadline& a, const Deadline& b) { return a.due < b.due; });
  }
  // A timer for the earliest; one that runs too early, for a deadline that is gone, does no harm.
  void set_timer() {
    stop();
    running = true;
    timer.kind = TimerKind::Call;
    timer.run = [](CallTimer* t) {
      QuiescentSection section;
      if (Port* port = find_port(static_cast<PortTimer*>(t)->port)) mark_ready(*port, deadline_event);
    };
    start_call_timer(timer, first()->due);
  }
};

Deadlines::Deadlines() = default;
Deadlines::~Deadlines() = default;

void Deadlines::add(const Port& port, DeadlineKind kind, unsigned id, uint32_t milliseconds) {
  if (!schedule_) schedule_ = std::make_unique<Schedule>();
  schedule_->timer.port = port.id;
  schedule_->all.push_back({sys::monotonic_time() + int64_t(milliseconds) * 1000000, kind, id});
  schedule_->set_timer();
}

void Deadlines::cancel(DeadlineKind kind, unsigned id) {
  if (!schedule_) return;
  std::erase_if(schedule_->all, [&](const Deadline& d) { return d.kind == kind && d.id == id; });
  if (schedule_->all.empty()) schedule_->stop();
}

void Deadlines::clear() {
  if (!schedule_) return;
  schedule_->all.clear();
  schedule_->stop();
}

bool Deadlines::take_due(Deadline* out) {
  if (!schedule_ || schedule_->all.empty()) return false;
  auto first = schedule_->first();
  if (first->due > sys::monotonic_time()) {
    schedule_->set_timer();
    return false;
  }
  *out = *first;
  schedule_->all.erase(first);
  return true;
}

}  // namespace joist::inet
