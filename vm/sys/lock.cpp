#include "vm/sys/lock.h"

#include "vm/base/assert.h"
#include "vm/sys/threads.h"

namespace joist::sys {

namespace {
constexpr unsigned spin_limit = 100;  // pauses before sleeping: about the time of a short critical section
}

void Mutex::lock_slow() {
  for (unsigned i = 0; i < spin_limit; i++) {
    uint32_t free = 0;
    if (state_.load(std::memory_order_relaxed) == 0 && state_.compare_exchange_weak(free, 1, std::memory_order_acquire)) return;
    relax_cpu();
  }
  while (state_.exchange(2, std::memory_order_acquire) != 0) futex_wait(state_, 2);
}
void Mutex::wake() { futex_wake(state_, 1); }

void Condition::wait(Mutex& held) { wait_for(held, -1); }
bool Condition::wait_for(Mutex& held, int64_t nanoseconds) {
  uint32_t now = sequence_.load(std::memory_order_relaxed);
  held.unlock();
  bool woken = futex_wait(sequence_, now, nanoseconds);
  held.lock();
  return woken;
}
void Condition::notify_one() {
  sequence_.fetch_add(1, std::memory_order_release);
  futex_wake(sequence_, 1);
}
void Condition::notify_all() {
  sequence_.fetch_add(1, std::memory_order_release);
  futex_wake(sequence_, 0x7fffffff);
}

void RwLock::take_slow(uint32_t busy, uint32_t mine) {
  for (unsigned i = 0;; i++) {
    uint32_t s = state_.load(std::memory_order_relaxed);
    if (!(s & busy)) {
      // For a writer: other sleepers may exist, so the waiting bit stays and unlock() wakes them.
      if (state_.compare_exchange_weak(s, s + mine, std::memory_order_acquire)) return;
      continue;
    }
    if (i < spin_limit) {
      relax_cpu();
      continue;
    }
    if (!(s & waiting)) {
      if (!state_.compare_exchange_weak(s, s | waiting, std::memory_order_relaxed)) continue;
      s |= waiting;
    }
    futex_wait(state_, s);
  }
}
// Called with no holder. Clears the waiting bit first, so that sleepers contend afresh.
void RwLock::wake_all() {
  state_.fetch_and(~waiting, std::memory_order_relaxed);
  futex_wake(state_, 0x7fffffff);
}

#ifdef JOIST_DEBUG
namespace {
struct HeldLock {
  const void* lock;
  LockRank rank;
};
constexpr size_t max_held = 1024;  // writers of many objects hold all stripes of a table
thread_local HeldLock held[max_held];
thread_local size_t held_count = 0;
}  // namespace

void note_lock(const void* lock, LockRank rank, bool tried) {
  if (rank != LockRank::None && !tried) {
    for (size_t i = 0; i < held_count; i++) {
      if (held[i].rank > rank || (held[i].rank == rank && !same_ok(rank)))
        PANIC("lock rank %u taken while rank %u is held", unsigned(rank), unsigned(held[i].rank));
    }
  }
  VERIFY(held_count < max_held);
  held[held_count++] = {lock, rank};
}
void note_unlock(const void* lock) {
  for (size_t i = held_count; i-- > 0;) {
    if (held[i].lock != lock) continue;
    for (held_count--; i < held_count; i++) held[i] = held[i + 1];
    return;
  }
  PANIC("unlock of a lock that this thread does not hold");
}
#endif

}  // namespace joist::sys
