// Everybody who must stand still looks at blocking_scheduler before each turn. One that stands still wakes for its timers only, and for what
// comes to its queue late: both go to the scheduler that goes on.
#include "vm/sched/blocking.h"

#include "vm/process/system_profile.h"
#include "vm/sched/dirty.h"
#include "vm/sched/quiescence.h"
#include "vm/sched/scheduler.h"
#include "vm/sched/timers.h"
#include "vm/sys/clock.h"
#include "vm/sys/lock.h"
#include "vm/sys/microstates.h"

namespace joist {

std::atomic<Scheduler*> blocking_scheduler{nullptr};  // written under the lock

namespace {

struct Blocking {
  sys::Mutex lock{sys::LockRank::Leaf};
  sys::Condition changed;
  uint32_t depth = 0;     // lock
  uint32_t standing = 0;  // lock
};
Blocking blocking;

// Under blocking.lock.
void ask_to_stand_still(Scheduler& me) {
  blocking_scheduler.store(&me, std::memory_order_seq_cst);
  if (blocking.depth++ > 0) return;
  for (uint32_t i = 0; i < scheduler_count(); i++)
    if (&scheduler(i + 1) != &me) scheduler(i + 1).parking->event.set();
}

// False: somebody else blocks. Else returns when all others stand still.
bool start_blocking(Scheduler& me) {
  sys::Locked<sys::Mutex> locked(blocking.lock);
  if (must_stand_still(me)) return false;
  ask_to_stand_still(me);
  while (blocking.standing + 1 < scheduler_count()) blocking.changed.wait(blocking.lock);
  return true;
}

}  // namespace

void stand_still(Scheduler& s) {
  profile_scheduler(s.number, false);
  bool counted = false;
  for (;;) {
    s.parking->event.reset();
    std::atomic_thread_fence(std::memory_order_seq_cst);
    hand_over(s);
    int64_t due = s.timers->next_due.load(std::memory_order_seq_cst), now = due == INT64_MAX ? 0 : sys::monotonic_time();
    if (due <= now) {
      run_timers(*s.timers, now);
      continue;
    }
    sys::InMicrostate in(sys::Microstate::Sleep);
    quiescence_offline();
    bool over;
    {
      sys::Locked<sys::Mutex> locked(blocking.lock);
      over = !must_stand_still(s);
      if (!counted && !over) blocking.standing++, blocking.changed.notify_all();
      if (counted && over) blocking.standing--;
      counted = true;
    }
    if (!over) s.parking->event.wait_for(due == INT64_MAX ? -1 : due - now);
    quiescence_online();
    if (over) break;
  }
  profile_scheduler(s.number, true);
}

void end_blocking() {
  {
    sys::Locked<sys::Mutex> locked(blocking.lock);
    blocking.depth = 0;
    blocking_scheduler.store(nullptr, std::memory_order_seq_cst);
  }
  for (uint32_t i = 0; i < scheduler_count(); i++) scheduler(i + 1).parking->event.set();
}

void block_others() {
  for (;;) {
    quiescence_offline();
    bool mine = start_blocking(*current_scheduler());
    quiescence_online();
    if (mine) return;
    stand_still(*current_scheduler());
  }
}

bool block_others_within(int64_t nanoseconds) {
  if (!blocking.lock.try_lock()) return false;
  bool mine = !must_stand_still(*current_scheduler());
  if (mine) ask_to_stand_still(*current_scheduler());
  int64_t end = sys::monotonic_time() + nanoseconds;
  while (mine && blocking.standing + 1 < scheduler_count() && sys::monotonic_time() < end)
    blocking.changed.wait_for(blocking.lock, end - sys::monotonic_time());
  bool all = mine && blocking.standing + 1 >= scheduler_count();
  blocking.lock.unlock();
  return all;
}

void unblock_others() {
  {
    sys::Locked<sys::Mutex> locked(blocking.lock);
    if (blocking.depth == 0 || --blocking.depth > 0) return;
  }
  end_blocking();
}
bool others_blocked() { return blocking_scheduler.load() != nullptr; }

}  // namespace joist
