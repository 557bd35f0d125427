// Only a thread itself adds to its counters. Turning the measurement off or resetting is done from another thread: what a thread has
// under way then is at most one stretch too much or too little, as OTP's documentation allows.
#include "vm/sys/microstates.h"

#include "vm/sys/clock.h"
#include "vm/sys/lock.h"

namespace joist::sys {

namespace {
Mutex lock{LockRank::Leaf};
std::atomic<Microstates*> threads{nullptr};  // the newest first; written under the lock
}  // namespace

namespace detail {

thread_local Microstates* own_microstates = nullptr;

void switch_microstate(Microstate to) {
  Microstates* m = own_microstates;
  if (!m) return;
  if (!microstates_on.load(std::memory_order_relaxed)) {  // turned off since the state was entered
    m->now.store(to, std::memory_order_relaxed);
    m->since.store(0, std::memory_order_relaxed);
    return;
  }
  int64_t time = monotonic_time(), since = m->since.load(std::memory_order_relaxed);
  auto& sum = m->nanoseconds[size_t(m->now.load(std::memory_order_relaxed))];
  if (since) sum.store(sum.load(std::memory_order_relaxed) + uint64_t(time - since), std::memory_order_relaxed);
  m->now.store(to, std::memory_order_relaxed);
  m->since.store(time, std::memory_order_relaxed);
}

}  // namespace detail

Microstates* open_account(const char* type, uint32_t id) {
  auto* m = new Microstates(type, id);
  m->now.store(Microstate::Sleep, std::memory_order_relaxed);
  Locked guard(lock);
  m->next = threads.load(std::memory_order_relaxed);
  threads.store(m, std::memory_order_release);
  return m;
}

void take_account(Microstates* account) {
  detail::own_microstates = account;
  detail::switch_microstate(Microstate::Other);
}

void InMicrostate::enter(Microstate state) {
  if (!detail::own_microstates) return;
  before_ = detail::own_microstates->now.load(std::memory_order_relaxed);
  entered_ = true;
  detail::switch_microstate(state);
}

Microstate current_microstate() {
  return detail::own_microstates ? detail::own_microstates->now.load(std::memory_order_relaxed) : Microstate::Other;
}

bool microstates_measured() { return detail::microstates_on.load(); }

void measure_microstates(bool on) {
  Locked guard(lock);
  if (detail::microstates_on.load() == on) return;
  int64_t time = monotonic_time();
  for (Microstates* m = threads.load(); m; m = m->next) {
    if (!on) {
      auto& sum = m->nanoseconds[size_t(m->now.load())];
      if (int64_t since = m->since.load()) sum.fetch_add(uint64_t(time - since));
    }
    m->since.store(on ? time : 0);
  }
  detail::microstates_on.store(on);
}

void reset_microstates() {
  Locked guard(lock);
  int64_t time = monotonic_time();
  for (Microstates* m = threads.load(); m; m = m->next) {
    for (auto& sum : m->nanoseconds) sum.store(0);
    if (m->since.load()) m->since.store(time);
  }
}

uint64_t microstate_time(const Microstates& m, Microstate state) {
  uint64_t sum = m.nanoseconds[size_t(state)].load(std::memory_order_relaxed);
  int64_t since = m.since.load(std::memory_order_relaxed);
  if (!since || m.now.load(std::memory_order_relaxed) != state) return sum;
  int64_t running = monotonic_time() - since;
  return running > 0 ? sum + uint64_t(running) : sum;
}

void for_each_accounted_thread(void (*f)(Microstates& thread, void* argument), void* argument) {
  for (Microstates* m = threads.load(std::memory_order_acquire); m; m = m->next) f(*m, argument);
}

}  // namespace joist::sys
