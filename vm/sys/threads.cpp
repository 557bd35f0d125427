#include "vm/sys/threads.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "vm/sys/clock.h"
#include "vm/sys/memory.h"

namespace joist::sys {

struct Thread {
  pthread_t id;
  void (*run)(void*);
  void* argument;
  char name[16];
  int cpu;
  std::atomic<int> owners{2};  // the handle and the thread itself
};

namespace {

void drop(Thread* t) {
  if (t->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(t, Alloc::System);
}

void* thread_main(void* p) {
  auto* t = static_cast<Thread*>(p);
  if (t->name[0]) set_thread_name(t->name);
  if (t->cpu >= 0) bind_thread(t->cpu);
  t->run(t->argument);
  drop(t);
  return nullptr;
}

}  // namespace

Thread* thread_start(void (*run)(void*), void* argument, const ThreadOptions& options) {
  auto* t = create<Thread>(Alloc::System);
  t->run = run;
  t->argument = argument;
  t->cpu = options.cpu;
  snprintf(t->name, sizeof t->name, "%s", options.name);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  if (options.stack_bytes) pthread_attr_setstacksize(&attributes, options.stack_bytes);
  sigset_t all, old;
  sigfillset(&all);
  for (int s : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) sigdelset(&all, s);
  pthread_sigmask(SIG_BLOCK, &all, &old);
  int error = pthread_create(&t->id, &attributes, thread_main, t);
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  pthread_attr_destroy(&attributes);
  if (error) {
    destroy(t, Alloc::System);
    return nullptr;
  }
  return t;
}
void thread_join(Thread* thread) {
  pthread_join(thread->id, nullptr);
  drop(thread);
}
void thread_detach(Thread* thread) {
  pthread_detach(thread->id);
  drop(thread);
}
void set_thread_name(const char* name) {
  char text[16];
  snprintf(text, sizeof text, "%s", name);
  pthread_setname_np(pthread_self(), text);
}
bool bind_thread(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return pthread_setaffinity_np(pthread_self(), sizeof set, &set) == 0;
}
size_t stack_bytes_left() {
  pthread_attr_t attributes;
  void* lowest;
  size_t size;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
  pthread_attr_getstack(&attributes, &lowest, &size);
  pthread_attr_destroy(&attributes);
  return size_t(static_cast<char*>(__builtin_frame_address(0)) - static_cast<char*>(lowest));
}
void yield_thread() { sched_yield(); }
void sleep_thread(int64_t ns) {
  timespec t{ns / 1000000000, ns % 1000000000};
  while (nanosleep(&t, &t) < 0 && errno == EINTR) {
  }
}

bool futex_wait(std::atomic<uint32_t>& word, uint32_t expected, int64_t ns) {
  timespec t{ns / 1000000000, ns % 1000000000};
  long r = syscall(SYS_futex, reinterpret_cast<uint32_t*>(&word), FUTEX_WAIT_PRIVATE, expected, ns < 0 ? nullptr : &t,
                   nullptr, 0);
  return !(r < 0 && errno == ETIMEDOUT);
}
void futex_wake(std::atomic<uint32_t>& word, int count) {
  syscall(SYS_futex, reinterpret_cast<uint32_t*>(&word), FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}

unsigned spins(unsigned wanted) {
  static const bool alone = cpus_available() == 1;
  return alone ? 0 : wanted;
}

void Event::set() {
  if (state_.exchange(1, std::memory_order_seq_cst) == 2) futex_wake(state_, 1);
}
bool Event::spin(unsigned times) {
  for (; times && !is_set(); times--) relax_cpu();
  return is_set();
}
void Event::wait() { wait_for(-1); }
bool Event::wait_for(int64_t ns) {
  int64_t deadline = ns < 0 ? 0 : os_monotonic_time() + ns;
  for (;;) {
    uint32_t clear = 0;
    if (!state_.compare_exchange_strong(clear, 2, std::memory_order_acq_rel) && clear == 1) return true;
    int64_t left = -1;
    if (ns >= 0) {
      left = deadline - os_monotonic_time();
      if (left <= 0) {
        uint32_t waiting = 2;
        return !state_.compare_exchange_strong(waiting, 0, std::memory_order_acq_rel);
      }
    }
    futex_wait(state_, 2, left);
  }
}

int cpus_configured() { return int(sysconf(_SC_NPROCESSORS_CONF)); }
int cpus_online() { return int(sysconf(_SC_NPROCESSORS_ONLN)); }
int cpus_quota() {
  long long quota = -1, period = 0;
  if (FILE* f = fopen("/sys/fs/cgroup/cpu.max", "r")) {
    char text[64];
    if (fgets(text, sizeof text, f) && strncmp(text, "max", 3) != 0) sscanf(text, "%lld %lld", &quota, &period);
    fclose(f);
  } else if (FILE* q = fopen("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "r")) {
    if (fscanf(q, "%lld", &quota) != 1) quota = -1;
    fclose(q);
    if (FILE* p = fopen("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "r")) {
      if (fscanf(p, "%lld", &period) != 1) period = 0;
      fclose(p);
    }
  }
  return quota > 0 && period > 0 ? int((quota + period - 1) / period) : 0;
}
int nth_cpu(int n) {
  cpu_set_t set;
  if (sched_getaffinity(getpid(), sizeof set, &set) != 0) return -1;
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
    if (CPU_ISSET(cpu, &set) && n-- == 0) return cpu;
  return -1;
}
int cpus_available() {
  cpu_set_t set;
  // Of the program's first thread: others may be bound to one processor.
  int n = sched_getaffinity(getpid(), sizeof set, &set) == 0 ? CPU_COUNT(&set) : cpus_online();
  int quota = cpus_quota();
  if (quota && quota < n) n = quota;
  return n > 0 ? n : 1;
}

}  // namespace joist::sys
