#include "vm/trace/call_time.h"

#include <unordered_map>

#include "vm/sched/scheduler.h"
#include "vm/sys/clock.h"
#include "vm/sys/lock.h"

namespace joist::trace {

namespace {
struct Sum {
  uint64_t calls = 0;
  int64_t nanoseconds = 0;
};
using Sums = std::unordered_map<Word, Sum>;  // by pid

sys::Mutex pool_lock{sys::LockRank::Leaf};
std::vector<CallTime*>& free_ones() {  // pool_lock
  static auto* all = new std::vector<CallTime*>;
  return *all;
}
}  // namespace

// Written by the thread of one scheduler, so the lock is only met by those who read or clear.
struct alignas(64) CallTime::Part {
  mutable sys::Mutex lock{sys::LockRank::Leaf};
  Sums sums;
};

CallTime::CallTime() : parts_(new Part[scheduler_count() + 1]) {}

std::shared_ptr<CallTime> CallTime::make() {
  CallTime* made = nullptr;
  {
    sys::Locked guard(pool_lock);
    if (!free_ones().empty()) {
      made = free_ones().back();
      free_ones().pop_back();
    }
  }
  if (!made) made = new CallTime;
  return std::shared_ptr<CallTime>(made, [](CallTime* t) {
    t->generation_.fetch_add(1, std::memory_order_relaxed);
    t->clear();
    sys::Locked guard(pool_lock);
    free_ones().push_back(t);
  });
}

void CallTime::clear() {
  for (size_t i = 0; i <= scheduler_count(); i++) {
    sys::Locked guard(parts_[i].lock);
    parts_[i].sums.clear();
  }
}

std::vector<CallTime::Row> CallTime::rows() const {
  Sums all;
  for (size_t i = 0; i <= scheduler_count(); i++) {
    sys::Locked guard(parts_[i].lock);
    for (auto& [pid, sum] : parts_[i].sums) {
      all[pid].calls += sum.calls;
      all[pid].nanoseconds += sum.nanoseconds;
    }
  }
  std::vector<Row> rows;
  for (auto& [pid, sum] : all) rows.push_back({Term::from_raw(pid), sum.calls, sum.nanoseconds});
  return rows;
}

void CallTime::add(CallTimeKey to, const Process& p, uint64_t calls, int64_t nanoseconds) {
  if (!to.time) return;
  Scheduler* s = current_scheduler();
  Part& part = to.time->parts_[s && s->number <= scheduler_count() ? s->number : 0];
  sys::Locked guard(part.lock);
  if (to.time->generation_.load(std::memory_order_relaxed) != to.generation) return;
  Sum& sum = part.sums[p.pid.raw()];
  sum.calls += calls;
  sum.nanoseconds += nanoseconds;
}

CallTimeKey CallTime::enter(const Process& p, CallClock& clock) {
  int64_t now = sys::monotonic_time();
  CallTimeKey before = clock.now;
  add(before, p, 0, now - clock.since);
  add(key(), p, 1, 0);
  clock = {key(), now};
  return before;
}

void CallTime::leave(const Process& p, CallClock& clock, CallTimeKey previous) {
  int64_t now = sys::monotonic_time();
  add(clock.now, p, 0, now - clock.since);
  clock = {previous, now};
}

void CallTime::slice(const Process& p, CallClock& clock, bool begins) {
  int64_t now = sys::monotonic_time();
  if (!begins) add(clock.now, p, 0, now - clock.since);
  clock.since = now;
}

}  // namespace joist::trace
