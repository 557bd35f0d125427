#include "vm/sched/dirty.h"

#include "vm/base/tunables.h"
#include "vm/process/collection.h"
#include "vm/process/exit.h"
#include "vm/process/hooks.h"
#include "vm/process/trace_hooks.h"
#include "vm/sched/machine_hooks.h"
#include "vm/sched/patience.h"
#include "vm/sched/quiescence.h"
#include "vm/sched/scheduler.h"
#include "vm/sys/lock.h"
#include "vm/sys/microstates.h"

namespace joist {

using namespace process_state;

namespace {

// A job goes to the first thread that waits: what one thread can do alone keeps one thread's stack, memory and caches warm. The others
// are started when there is something for them to do.
struct Pool {
  sys::Mutex lock{sys::LockRank::DirtyQueue};
  struct List {
    DirtyJob* first = nullptr;
    DirtyJob* last = nullptr;
    void push(DirtyJob* job) {
      job->next_job = nullptr;
      (last ? last->next_job : first) = job;
      last = job;
    }
    DirtyJob* pop() {
      DirtyJob* job = first;
      first = job->next_job;
      if (!first) last = nullptr;
      return job;
    }
  };
  List lists[RunQueue::classes];      // lock
  std::atomic<size_t> length{0};      // written under the lock
  std::atomic<size_t> unfinished{0};  // jobs in the queue and being done
  bool stop = false;          // lock
  uint32_t online = 0;        // lock: threads behind that many take no work
  uint32_t started = 0;       // lock: threads behind that many do not exist yet
  uint64_t waiting[max_schedulers / 64] = {};  // lock: a bit for each thread
  const char* name = nullptr;
  Scheduler** threads = nullptr;
  sys::Microstates* accounts[max_schedulers];
  uint32_t count = 0;

  DirtyJob* pop();
  bool is_waiting(uint32_t i) const { return waiting[i / 64] >> (i % 64) & 1; }
  void set_waiting(uint32_t i, bool yes) {
    uint64_t bit = uint64_t(1) << (i % 64);
    waiting[i / 64] = yes ? waiting[i / 64] | bit : waiting[i / 64] & ~bit;
  }
};

// As RunQueue: the better classes first; low ones let turns of normal ones pass. Null: none there.
DirtyJob* Pool::pop() {
  for (List& list : lists) {
    while (DirtyJob* job = list.first) {
      list.pop();
      if (job->low_skips == 0 || !list.first) {
        length.fetch_sub(1, std::memory_order_relaxed);
        return job;
      }
      job->low_skips--;
      list.push(job);
    }
  }
  return nullptr;
}

Pool pools[2];  // CPU, I/O
Pool& cpu_pool = pools[0];
Pool& io_pool = pools[1];

Pool& pool_of(const Process& p) {
  const NativeEntry* native = p.seldom_used().dirty_native;
  return pools[native && wants_io_pool(native->kind)];
}

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
    WorkingFor working(p);
    QuiescentSection section;
    p.state.fetch_or(Collecting, std::memory_order_relaxed);
    collect_long(p, collection);
    p.reductions_done += uint64_t(p.slice - p.reductions);
    p.slice = p.reductions = 0;
  }
  void end() override {
    Process& p = *process;
    uint32_t bits = clear | Collecting;
    delete this;
    let_go(p, bits);
  }
};

void loop(void* argument);

// The pool is locked. Without its thread the job waits for those that there are.
void start_thread(Pool& pool, uint32_t i) {
  sys::ThreadOptions options;
  options.name = pool.name;
  options.stack_bytes = 1 << 20;
  pool.threads[i]->thread = sys::thread_start(loop, pool.threads[i], options);
  if (pool.threads[i]->thread) pool.started++;
  else if (i == 0) PANIC("cannot start a dirty scheduler thread");
}

// The pool is locked and has work.
void engage_thread(Pool& pool) {
  for (uint32_t i = 0; i < pool.online; i++) {
    if (i == pool.started) return start_thread(pool, i);
    if (!pool.is_waiting(i)) continue;
    pool.set_waiting(i, false);
    return pool.threads[i]->parking->event.set();
  }
}

void add(Pool& pool, DirtyJob* job, Priority priority) {
  sys::Locked<sys::Mutex> locked(pool.lock);
  job->low_skips = priority == Priority::Low ? low_priority_skips : 0;
  pool.lists[RunQueue::class_of(uint8_t(priority))].push(job);
  pool.length.fetch_add(1, std::memory_order_relaxed);
  pool.unfinished.fetch_add(1, std::memory_order_relaxed);
  engage_thread(pool);
}

// From now on a job may be this thread's. The pool is locked.
void offer_thread(Pool& pool, uint32_t index) {
  pool.threads[index]->parking->event.reset();
  pool.set_waiting(index, true);
}

// Waits until there may be something to do. The pool is locked, but not while it waits. keeps_blocks: the thread may have heap blocks
// for its next collections, which it does not keep for long.
void wait_for_work(Pool& pool, uint32_t index, bool& keeps_blocks) {
  thread_local Patience patience;
  sys::Event& event = pool.threads[index]->parking->event;
  if (!pool.is_waiting(index)) offer_thread(pool, index);
  pool.lock.unlock();
  patience.wait_begins();
  if (!keeps_blocks) {
    event.wait();
  } else if (!event.spin(patience.spins()) && !event.wait_for(idle_trim_nanoseconds)) {
    trim_heap_blocks();
    keeps_blocks = false;
    event.wait();
  }
  patience.wait_ended();
  pool.lock.lock();
}

