#include "vm/sched/run_queue.h"

#include "vm/sched/scheduler.h"

namespace joist {

namespace {
// The queue of a priority change made while queued: the process sits where it was put until it runs again; `queued_priority`
// is what was counted.
size_t list_of(Priority p) { return p == Priority::Low ? size_t(Priority::Normal) : size_t(p); }
}  // namespace

void RunQueue::count(Process& p, int change) {
  by_priority_[p.queued_priority].fetch_add(size_t(change), std::memory_order_relaxed);
  length_.fetch_add(size_t(change), std::memory_order_relaxed);
}

void RunQueue::push_locked(Process& p) {
  p.queued_priority = uint8_t(p.priority);
  lists_[list_of(p.priority)].push(&p);
  count(p, 1);
}

void RunQueue::push(Process& p) {
  sys::Locked<sys::Mutex> locked(lock_);
  p.low_skips = p.priority == Priority::Low ? low_priority_skips : 0;
  push_locked(p);
}

void RunQueue::push_task(SchedulerTask* t) {
  sys::Locked<sys::Mutex> locked(lock_);
  t->next = nullptr;
  if (last_task_) last_task_->next = t;
  else first_task_ = t;
  last_task_ = t;
  length_.fetch_add(1, std::memory_order_relaxed);
}

Process* RunQueue::pop_process() {
  for (List& list : lists_) {
    Process* p;
    // A low one that must wait goes to the end; alone in the queue it runs at once.
    while ((p = list.pop())) {
      if (p->low_skips == 0 || !list.first) {
        count(*p, -1);
        return p;
      }
      p->low_skips--;
      list.push(p);
    }
  }
  return nullptr;
}

RunQueue::Work RunQueue::pop() {
  if (length_.load(std::memory_order_relaxed) == 0) return {};
  sys::Locked<sys::Mutex> locked(lock_);
  // Tasks and processes take turns.
  task_turn_ = !task_turn_;
  if (first_task_ && (task_turn_ || length_.load(std::memory_order_relaxed) == 1 || !(lists_[0].first || lists_[1].first || lists_[2].first))) {
    SchedulerTask* t = first_task_;
    first_task_ = t->next;
    if (!first_task_) last_task_ = nullptr;
    length_.fetch_sub(1, std::memory_order_relaxed);
    return {nullptr, t};
  }
  return {pop_process(), nullptr};
}

size_t RunQueue::steal_into(RunQueue& thief) {
  size_t have = length_.load(std::memory_order_relaxed);
  if (have == 0 || !lock_.try_lock()) return 0;
  List loot;
  size_t moved = 0, want = (have + 1) / 2;
  if (want > 64) want = 64;
  for (List& list : lists_) {
    while (moved < want) {
      Process* p = list.pop();
      if (!p) break;
      count(*p, -1);
      loot.push(p);
      moved++;
    }
  }
  SchedulerTask* task = nullptr;
  if (!moved && first_task_) {
    task = first_task_;
    first_task_ = task->next;
    if (!first_task_) last_task_ = nullptr;
    length_.fetch_sub(1, std::memory_order_relaxed);
    moved++;
  }
  lock_.unlock();
  if (task) thief.push_task(task);
  if (loot.first) {
    sys::Locked<sys::Mutex> locked(thief.lock_);
    while (Process* p = loot.pop()) thief.push_locked(*p);
  }
  return moved;
}

}  // namespace joist
