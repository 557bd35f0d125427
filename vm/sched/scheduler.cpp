// The schedulers' loop: pick, run a slice, put back, park.
//
// Parking: a scheduler that finds nothing resets its event, announces itself in `idle_mask`, looks once more everywhere, and
// only then sleeps, at most until its next timer. Whoever enqueues work looks at idle_mask after the push, so one of the two
// sees the other (both sides are sequentially consistent).
//
// Sharing: work moves to another processor only when it would wait longer than the move costs (worth_sharing). The owner of a
// queue asks that after each of its turns and then wakes a parked scheduler; one that looks for work asks it before it steals.
// So processes that hand each other messages gather on one scheduler, without a futex or a foreign cache line.
#include "vm/sched/scheduler.h"

#include "vm/process/collection.h"
#include "vm/process/exit.h"
#include "vm/process/hooks.h"
#include "vm/process/process_table.h"
#include "vm/process/receive.h"
#include "vm/process/registry.h"
#include "vm/process/send.h"
#include "vm/process/spawn.h"
#include "vm/process/system_monitor.h"
#include "vm/process/system_profile.h"
#include "vm/process/trace_hooks.h"
#include "vm/sched/balance.h"
#include "vm/sched/blocking.h"
#include "vm/sched/dirty.h"
#include "vm/sched/machine_hooks.h"
#include "vm/sched/patience.h"
#include "vm/sched/quiescence.h"
#include "vm/sched/timers.h"
#include "vm/sys/clock.h"
#include "vm/sys/memory.h"
#include "vm/sys/microstates.h"
#include "vm/sys/threads.h"

