// The run queue of one scheduler: processes by priority, and tasks.
//
// As in OTP, max goes before high before the rest; low shares the queue of normal, but lets low_priority_skips turns pass each
// time before it runs.
#pragma once
#include "vm/process/process.h"
#include "vm/sys/lock.h"

namespace joist {

struct SchedulerTask;

inline constexpr uint8_t low_priority_skips = 8;
// As low_skips of a process that is about to be queued: it goes first among those of its priority.
inline constexpr uint8_t queued_first = 255;

class RunQueue {
 public:
  void push(Process& p);
  void push_task(SchedulerTask* t);
  struct Work {
    Process* process = nullptr;
    SchedulerTask* task = nullptr;
  };
  // A queued process goes to the end of the list of the priority that it is `raised` to, if that is better.
  static void raise(Process& p);
  // Next work, or both null.
  Work pop();
  // Moves up to half of the ready processes of `this` to `thief`; those bound to a scheduler stay. Never waits for this queue's lock. Number moved.
  size_t steal_into(RunQueue& thief);
  // Moves up to `most` of the processes of a class, those that came last, to `other`; those bound to a scheduler stay. Number moved.
  size_t give(size_t of_class, size_t most, RunQueue& other);
  size_t length() const { return length_.load(std::memory_order_relaxed); }
  // Processes in the list of a class: those of better priorities, and low with normal, have one each.
  static constexpr size_t classes = 3;
  static size_t class_of(uint8_t priority) { return priority == uint8_t(Priority::Low) ? size_t(Priority::Normal) : priority; }
  size_t waiting(size_t of_class) const { return in_class_[of_class].load(std::memory_order_relaxed); }

 private:
  struct List {
    Process* first = nullptr;
    Process* last = nullptr;
    void push(Process* p) {
      p->next_in_run_queue = nullptr;
      p->previous_in_run_queue = last;
      if (last) last->next_in_run_queue = p;
      else first = p;
      last = p;
    }
    void push_front(Process* p) {
      p->next_in_run_queue = first;
      p->previous_in_run_queue = nullptr;
      if (first) first->previous_in_run_queue = p;
      else last = p;
      first = p;
    }
    void remove(Process* p) {
      if (p->previous_in_run_queue) p->previous_in_run_queue->next_in_run_queue = p->next_in_run_queue;
      else first = p->next_in_run_queue;
      if (p->next_in_run_queue) p->next_in_run_queue->previous_in_run_queue = p->previous_in_run_queue;
      else last = p->previous_in_run_queue;
      p->next_in_run_queue = p->previous_in_run_queue = nullptr;
    }
    Process* pop() {
      Process* p = first;
      if (p) remove(p);
      return p;
    }
  };
  void push_locked(Process& p, bool first = false);
  void remove_locked(Process& p);
  void push_all(List& loot);
  Process* pop_process();
  void count(Process& p, int change);

  sys::Mutex lock_{sys::LockRank::RunQueue};
  List lists_[classes];  // max, high, normal and low
  SchedulerTask* first_task_ = nullptr;
  SchedulerTask* last_task_ = nullptr;
  bool task_turn_ = false;
  std::atomic<size_t> length_{0};
  std::atomic<size_t> in_class_[classes] = {};
};

}  // namespace joist
