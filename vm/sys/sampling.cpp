// A CPU-time timer for each sampled thread, whose signal goes to that thread.
#include "vm/sys/sampling.h"

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>

namespace joist::sys {
namespace {

std::atomic<SampleHook> sample_hook{nullptr};

void on_tick(int, siginfo_t* info, void* context) {
  unsigned weight = info->si_code == SI_TIMER ? 1 + unsigned(info->si_overrun) : 1;
  [[maybe_unused]] auto& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  SampledRegisters registers{Word(machine.gregs[REG_R12]), Word(machine.gregs[REG_R13]),
                             reinterpret_cast<const Word*>(machine.gregs[REG_RSP]), weight};
#elif defined(__aarch64__)
  SampledRegisters registers{Word(machine.regs[20]), Word(machine.regs[21]), reinterpret_cast<const Word*>(machine.sp), weight};
#else
  return;
#endif
  sample_hook.load(std::memory_order_relaxed)(registers);
}

}  // namespace

bool sample_this_thread(unsigned per_second, SampleHook hook) {
#if !defined(__x86_64__) && !defined(__aarch64__)
  return false;
#endif
  sample_hook.store(hook, std::memory_order_relaxed);
  struct sigaction action = {};
  action.sa_sigaction = on_tick;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigemptyset(&action.sa_mask);
  struct sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGPROF;
  event._sigev_un._tid = pid_t(syscall(SYS_gettid));
  timer_t timer;
  if (sigaction(SIGPROF, &action, nullptr) != 0 || timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) != 0) return false;
  sigset_t ticks;
  sigemptyset(&ticks);
  sigaddset(&ticks, SIGPROF);
  pthread_sigmask(SIG_UNBLOCK, &ticks, nullptr);
  struct itimerspec period = {};
  period.it_interval.tv_nsec = period.it_value.tv_nsec = 1'000'000'000L / long(per_second);
  return timer_settime(timer, 0, &period, nullptr) == 0;
}

}  // namespace joist::sys