namespace joist {

using namespace process_state;

MachineHooks machine_hooks;

namespace {

Scheduler* schedulers[max_schedulers * 3];
uint32_t normal_count, dirty_cpu_schedulers, dirty_io_schedulers;
std::atomic<uint32_t> online{0}, dirty_online{0};
std::atomic<bool> stopping{false};
std::atomic<uint64_t> idle_mask[max_schedulers / 64];  // bit i: scheduler i+1 is parked or about to
std::atomic<uint32_t> idle_count{0};
std::atomic<int64_t> measured_since{0};
thread_local Scheduler* current = nullptr;

bool claim_idle(uint32_t index) {
  uint64_t bit = uint64_t(1) << (index % 64);
  if (!(idle_mask[index / 64].fetch_and(~bit, std::memory_order_seq_cst) & bit)) return false;
  idle_count.fetch_sub(1, std::memory_order_seq_cst);
  return true;
}

void unpark(Scheduler& s) {
  claim_idle(s.number - 1);
  s.parking->event.set();
}

// Wakes one parked online scheduler, so that it steals. False when there is none.
bool wake_one() {
  if (idle_count.load(std::memory_order_seq_cst) == 0) return false;
  uint32_t usable = online.load(std::memory_order_relaxed);
  for (uint32_t w = 0; w * 64 < usable; w++) {
    uint64_t mask = idle_mask[w].load(std::memory_order_seq_cst);
    while (mask) {
      uint32_t index = w * 64 + uint32_t(__builtin_ctzll(mask));
      if (index >= usable) break;
      if (claim_idle(index)) {
        schedulers[index]->parking->event.set();
        return true;
      }
      mask &= mask - 1;
    }
  }
  return false;
}

bool is_idle(const Scheduler& s) {
  uint32_t i = s.number - 1;
  return idle_mask[i / 64].load(std::memory_order_seq_cst) & (uint64_t(1) << (i % 64));
}

// Where a process goes: where it last ran, else here, else to the first. But when that scheduler has nothing to run, it goes
// here: whoever sends a message often waits next, and a sleeper's wake-up costs more than a short turn. If the queue here
// proves long, the sleeper is woken for that.
Scheduler& home_of(Process& p) {
  if (p.bound_scheduler && p.bound_scheduler <= online.load(std::memory_order_relaxed)) [[unlikely]]
    return *schedulers[p.bound_scheduler - 1];
  if (Scheduler* only = blocking_scheduler.load(std::memory_order_relaxed)) [[unlikely]] return *only;
  bool may_run_here = current && current->kind == SchedulerKind::Normal;
  Scheduler* s = p.scheduler;
  if (!s || s->kind != SchedulerKind::Normal) s = may_run_here ? current : schedulers[0];
  else if (may_run_here && s != current && is_idle(*s)) s = current;
  if (s->number > online.load(std::memory_order_relaxed)) s = schedulers[p.pid.pid_number() % online.load(std::memory_order_relaxed)];
  return *s;
}

void enqueue(Process& p) {
  Scheduler& s = home_of(p);
  s.queue.push(p);
  work_came(s);
}

bool runnable(uint32_t state) {
  if (state & (Signals | Exiting)) return true;
  return (state & (Active | Woken)) && !(state & (Suspended | DirtyRunning));
}

void trace_switch(Process& p, TraceSwitch what) {
  if (p.trace) [[unlikely]] trace_hooks.schedule(p, what);
}

// ran: in this turn, and exited by itself.
void finish_exit_slice(Process& p, bool ran) {
  p.reductions = p.slice = reductions_per_slice;
  if (!ran) trace_switch(p, p.exit_step ? TraceSwitch::InExiting : TraceSwitch::In);
  bool finished = continue_exit(p);
  trace_switch(p, finished ? TraceSwitch::OutExited : TraceSwitch::OutExiting);
  p.reductions_done += uint64_t(p.slice - p.reductions);
  p.slice = p.reductions = 0;
  if (!finished) {
    let_go(p, 0);
    return;
  }
  profile_process(p, false);
  // Still Running: nobody queues it any more. It is freed once no thread can hold a pointer to it; a dirty native that still runs
  // for it is one: then that thread retires it.
  if (!(p.state.fetch_or(Dead, std::memory_order_seq_cst) & DirtyRunning)) retire_process(p);
}

bool worth_stealing(const Scheduler& victim) { return worth_sharing(victim, victim.queue.length()); }

// The end of a turn of `reductions`: notes its length (smoothed: a garbage collection in one turn proves nothing) and wakes
// another scheduler when what is behind the next turn must wait long.
void turn_ended(Scheduler& s, SWord reductions) {
  SWord cost = SWord(s.turn_cost.load(std::memory_order_relaxed));
  cost += (reductions - cost) / 4;
  s.turn_cost.store(uint32_t(cost), std::memory_order_relaxed);
  s.until_timers -= reductions + switch_reductions;
  turn_counts_for_balance(s, reductions + switch_reductions);
  if (idle_count.load(std::memory_order_relaxed) == 0) return;
  size_t waiting = s.queue.length();
  if (waiting > 1 && worth_sharing(s, waiting - 1)) wake_one();
}

void collect_now(Process& p) {
  Roots roots{&p, {p.saved_x, p.saved_live}};
  collect_process(p, roots, Words(0));
}

RunOutcome run_machine(Process& p) {
  int64_t longest = system_monitor.long_schedule.load(std::memory_order_relaxed);
  if (!longest) [[likely]] return machine_hooks.run_process(p);
  int64_t began = sys::monotonic_time();
  const Word* in = p.pc;
  RunOutcome outcome = machine_hooks.run_process(p);
  int64_t took = sys::monotonic_time() - began;
  if (took >= longest) report_long_schedule(p, took, in, p.pc);
  return outcome;
}

// One turn of a process that this thread has taken from a queue. Its reductions.
SWord run_turn(Scheduler& s, Process& p) {
  uint32_t old = p.load_state(), fresh;
  do fresh = (old & ~Queued) | Running;
  while (!p.state.compare_exchange_weak(old, fresh, std::memory_order_seq_cst));
  p.scheduler = &s;
  size_t turn_class = RunQueue::class_of(p.queued_priority);
  // Raised for the sake of a signal: that is handled now, its code runs when its own priority's turn comes.
  bool only_signals = (fresh & Signals) && p.queued_priority < uint8_t(p.priority);
  s.current.store(&p, std::memory_order_relaxed);
  s.turn_class.store(uint8_t(turn_class), std::memory_order_relaxed);
  p.reductions = p.slice = reductions_per_slice;
  if (fresh & Signals) {
    uint8_t raised = p.raised.exchange(not_raised, std::memory_order_seq_cst);
    p.may_collect = !(fresh & Dirty);
    handle_signals(p);
    if ((fresh & Dirty) && !(p.load_state() & (Dirty | Exiting))) {
      // A dirty call has come back: now for what could not be done during it.
      p.may_collect = true;
      handle_signals(p);
    }
    p.may_collect = false;
    // Some are left for the next turn. A better one that came meanwhile may stay.
    uint8_t none = not_raised;
    if (p.load_state() & Signals) p.raised.compare_exchange_strong(none, raised, std::memory_order_seq_cst);
  } else if (p.raised.load(std::memory_order_relaxed) != not_raised) {
    p.raised.store(not_raised, std::memory_order_seq_cst);  // the signal has been handled in an earlier turn
  }
  uint32_t clear = 0;
  fresh = p.load_state();
  LongCollection collection;
  bool collects = take_long_collection(&collection);  // a signal waits for it
  if (p.heap.wants_collection_between_turns() && !collects && !(fresh & (Exiting | Dirty))) [[unlikely]] {
    collects = takes_long(p);
    if (!collects) collect_now(p);
    fresh = p.load_state();
  }
  RunOutcome outcome = RunOutcome::Yield;
  if (only_signals) {
    if ((fresh & (Active | Woken)) && !(fresh & Signals)) p.low_skips = queued_first;
  } else if (!collects && !(fresh & (Exiting | Suspended | Dirty)) && (fresh & (Active | Woken))) {
    // From here on a wake-up counts for the next look.
    p.state.fetch_and(~uint32_t(Woken), std::memory_order_seq_cst);
    s.slices++;
    s.context_switches.store(s.context_switches.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    trace_switch(p, TraceSwitch::In);
    outcome = run_machine(p);
    if (outcome != RunOutcome::Exited) trace_switch(p, TraceSwitch::Out);
    switch (outcome) {
      case RunOutcome::Wait: case RunOutcome::Hibernate: clear = Active; break;
      case RunOutcome::Dirty: p.state.fetch_or(Dirty | Active, std::memory_order_seq_cst); break;
      case RunOutcome::Exited:
        if (!p.exit_reason.is_value()) begin_exit(p, atom::normal);
        p.state.fetch_or(Exiting, std::memory_order_seq_cst);
        break;
      case RunOutcome::Suspended: case RunOutcome::Yield:
        p.state.fetch_or(Active, std::memory_order_relaxed);
        break;
    }
    collects = take_long_collection(&collection);
  }
  SWord used = p.slice - p.reductions;
  if (used < 0) used = 0;
  p.reductions_done += uint64_t(used);
  p.slice = p.reductions = 0;
  s.spent[turn_class].store(s.spent[turn_class].load(std::memory_order_relaxed) + uint64_t(used), std::memory_order_relaxed);
  p.x = nullptr;
  s.current.store(nullptr, std::memory_order_relaxed);
  s.turn_class.store(Scheduler::no_class, std::memory_order_relaxed);
  if (collects) begin_long_collection(p, collection, clear);
  else if (p.load_state() & Exiting) finish_exit_slice(p, outcome == RunOutcome::Exited);
  else let_go(p, clear);
  return used;
}

bool steal(Scheduler& s) {
  uint32_t n = normal_count;
  s.random = s.random * 6364136223846793005ull + 1442695040888963407ull;
  uint32_t start = uint32_t(s.random >> 33) % n;
  for (uint32_t i = 0; i < n; i++) {
    Scheduler& victim = *schedulers[(start + i) % n];
    if (&victim != &s && worth_stealing(victim) && victim.queue.steal_into(s.queue)) return true;
  }
  return false;
}

bool anything_to_do(Scheduler& s) {
  if (stopping.load(std::memory_order_seq_cst) || must_stand_still(s)) return true;
  if (s.queue.length() > 0) return true;
  if (s.number > online.load(std::memory_order_seq_cst)) return false;
  for (uint32_t i = 0; i < normal_count; i++)
    if (schedulers[i] != &s && worth_stealing(*schedulers[i])) return true;
  return false;
}

void park(Scheduler& s) {
  uint32_t i = s.number - 1;
  s.parking->event.reset();
  idle_mask[i / 64].fetch_or(uint64_t(1) << (i % 64), std::memory_order_seq_cst);
  idle_count.fetch_add(1, std::memory_order_seq_cst);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  // The result of a file operation is often there sooner than a sleeper wakes.
  thread_local Patience patience;
  bool for_result = io_call_under_way();
  if (for_result) patience.wait_begins();
  unsigned spins = for_result ? patience.spins() : sys::spins(spins_before_sleep);
  if (!anything_to_do(s) && !s.parking->event.spin(spins)) {
    set_busy(s, false);
    profile_scheduler(s.number, false);
    int64_t due = s.timers->next_due.load(std::memory_order_seq_cst), left = due;
    if (due != INT64_MAX) left -= sys::monotonic_time();
    quiescence_offline();
    sys::InMicrostate in(sys::Microstate::Sleep);
    if (s.queue.length() > 0) {
      // What going offline freed has queued work here (a file's last reference, say).
    } else if (left > idle_trim_nanoseconds) {
      if (!s.parking->event.wait_for(idle_trim_nanoseconds)) {
        trim_heap_blocks();
        s.parking->event.wait_for(due == INT64_MAX ? -1 : left - idle_trim_nanoseconds);
      }
    } else if (left > 0) {
      s.parking->event.wait_for(left);
    }
    quiescence_online();
    set_busy(s, true);
    profile_scheduler(s.number, true);
  }
  if (for_result) patience.wait_ended();
  claim_idle(i);
  s.until_timers = 0;
}

void loop(void* argument) {
  Scheduler& s = *static_cast<Scheduler*>(argument);
  current = &s;
  s.random = s.number * 0x9e3779b97f4a7c15ull;
  sys::account_for_thread("scheduler", s.number);
  quiescence_online();
  set_busy(s, true);
  while (!stopping.load(std::memory_order_relaxed)) {
    quiescent_point();
    if (must_stand_still(s)) [[unlikely]] stand_still(s);
    if (s.number > online.load(std::memory_order_relaxed)) [[unlikely]] hand_over(s);
    if (s.until_timers <= 0 && s.timers->next_due.load(std::memory_order_relaxed) != INT64_MAX) {
      sys::InMicrostate in(sys::Microstate::Aux);
      run_timers(*s.timers, sys::monotonic_time());
      s.until_timers = timer_reductions;
    }
    RunQueue::Work work = s.queue.pop();
    if (work.process) {
      sys::InMicrostate in(sys::Microstate::Emulator);
      turn_ended(s, run_turn(s, *work.process));
      continue;
    }
    if (work.task) {
      sys::InMicrostate in(sys::Microstate::Port);
      if (work.task->run(work.task)) s.queue.push_task(work.task);
      turn_ended(s, task_reductions);
      continue;
    }
    if (s.number <= online.load(std::memory_order_relaxed) && steal(s)) continue;
    park(s);
  }
  quiescence_offline();
  current = nullptr;
}

Scheduler* make_scheduler(uint32_t number, SchedulerKind kind) {
  auto* s = sys::create<Scheduler>(sys::Alloc::System);
  s->number = number;
  s->kind = kind;
  s->parking = sys::create<SchedulerParking>(sys::Alloc::System);
  return s;
}

void unpark_owner(void* arg) { unpark(*static_cast<Scheduler*>(arg)); }

}  // namespace

void init_schedulers(const SchedulerOptions& o) {
  normal_count = o.schedulers ? o.schedulers : uint32_t(sys::cpus_available());
  if (normal_count > max_schedulers) normal_count = max_schedulers;
  online = o.schedulers_online && o.schedulers_online < normal_count ? o.schedulers_online : normal_count;
  dirty_cpu_schedulers = o.dirty_cpu ? o.dirty_cpu : normal_count;
  if (dirty_cpu_schedulers > normal_count) dirty_cpu_schedulers = normal_count;
  dirty_online = o.dirty_cpu_online ? o.dirty_cpu_online : online.load();
  if (dirty_online > dirty_cpu_schedulers) dirty_online = dirty_cpu_schedulers;
  dirty_io_schedulers = o.dirty_io ? o.dirty_io : 10;
  if (dirty_io_schedulers > max_schedulers) dirty_io_schedulers = max_schedulers;
  init_process_table(o.process_limit);
  init_registry();
  uint32_t number = 1;
  for (uint32_t i = 0; i < normal_count; i++, number++) {
    Scheduler* s = schedulers[number - 1] = make_scheduler(number, SchedulerKind::Normal);
    s->timers = timer_service_create();
    s->timers->unpark = unpark_owner;
    s->timers->unpark_arg = s;
    if (o.bind) s->cpu = sys::nth_cpu(int(i));
  }
  for (uint32_t i = 0; i < dirty_cpu_schedulers; i++, number++)
    schedulers[number - 1] = make_scheduler(number, SchedulerKind::DirtyCpu);
  for (uint32_t i = 0; i < dirty_io_schedulers; i++, number++)
    schedulers[number - 1] = make_scheduler(number, SchedulerKind::DirtyIo);
  process_hooks.enqueue = enqueue;
  process_hooks.raise = RunQueue::raise;
  process_hooks.retire = retire;
  process_hooks.cancel_receive_timer = stop_receive_timer;
  process_hooks.cancel_timers = cancel_bif_timers_of;
}

void start_schedulers() {
  stopping = false;
  // First the dirty ones: the first process that runs may have a dirty call to make.
  start_dirty_schedulers(schedulers + normal_count, dirty_cpu_schedulers, dirty_online, dirty_io_schedulers);
  for (uint32_t i = 0; i < normal_count; i++) {
    sys::ThreadOptions options;
    options.name = "joist_sched";
    options.stack_bytes = 1 << 20;
    options.cpu = schedulers[i]->cpu;
    schedulers[i]->thread = sys::thread_start(loop, schedulers[i], options);
    if (!schedulers[i]->thread) PANIC("cannot start scheduler thread %u", i + 1);
  }
}

void stop_schedulers() {
  stopping = true;
  end_blocking();
  for (uint32_t i = 0; i < normal_count; i++) schedulers[i]->parking->event.set();
  for (uint32_t i = 0; i < normal_count; i++) {
    if (schedulers[i]->thread) sys::thread_join(schedulers[i]->thread);
    schedulers[i]->thread = nullptr;
  }
  stop_dirty_schedulers();
}

void let_go(Process& p, uint32_t clear) {
  uint32_t old = p.load_state(), fresh;
  bool told = false;  // that it is inactive: while nobody else can make it active
  do {
    fresh = old & ~(Running | clear);
    if ((fresh & Dirty) && !(fresh & (Signals | Exiting | DirtyRunning))) {
      if (!(fresh & Suspended)) return begin_dirty_call(p);
      // The instruction makes the call when the process goes on. Until then it may be collected, which may be asked for already.
      fresh &= ~uint32_t(Dirty);
      if (p.deferred) fresh |= Signals;
    }
    if (runnable(fresh)) {
      fresh |= Queued;
    } else if (!told && !(fresh & DirtyRunning)) {
      told = true;
      profile_process(p, false);
    }
  } while (!p.state.compare_exchange_weak(old, fresh, std::memory_order_seq_cst));
  if (!(fresh & Queued)) return;
  if (told) [[unlikely]] profile_process(p, true);
  enqueue(p);
}

void hand_over(Scheduler& s) {
  for (size_t n = s.queue.length(); n > 0; n--) {
    RunQueue::Work work = s.queue.pop();
    if (work.process) enqueue(*work.process);
    else if (work.task) schedule_task(work.task);
  }
}

void set_current_scheduler(Scheduler* s) { current = s; }
Scheduler* current_scheduler() { return current; }
uint32_t active_schedulers() { return normal_count - idle_count.load(); }
uint32_t scheduler_count() { return normal_count; }
uint32_t schedulers_online() { return online.load(); }
uint32_t set_schedulers_online(uint32_t n) {
  uint32_t old = online.exchange(n, std::memory_order_seq_cst);
  for (uint32_t i = 0; i < normal_count; i++) unpark(*schedulers[i]);
  return old;
}
uint32_t dirty_cpu_count() { return dirty_cpu_schedulers; }
uint32_t dirty_cpu_online() { return dirty_online.load(); }
uint32_t set_dirty_cpu_online(uint32_t n) {
  uint32_t old = dirty_online.exchange(n);
  set_dirty_pool_online(n);
  return old;
}
uint32_t dirty_io_count() { return dirty_io_schedulers; }
Scheduler& scheduler(uint32_t number) { return *schedulers[number - 1]; }
uint32_t all_scheduler_count() { return normal_count + dirty_cpu_schedulers + dirty_io_schedulers; }

bool worth_sharing(const Scheduler& s, size_t waiting) {
  return waiting * s.turn_cost.load(std::memory_order_relaxed) >= sharing_reductions;
}

// Its own thread looks at its queue before it sleeps, and shares what is too much for it. One that stands still hands over what
// came late.
void work_came(Scheduler& s) {
  if (&s == current) return;
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (is_idle(s) || must_stand_still(s)) unpark(s);
}

void schedule_task(SchedulerTask* task) {
  bool here = current && current->number <= online.load(std::memory_order_relaxed);
  Scheduler* only = blocking_scheduler.load(std::memory_order_relaxed);
  Scheduler& s = only ? *only : here ? *current : *schedulers[0];
  s.queue.push_task(task);
  work_came(s);
}

uint64_t total_context_switches() {
  uint64_t n = 0;
  for (uint32_t i = 0; i < all_scheduler_count(); i++) n += schedulers[i]->context_switches.load(std::memory_order_relaxed);
  return n;
}
uint64_t total_reductions() {
  uint64_t n = 0;
  for (uint32_t i = 0; i < normal_count; i++)
    for (auto& spent : schedulers[i]->spent) n += spent.load(std::memory_order_relaxed);
  return n;
}
int64_t wall_time_measured_since() { return measured_since.load(); }
void set_busy(Scheduler& s, bool busy) {
  if (!measured_since.load(std::memory_order_relaxed)) return;
  int64_t now = sys::monotonic_time();
  int64_t since = s.busy_since.load(std::memory_order_relaxed);
  if (busy) {
    if (!since) s.busy_since.store(now, std::memory_order_relaxed);
  } else if (since) {
    s.busy_nanoseconds.store(s.busy_nanoseconds.load(std::memory_order_relaxed) + now - since, std::memory_order_relaxed);
    s.busy_since.store(0, std::memory_order_relaxed);
  }
}

void measure_wall_time(bool on) {
  int64_t now = sys::monotonic_time();
  measured_since.store(on ? now : 0);
  for (uint32_t i = 0; i < all_scheduler_count(); i++) {
    schedulers[i]->busy_nanoseconds = 0;
    bool busy = i < normal_count ? !is_idle(*schedulers[i]) : schedulers[i]->current.load() != nullptr;
    schedulers[i]->busy_since = on && busy ? now : 0;
  }
}

}  // namespace joist
