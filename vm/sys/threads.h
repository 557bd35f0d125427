// Threads, parking and processor counts.
#pragma once
#include <atomic>

#include "vm/base/types.h"

namespace joist::sys {

// Handle of a started thread; opaque.
struct Thread;

struct ThreadOptions {
  const char* name = "";       // at most 15 characters are shown by the OS
  size_t stack_bytes = 0;      // 0: the OS's default
  int cpu = -1;                // bind to this logical processor; -1: any
};
// Null when the OS refuses. Signals are blocked in the new thread: one thread of vm/sys handles them.
Thread* thread_start(void (*run)(void*), void* argument, const ThreadOptions& options = {});
void thread_join(Thread* thread);
void thread_detach(Thread* thread);
// Of the calling thread.
void set_thread_name(const char* name);
bool bind_thread(int cpu);
// What is left of the calling thread's C stack.
size_t stack_bytes_left();
void yield_thread();
void sleep_thread(int64_t nanoseconds);
inline void relax_cpu() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// `wanted` pauses, or none where no other processor could bring what is waited for.
unsigned spins(unsigned wanted);

// Parking place of one thread. set() wakes the waiter or makes the next wait return at once. Reset before checking for work:
//   event.reset(); if (nothing to do) event.wait();
class Event {
 public:
  void reset() { state_.store(0, std::memory_order_seq_cst); }
  // Any thread. Costs an exchange when nobody waits.
  void set();
  // Looks `times` times, a pause apart. True when it is set.
  bool spin(unsigned times);
  // Returns when set.
  void wait();
  // False on timeout. nanoseconds < 0: no limit.
  bool wait_for(int64_t nanoseconds);
  bool is_set() const { return state_.load(std::memory_order_acquire) == 1; }

 private:
  // 0 clear, 1 set, 2 clear and a thread sleeps
  std::atomic<uint32_t> state_{0};
};

// Sleeps while *word == expected; false on timeout (nanoseconds < 0: none). May return early.
bool futex_wait(std::atomic<uint32_t>& word, uint32_t expected, int64_t nanoseconds = -1);
void futex_wake(std::atomic<uint32_t>& word, int count);

int cpus_configured();
int cpus_online();
// That this OS process may use: affinity mask, then the cgroup's quota (rounded up).
int cpus_available();
// The logical processor that is `n`-th (from 0) in the affinity mask; -1: there are fewer.
int nth_cpu(int n);
int cpus_quota();  // of the cgroup; 0 when there is none

}  // namespace joist::sys
