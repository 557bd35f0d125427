#include "vm/sched/dirty.h"

#include "vm/base/tunables.h"
#include "vm/process/collection.h"
#include "vm/process/exit.h"
#include "vm/process/hooks.h"
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
  DirtyJob* first = nullptr;  // lock
  DirtyJob* last = nullptr;   // lock
  std::atomic<size_t> length{0};
  uint32_t sleeping = 0;     // lock: threads that wait for work
  bool stop = false;         // lock
  uint32_t online = 0;       // lock: threads behind that many take no work
  Scheduler** threads = nullptr;
  uint32_t count = 0;
};
Pool pools[2];  // CPU, I/O
Pool& cpu_pool = pools[0];
Pool& io_pool = pools[1];

Pool& pool_of(const Process& p) { return pools[p.dirty_native && p.dirty_native->kind == NativeKind::DirtyIo]; }

// The end of a call. A process that has exited meanwhile was left for this thread to retire.
void give_back(Process& p, DirtyCall* call) {
  p.incoming.push(call);
  uint32_t old = p.load_state(), fresh;
  do {
    fresh = (old & ~DirtyRunning) | Signals;
    if (!(old & (Queued | Running | Dead))) fresh |= Queued;
  } while (!p.state.compare_exchange_weak(old, fresh, std::memory_order_seq_cst));
  if (old & Dead) retire_process(p);
  else if (!(old & Queued) && (fresh & Queued)) process_hooks.enqueue(p);
}

// What the calling pool thread does for p, while the scope lasts.
class [[nodiscard]] WorkingFor {
 public:
  explicit WorkingFor(Process& p) : scheduler_(*current_scheduler()) {
    scheduler_.current.store(&p, std::memory_order_relaxed);
    scheduler_.context_switches.store(scheduler_.context_switches.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    set_busy(scheduler_, true);
  }
  ~WorkingFor() {
    set_busy(scheduler_, false);
    scheduler_.current.store(nullptr, std::memory_order_relaxed);
  }

 private:
  Scheduler& scheduler_;
};

struct CollectionJob final : DirtyJob {
  LongCollection collection;
  uint32_t clear;
  CollectionJob(Process& p, const LongCollection& c, uint32_t bits) : collection(c), clear(bits) { process = &p; }
  void run() override {
    Process& p = *process;
    {
      WorkingFor working(p);
      QuiescentSection section;
      p.state.fetch_or(Collecting, std::memory_order_relaxed);
      collect_long(p, collection);
      p.reductions_done += uint64_t(p.slice - p.reductions);
      p.slice = p.reductions = 0;
    }
    uint32_t bits = clear | Collecting;
    delete this;
    let_go(p, bits);
  }
};

void add(Pool& pool, DirtyJob* job) {
  bool wake, some_offline;
  {
    sys::Locked<sys::Mutex> locked(pool.lock);
    job->next_job = nullptr;
    if (pool.last) pool.last->next_job = job;
    else pool.first = job;
    pool.last = job;
    pool.length.fetch_add(1, std::memory_order_relaxed);
    wake = pool.sleeping > 0;
    some_offline = pool.online < pool.count;
  }
  if (!wake) return;
  if (some_offline) pool.ready.notify_all();
  else pool.ready.notify_one();
}

// Sleeps until there may be something to do. keeps_blocks: the thread may have heap blocks for its next collections, which it does not
// keep for long.
void wait_for_work(Pool& pool, bool& keeps_blocks) {
  pool.sleeping++;
  bool woken = true;
  if (keeps_blocks) woken = pool.ready.wait_for(pool.lock, idle_trim_nanoseconds);
  else pool.ready.wait(pool.lock);
  pool.sleeping--;
  if (woken) return;
  pool.lock.unlock();
  trim_heap_blocks();
  keeps_blocks = false;
  pool.lock.lock();
}

void loop(void* argument) {
  Scheduler& s = *static_cast<Scheduler*>(argument);
  set_current_scheduler(&s);
  bool io = s.kind == SchedulerKind::DirtyIo;
  sys::account_for_thread(io ? "dirty_io_scheduler" : "dirty_cpu_scheduler", s.number - scheduler_count() - (io ? dirty_cpu_count() : 0));
  Pool& pool = pools[s.kind == SchedulerKind::DirtyIo];
  uint32_t index = s.number - pool.threads[0]->number;
  bool keeps_blocks = false;
  for (;;) {
    DirtyJob* job;
    {
      sys::InMicrostate in(sys::Microstate::Sleep);
      sys::Locked<sys::Mutex> locked(pool.lock);
      while ((!pool.first || index >= pool.online) && !pool.stop) wait_for_work(pool, keeps_blocks);
      if (pool.stop) break;
      job = pool.first;
      pool.first = job->next_job;
      if (!pool.first) pool.last = nullptr;
      pool.length.fetch_sub(1, std::memory_order_relaxed);
    }
    sys::InMicrostate in(sys::Microstate::Emulator);
    job->run();
    keeps_blocks = true;
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

void make_dirty_call(DirtyCall& call) {
  Process& p = *call.process;
  // Told to exit or to suspend while it waited here: not called now.
  if (!(p.load_state() & (Exiting | Suspended))) {
    WorkingFor working(p);
    call.outcome = call.call();
  }
  give_back(p, &call);
}

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

void begin_dirty_call(Process& p) {
  Pool& pool = pool_of(p);
  DirtyCall* call = machine_hooks.prepare_dirty_call(p);
  call->process = &p;
  // What signals came meanwhile are for a normal scheduler.
  uint32_t old = p.load_state(), fresh;
  do {
    fresh = (old & ~Running) | DirtyRunning;
    if (old & (Signals | Exiting)) fresh |= Queued;
  } while (!p.state.compare_exchange_weak(old, fresh, std::memory_order_seq_cst));
  if (fresh & Queued) process_hooks.enqueue(p);
  add(pool, call);
}

void begin_long_collection(Process& p, const LongCollection& collection, uint32_t clear) {
  add(cpu_pool, new CollectionJob(p, collection, clear));
}

size_t dirty_queue_length(bool io) { return pools[io].length.load(std::memory_order_relaxed); }

}  // namespace joist
