// Schedulers: one thread each, with a run queue, x registers and a timer wheel. README.md is the essay.
#pragma once
#include <atomic>

#include "vm/base/tunables.h"
#include "vm/process/process.h"
#include "vm/sched/run_queue.h"

namespace joist {

inline constexpr SWord reductions_per_slice = slice_reductions;

namespace sys {
struct Thread;
class Event;
}  // namespace sys

struct SchedulerOptions {
  uint32_t schedulers = 0;         // 0: as many as processors may be used
  uint32_t schedulers_online = 0;  // 0: all
  uint32_t dirty_cpu = 0;          // 0: as many as schedulers
  uint32_t dirty_cpu_online = 0;   // 0: as many as schedulers online
  uint32_t dirty_io = 10;
  size_t process_limit = size_t(1) << 20;
  bool bind = false;               // the first schedulers each to a logical processor of their own
};

inline constexpr uint32_t max_schedulers = 1024;  // of a kind

enum class SchedulerKind : uint8_t { Normal, DirtyCpu, DirtyIo };

// Fields are its thread's own unless marked shared.
struct Scheduler {
  uint32_t number = 0;             // 1 …; dirty CPU after normal, dirty I/O after those
  SchedulerKind kind = SchedulerKind::Normal;
  int cpu = -1;                    // the logical processor it is bound to, or -1
  std::atomic<Process*> current{nullptr};         // shared, written by its thread
  uint64_t slices = 0;
  uint64_t random = 0;
  SWord until_timers = 0;                         // reductions until the next look at the clock
  SWord until_balance = 0;                        // reductions until the next look at all queues

  RunQueue queue;                                 // shared: its lock
  struct SchedulerParking* parking = nullptr;     // shared
  struct TimerService* timers = nullptr;          // shared: its lock
  sys::Thread* thread = nullptr;
  std::atomic<uint32_t> turn_cost{0};             // shared, written by its thread: reductions that its turns lately took
  std::atomic<uint64_t> spent[RunQueue::classes] = {};  // shared, written by its thread: reductions, by class of priority
  std::atomic<uint8_t> turn_class{no_class};      // shared, written by its thread: of the process that runs
  std::atomic<uint64_t> context_switches{0};      // shared, written by its thread
  std::atomic<int64_t> busy_nanoseconds{0};       // shared, written by its thread: while wall time is measured
  std::atomic<int64_t> busy_since{0};             // shared, written by its thread; 0 while idle
  uint64_t balanced[RunQueue::classes] = {};      // of whoever balances: `spent` at the last look
  static constexpr uint8_t no_class = RunQueue::classes;
};

// Creates the process table, schedulers and dirty pools, and starts their threads (the calling thread becomes none of them).
// Processes may be spawned before; they run once the threads do.
void init_schedulers(const SchedulerOptions& options);
void start_schedulers();
// Asks all scheduler threads to end after their slice, and joins them. For tests and halt.
void stop_schedulers();

// Of the calling thread; null on threads that are none.
Scheduler* current_scheduler();
uint32_t scheduler_count();
uint32_t active_schedulers();  // those that are not parked
uint32_t schedulers_online();
uint32_t set_schedulers_online(uint32_t n);  // the old number
uint32_t dirty_cpu_count();
uint32_t dirty_cpu_online();
uint32_t set_dirty_cpu_online(uint32_t n);
uint32_t dirty_io_count();
Scheduler& scheduler(uint32_t number);  // 1 … all of them, dirty ones included
uint32_t all_scheduler_count();

// Are `waiting` processes in the queue of a scheduler worth moving to another processor, going by how long its turns lately took?
bool worth_sharing(const Scheduler& scheduler, size_t waiting);
// All that waits in its queue goes to schedulers that may run it.
void hand_over(Scheduler& scheduler);
// Something was put in its queue from outside its thread.
void work_came(Scheduler& scheduler);

// Work that is no process (a port's turn): runs on some scheduler, once a schedule_task.
struct SchedulerTask {
  SchedulerTask* next = nullptr;
  // True: put it back at the end of the queue.
  bool (*run)(SchedulerTask* task) = nullptr;
};
void schedule_task(SchedulerTask* task);

// Totals for statistics/1.
uint64_t total_context_switches();
uint64_t total_reductions();       // of finished slices
int64_t wall_time_measured_since();  // 0: scheduler_wall_time is off
void measure_wall_time(bool on);
// Its own thread: works from now on, or waits for work.
void set_busy(Scheduler& scheduler, bool busy);

}  // namespace joist
