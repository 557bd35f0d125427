#include "vm/sched/dirty.h"

#include "vm/sched/machine_hooks.h"
#include "vm/sched/quiescence.h"
#include "vm/sched/scheduler.h"
#include "vm/sys/lock.h"
#include "vm/sys/microstates.h"
#include "vm/sys/threads.h"

namespace joist {

using namespace process_state;

namespace {

struct Pool {
  sys::Mutex lock{sys::LockRank::DirtyQueue};
  sys::Condition ready;
  Process* first = nullptr;  // lock
  Process* last = nullptr;   // lock
  std::atomic<size_t> length{0};
  bool stop = false;         // lock
  uint32_t online = 0;       // lock: threads behind that many take no work
  Scheduler** threads = nullptr;
  uint32_t count = 0;
};
Pool pools[2];  // CPU, I/O
Pool& cpu_pool = pools[0];
Pool& io_pool = pools[1];

Pool& pool_of(const Process& p) { return pools[p.dirty_native && p.dirty_native->kind == NativeKind::DirtyIo]; }

void run(Scheduler& s, Process& p) {
  uint32_t old = p.load_state(), fresh;
  do {
    fresh = (old & ~Queued) | Running | DirtyRunning;
    // Told to exit or to suspend while it waited here: the normal schedulers' business first.
    if (old & (Signals | Exiting | Suspended)) fresh &= ~uint32_t(DirtyRunning);
  } while (!p.state.compare_exchange_weak(old, fresh, std::memory_order_seq_cst));
  if (!(fresh & DirtyRunning)) {
    finish_dirty_turn(p, RunOutcome::Dirty);
    return;
  }
  s.current.store(&p, std::memory_order_relaxed);
  p.reductions = p.slice = reductions_per_slice;
  s.context_switches.store(s.context_switches.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  RunOutcome outcome = machine_hooks.run_dirty_native(p);
  SWord used = p.slice - p.reductions;
  p.reductions_done += uint64_t(used > 0 ? used : 0);
  p.slice = p.reductions = 0;
  p.x = nullptr;
  s.current.store(nullptr, std::memory_order_relaxed);
  finish_dirty_turn(p, outcome);
}

void loop(void* argument) {
  Scheduler& s = *static_cast<Scheduler*>(argument);
  set_current_scheduler(&s);
  bool io = s.kind == SchedulerKind::DirtyIo;
  sys::account_for_thread(io ? "dirty_io_scheduler" : "dirty_cpu_scheduler", s.number - scheduler_count() - (io ? dirty_cpu_count() : 0));
  Pool& pool = pools[s.kind == SchedulerKind::DirtyIo];
  uint32_t index = s.number - pool.threads[0]->number;
  for (;;) {
    Process* p;
    {
      sys::InMicrostate in(sys::Microstate::Sleep);
      sys::Locked<sys::Mutex> locked(pool.lock);
      while ((!pool.first || index >= pool.online) && !pool.stop) pool.ready.wait(pool.lock);
      if (pool.stop) break;
      p = pool.first;
      pool.first = p->next_in_run_queue;
      if (!pool.first) pool.last = nullptr;
      p->next_in_run_queue = nullptr;
      pool.length.fetch_sub(1, std::memory_order_relaxed);
    }
    sys::InMicrostate in(sys::Microstate::Emulator);
    run(s, *p);
  }
  set_current_scheduler(nullptr);
}

void start(Pool& pool, Scheduler** first, uint32_t count, uint32_t online, const char* name) {
  {
    sys::Locked<sys::Mutex> locked(pool.lock);
    pool.stop = false;
    pool.online = online;
  }
  pool.threads = first;
  pool.count = count;
  for (uint32_t i = 0; i < count; i++) {
    sys::ThreadOptions options;
    options.name = name;
    options.stack_bytes = 1 << 20;
    first[i]->thread = sys::thread_start(loop, first[i], options);
    if (!first[i]->thread) PANIC("cannot start dirty scheduler thread %u", i + 1);
  }
}

void stop(Pool& pool) {
  {
    sys::Locked<sys::Mutex> locked(pool.lock);
    pool.stop = true;
  }
  pool.ready.notify_all();
  for (uint32_t i = 0; i < pool.count; i++) {
    if (pool.threads[i]->thread) sys::thread_join(pool.threads[i]->thread);
    pool.threads[i]->thread = nullptr;
  }
}

}  // namespace

void start_dirty_schedulers(Scheduler** first, uint32_t cpu, uint32_t cpu_online, uint32_t io) {
  start(cpu_pool, first, cpu, cpu_online, "joist_dcpu");
  start(io_pool, first + cpu, io, io, "joist_dio");
}

void set_dirty_pool_online(uint32_t cpu_online) {
  sys::Locked<sys::Mutex> locked(cpu_pool.lock);
  cpu_pool.online = cpu_online;
  cpu_pool.ready.notify_all();
}

void stop_dirty_schedulers() {
  stop(cpu_pool);
  stop(io_pool);
}

void enqueue_dirty(Process& p) {
  Pool& pool = pool_of(p);
  bool some_offline;
  {
    sys::Locked<sys::Mutex> locked(pool.lock);
    p.next_in_run_queue = nullptr;
    if (pool.last) pool.last->next_in_run_queue = &p;
    else pool.first = &p;
    pool.last = &p;
    pool.length.fetch_add(1, std::memory_order_relaxed);
    some_offline = pool.online < pool.count;
  }
  if (some_offline) pool.ready.notify_all();
  else pool.ready.notify_one();
}

size_t dirty_queue_length(bool io) { return pools[io].length.load(std::memory_order_relaxed); }

}  // namespace joist
