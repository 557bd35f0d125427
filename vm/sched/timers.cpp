#include "vm/sched/timers.h"

#include <vector>

#include "vm/process/process_table.h"
#include "vm/process/registry.h"
#include "vm/process/send.h"
#include "vm/sched/scheduler.h"
#include "vm/sys/clock.h"
#include "vm/sys/memory.h"

namespace joist {

namespace {

constexpr int64_t tick_ns = 1000000;

int64_t clock_base;  // monotonic time of tick 0

uint64_t tick_at_or_after(int64_t due) {
  return due <= clock_base ? 0 : uint64_t((due - clock_base + tick_ns - 1) / tick_ns);
}
uint64_t tick_now(int64_t now) { return now <= clock_base ? 0 : uint64_t((now - clock_base) / tick_ns); }

void note_next(TimerService& s) {
  uint64_t tick = s.wheel.next_tick();
  s.next_due.store(tick == TimerWheel::never ? INT64_MAX : clock_base + int64_t(tick) * tick_ns, std::memory_order_seq_cst);
}

struct TimerShard;
void insert(TimerService& s, Timer& t, int64_t due, TimerShard* shard = nullptr);

}  // namespace

// Found by reference in sharded tables, and by the target process in a list of its own, so that its exit finds them.
struct BifTimer : Timer {
  RefKey key;
  Term target;       // local pid or atom
  KeptTerm message;  // what is sent
  bool wrapped = false;
  // In the target's list, under its target lock. target_link null: in none.
  BifTimer* target_next = nullptr;
  BifTimer** target_link = nullptr;
};

namespace {

struct TimerShard {
  sys::Mutex lock{sys::LockRank::Leaf};
  KeyTable<BifTimer> by_ref;
};
constexpr size_t shard_count = 64;
TimerShard shards[shard_count];
TimerShard& shard_of(RefKey k) { return shards[(k.a ^ k.a >> 17 ^ k.b) % shard_count]; }
std::atomic<size_t> bif_timers{0};

// Whoever takes it out of the shard owns it from then on.
BifTimer* take(RefKey key) {
  TimerShard& shard = shard_of(key);
  sys::Locked<sys::Mutex> locked(shard.lock);
  BifTimer* t = shard.by_ref.find(key);
  if (t) shard.by_ref.remove(t);
  return t;
}

struct alignas(64) TargetLock {
  sys::Mutex lock{sys::LockRank::Leaf};
};
TargetLock target_locks[shard_count];
sys::Mutex& target_lock(Term pid) { return target_locks[pid.pid_number() % shard_count].lock; }

void insert(TimerService& s, Timer& t, int64_t due, TimerShard* shard) {
  bool earlier = false;
  {
    sys::Locked<sys::Mutex> locked(s.lock);
    t.service = &s;
    t.due = due;
    t.tick = tick_at_or_after(due);
    if (s.wheel.count() == 0) {
      uint64_t now = tick_now(sys::monotonic_time());
      if (now > s.wheel.now()) s.wheel.start(now);
    }
    s.wheel.insert(&t);
    // In the same critical section as the wheel, so that whoever finds it by reference finds it in the wheel or fired.
    if (shard) {
      sys::Locked<sys::Mutex> shard_locked(shard->lock);
      shard->by_ref.insert(static_cast<BifTimer*>(&t));
    }
    int64_t before = s.next_due.load(std::memory_order_relaxed);
    note_next(s);
    earlier = s.next_due.load(std::memory_order_relaxed) < before;
  }
  if (earlier && s.unpark && !(current_scheduler() && current_scheduler()->timers == &s)) s.unpark(s.unpark_arg);
}

void destroy(BifTimer* t) {
  if (t->target.is_local_pid()) {
    sys::Locked<sys::Mutex> locked(target_lock(t->target));
    if (t->target_link) {
      *t->target_link = t->target_next;
      if (t->target_next) t->target_next->target_link = t->target_link;
    }
  }
  bif_timers.fetch_sub(1, std::memory_order_relaxed);
  delete t;
}

void fire(BifTimer* t) {
  Term pid = t->target.is_local_pid() ? t->target : whereis(t->target);
  if (pid.is_value() && pid.is_local_pid()) {
    if (Process* p = find_process(pid)) {
      send_fragment(*p, Term(), t->message.term, t->message.fragment);
      t->message.fragment = nullptr;
    }
  }
  destroy(t);
}

}  // namespace

TimerService* timer_service_create() {
  if (!clock_base) clock_base = sys::monotonic_time();
  return sys::create<TimerService>(sys::Alloc::System);
}

// Entries leave the wheel under its lock. A receive timer is fired there and then; a BIF timer is fired after, by whoever takes
// it out of its shard: this thread or a canceller.
void run_timers(TimerService& s, int64_t now) {
  if (now < s.next_due.load(std::memory_order_relaxed)) return;
  BifTimer* due = nullptr;
  BifTimer** last = &due;
  CallTimer* calls = nullptr;
  {
    sys::Locked<sys::Mutex> locked(s.lock);
    for (WheelEntry* e = s.wheel.advance(tick_now(now)); e;) {
      WheelEntry* next = e->next;
      Timer* t = static_cast<Timer*>(e);
      e->next = nullptr;
      if (t->kind == TimerKind::Receive) {
        wake_process(*static_cast<ReceiveTimer*>(t)->process, process_state::TimedOut | process_state::Woken);
      } else if (t->kind == TimerKind::Call) {
        e->next = calls;
        calls = static_cast<CallTimer*>(t);
      } else if (BifTimer* b = take(static_cast<BifTimer*>(t)->key)) {
        *last = b;
        last = reinterpret_cast<BifTimer**>(&b->next);
      }
      e = next;
    }
    note_next(s);
  }
  while (due) {
    BifTimer* next = static_cast<BifTimer*>(due->next);
    due->next = nullptr;
    fire(due);
    due = next;
  }
  while (calls) {
    CallTimer* c = calls;
    calls = static_cast<CallTimer*>(c->next);
    c->next = nullptr;
    c->run(c);
  }
}

TimerService& current_timer_service() {
  Scheduler* s = current_scheduler();
  if (s && s->timers) return *s->timers;
  return *scheduler(1).timers;
}

void start_receive_timer(Process& p, uint64_t milliseconds) {
  if (p.receive_timer) stop_receive_timer(p);
  auto* t = new ReceiveTimer;
  t->kind = TimerKind::Receive;
  t->process = &p;
  p.receive_timer = t;
  insert(current_timer_service(), *t, sys::monotonic_time() + int64_t(milliseconds) * 1000000);
}

void stop_receive_timer(Process& p) {
  ReceiveTimer* t = p.receive_timer;
  if (!t) return;
  {
    sys::Locked<sys::Mutex> locked(t->service->lock);
    if (t->in_wheel()) {
      t->service->wheel.remove(t);
      note_next(*t->service);
    }
  }
  p.state.fetch_and(~uint32_t(process_state::TimedOut), std::memory_order_seq_cst);
  p.receive_timer = nullptr;
  delete t;
}

bool receive_timed_out(Process& p) {
  if (!p.receive_timer || !(p.load_state() & process_state::TimedOut)) return false;
  stop_receive_timer(p);
  return true;
}

void start_call_timer(CallTimer& t, int64_t due) {
  t.kind = TimerKind::Call;
  insert(current_timer_service(), t, due);
}

bool stop_call_timer(CallTimer& t) {
  if (!t.service) return false;
  sys::Locked<sys::Mutex> locked(t.service->lock);
  if (!t.in_wheel()) return false;
  t.service->wheel.remove(&t);
  return true;
}

void start_bif_timer(Term ref, Term target, Term message, bool wrap, int64_t due) {
  auto* t = new BifTimer;
  t->kind = TimerKind::Bif;
  t->key = ref_key(ref);
  t->target = target;
  t->wrapped = wrap;
  if (wrap) {
    MessageBuilder b(4 + copy_size(ref) + copy_size_with_literals(message));
    Term r = b.copy(ref), m = copy_into_with_literals(message, b.writer());
    t->message.term = b.writer().tuple(atom::timeout, r, m);
    t->message.fragment = b.finish();
  } else {
    t->message.set(message);
  }
  if (target.is_local_pid()) {
    Process* p = find_process(target);
    if (!p) {
      delete t;
      return;
    }
    sys::Locked<sys::Mutex> locked(target_lock(target));
    // One that has begun its exit has emptied its list, or will, for good.
    if (!p->exiting()) {
      t->target_next = p->timers;
      if (t->target_next) t->target_next->target_link = &t->target_next;
      t->target_link = &p->timers;
      p->timers = t;
    }
  }
  bif_timers.fetch_add(1, std::memory_order_relaxed);
  if (due <= sys::monotonic_time()) {
    fire(t);
    return;
  }
  insert(current_timer_service(), *t, due, &shard_of(t->key));
}

int64_t cancel_bif_timer(RefKey key) {
  BifTimer* t = take(key);
  if (!t) return -1;
  int64_t left;
  {
    sys::Locked<sys::Mutex> locked(t->service->lock);
    if (t->in_wheel()) {
      t->service->wheel.remove(t);
      note_next(*t->service);
    }
    left = t->due - sys::monotonic_time();
  }
  destroy(t);
  return left <= 0 ? 0 : (left + 999999) / 1000000;
}

int64_t read_bif_timer(RefKey key) {
  TimerShard& shard = shard_of(key);
  sys::Locked<sys::Mutex> locked(shard.lock);
  BifTimer* t = shard.by_ref.find(key);
  if (!t) return -1;
  int64_t left = t->due - sys::monotonic_time();
  return left <= 0 ? 0 : (left + 999999) / 1000000;
}

void cancel_bif_timers_of(Process& p) {
  std::vector<RefKey> keys;
  {
    sys::Locked<sys::Mutex> locked(target_lock(p.pid));
    for (BifTimer* t = p.timers; t; t = t->target_next) {
      keys.push_back(t->key);
      t->target_link = nullptr;
    }
    p.timers = nullptr;
  }
  for (RefKey key : keys) cancel_bif_timer(key);
}

size_t bif_timer_count() { return bif_timers.load(std::memory_order_relaxed); }
size_t bif_timer_bytes() { return bif_timer_count() * sizeof(BifTimer); }

void for_each_bif_timer(void (*f)(Term, Term, int64_t, void*), void* arg) {
  int64_t now = sys::monotonic_time();
  for (TimerShard& shard : shards) {
    sys::Locked<sys::Mutex> locked(shard.lock);
    shard.by_ref.each([&](BifTimer& t) { f(t.target, t.message.term, (t.due - now) / 1000000, arg); });
  }
}

}  // namespace joist