void loop(void* argument) {
  Scheduler& s = *static_cast<Scheduler*>(argument);
  set_current_scheduler(&s);
  Pool& pool = pools[s.kind == SchedulerKind::DirtyIo];
  uint32_t index = s.number - pool.threads[0]->number;
  sys::take_account(pool.accounts[index]);
  bool keeps_blocks = false;
  for (;;) {
    DirtyJob* job = nullptr;
    {
      sys::InMicrostate in(sys::Microstate::Sleep);
      sys::Locked<sys::Mutex> locked(pool.lock);
      while ((index >= pool.online || !(job = pool.pop())) && !pool.stop) wait_for_work(pool, index, keeps_blocks);
      if (pool.stop) break;
      pool.set_waiting(index, false);
    }
    sys::InMicrostate in(sys::Microstate::Emulator);
    job->run();
    {
      // First of all, for the process often has another call to make at once.
      sys::Locked<sys::Mutex> locked(pool.lock);
      offer_thread(pool, index);
    }
    pool.unfinished.fetch_sub(1, std::memory_order_relaxed);
    job->end();
    keeps_blocks = true;
  }
  set_current_scheduler(nullptr);
}

void start(Pool& pool, Scheduler** first, uint32_t count, uint32_t online, const char* name, const char* account) {
  sys::Locked<sys::Mutex> locked(pool.lock);
  pool.stop = false;
  pool.name = name;
  pool.threads = first;
  pool.count = count;
  pool.online = online;
  for (uint32_t i = 0; i < count; i++) pool.accounts[i] = sys::open_account(account, i + 1);
}

void stop(Pool& pool) {
  uint32_t started;
  {
    sys::Locked<sys::Mutex> locked(pool.lock);
    pool.stop = true;
    started = pool.started;
    for (uint32_t i = 0; i < started; i++) pool.threads[i]->parking->event.set();
  }
  for (uint32_t i = 0; i < started; i++) {
    sys::thread_join(pool.threads[i]->thread);
    pool.threads[i]->thread = nullptr;
  }
  pool.started = 0;
}

}  // namespace

void make_dirty_call(DirtyCall& call) {
  Process& p = *call.process;
  // Told to exit or to suspend while it waited here: not called now.
  if (p.load_state() & (Exiting | Suspended)) return;
  WorkingFor working(p);
  call.outcome = call.call();
}
void end_dirty_call(DirtyCall& call) { give_back(*call.process, &call); }

void start_dirty_schedulers(Scheduler** first, uint32_t cpu, uint32_t cpu_online, uint32_t io) {
  start(cpu_pool, first, cpu, cpu_online, "joist_dcpu", "dirty_cpu_scheduler");
  start(io_pool, first + cpu, io, io, "joist_dio", "dirty_io_scheduler");
}

void set_dirty_pool_online(uint32_t cpu_online) {
  sys::Locked<sys::Mutex> locked(cpu_pool.lock);
  cpu_pool.online = cpu_online;
  for (size_t jobs = cpu_pool.length.load(std::memory_order_relaxed); jobs > 0; jobs--) engage_thread(cpu_pool);
}

void stop_dirty_schedulers() {
  stop(cpu_pool);
  stop(io_pool);
}

// To a tracer the call is a turn of the process. Both ends are told of by threads that run it: the pool's must not touch it.
void take_back_dirty_call(DirtyCall& call, Process& p) {
  using namespace process_state;
  if (p.trace) [[unlikely]] trace_hooks.schedule(p, TraceSwitch::Out);
  call.finish(p);
  if (call.outcome == RunOutcome::Dirty) return;
  p.state.fetch_and(~uint32_t(call.outcome == RunOutcome::Wait ? Dirty | Active : Dirty), std::memory_order_seq_cst);
}

void begin_dirty_call(Process& p) {
  if (p.trace) [[unlikely]] trace_hooks.schedule(p, TraceSwitch::In);
  Pool& pool = pool_of(p);
  Priority priority = p.priority;
  DirtyCall* call = machine_hooks.prepare_dirty_call(p);
  call->process = &p;
  // What signals came meanwhile are for a normal scheduler.
  uint32_t old = p.load_state(), fresh;
  do {
    fresh = (old & ~Running) | DirtyRunning;
    if (old & (Signals | Exiting)) fresh |= Queued;
  } while (!p.state.compare_exchange_weak(old, fresh, std::memory_order_seq_cst));
  if (fresh & Queued) process_hooks.enqueue(p);
  add(pool, call, priority);
}

void begin_long_collection(Process& p, const LongCollection& collection, uint32_t clear) {
  add(cpu_pool, new CollectionJob(p, collection, clear), p.priority);
}

bool io_call_under_way() { return io_pool.unfinished.load(std::memory_order_relaxed) > 0; }
size_t dirty_queue_length(bool io) { return pools[io].length.load(std::memory_order_relaxed); }

}  // namespace joist
