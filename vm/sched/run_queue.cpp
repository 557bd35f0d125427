#include "vm/sched/run_queue.h"

#include "vm/sched/scheduler.h"
#include "vm/sys/threads.h"

namespace joist {

// A process whose priority changes while it is queued sits where it was put until it runs again: `queued_priority` says where.
void RunQueue::count(Process& p, int change) {
  in_class_[class_of(p.queued_priority)].fetch_add(size_t(change), std::memory_order_relaxed);
  length_.fetch_add(size_t(change), std::memory_order_relaxed);
}

void RunQueue::push_locked(Process& p, bool first) {
  uint8_t raised = p.raised.load(std::memory_order_relaxed);
  p.queued_priority = raised < uint8_t(p.priority) ? raised : uint8_t(p.priority);
  List& list = lists_[class_of(p.queued_priority)];
  if (first) list.push_front(&p);
  else list.push(&p);
  p.queue.store(this, std::memory_order_release);
  count(p, 1);
}

void RunQueue::remove_locked(Process& p) {
  lists_[class_of(p.queued_priority)].remove(&p);
  p.queue.store(nullptr, std::memory_order_relaxed);
  count(p, -1);
}

void RunQueue::push(Process& p) {
  sys::Locked<sys::Mutex> locked(lock_);
  bool first = p.low_skips == queued_first;
  p.low_skips = p.priority == Priority::Low && !first ? low_priority_skips : 0;
  push_locked(p, first);
}

void RunQueue::raise(Process& p) {
  // Whoever makes it Queued after this saw `raised`. Queued before, but in no queue: it is on its way into or out of one.
  RunQueue* q;
  while (!(q = p.queue.load(std::memory_order_acquire))) {
    if ((p.load_state() & (process_state::Queued | process_state::Dirty)) != process_state::Queued) return;
    sys::relax_cpu();
  }
  sys::Locked<sys::Mutex> locked(q->lock_);
  // Moved on meanwhile: whoever queues it again sees `raised`.
  if (p.queue.load(std::memory_order_relaxed) != q) return;
  if (p.raised.load(std::memory_order_relaxed) >= p.queued_priority) return;
  q->remove_locked(p);
  p.low_skips = 0;
  q->push_locked(p);
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
    // A low one that must wait goes to the end; alone in the queue it runs at once.
    while (Process* p = list.first) {
      if (p->low_skips == 0 || p == list.last) {
        remove_locked(*p);
        return p;
      }
      p->low_skips--;
      list.remove(p);
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
    for (Process *p = list.first, *next; p && moved < want; p = next) {
      next = p->next_in_run_queue;
      if (p->bound_scheduler) continue;
      remove_locked(*p);
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
  thief.push_all(loot);
  return moved;
}

size_t RunQueue::give(size_t of_class, size_t most, RunQueue& other) {
  List loot;
  size_t moved = 0;
  {
    sys::Locked<sys::Mutex> locked(lock_);
    for (Process *p = lists_[of_class].last, *next; p && moved < most; p = next) {
      next = p->previous_in_run_queue;
      if (p->bound_scheduler) continue;
      remove_locked(*p);
      loot.push(p);
      moved++;
    }
  }
  other.push_all(loot);
  return moved;
}

void RunQueue::push_all(List& loot) {
  if (!loot.first) return;
  sys::Locked<sys::Mutex> locked(lock_);
  while (Process* p = loot.pop()) push_locked(*p);
}

}  // namespace joist
