#include "vm/node/halt.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "vm/interp/profile.h"
#include "vm/interp/sampler.h"
#include "vm/node/boot.h"
#include "vm/node/crash_dump.h"
#include "vm/port/port.h"
#include "vm/sched/blocking.h"
#include "vm/sched/scheduler.h"
#include "vm/sys/console.h"
#include "vm/sys/threads.h"

namespace joist {
namespace {

std::atomic<bool> halting{false};
int exit_status = 0;
bool flush_wanted = false;
sys::Event halt_event;

bool runs_scheduler() { return current_scheduler() && current_scheduler()->kind == SchedulerKind::Normal; }

}  // namespace

void request_halt(int status, bool flush) {
  if (halting.exchange(true)) return;
  exit_status = status;
  flush_wanted = flush;
  halt_event.set();
}

void request_crash(const std::string& slogan) {
  bool on_scheduler = runs_scheduler();
  if (on_scheduler) block_others();
  write_crash_dump(slogan, DumpExtent::Whole);
  request_halt(1, false);
  if (!on_scheduler) return;
  for (sys::Event never;;) never.wait();
}

void dump_exhausted(const char* slogan) {
  constexpr int64_t patience = 1'000'000'000;
  write_crash_dump(slogan, runs_scheduler() && block_others_within(patience) ? DumpExtent::Exhausted : DumpExtent::General);
}

void halt_abort() { abort(); }

int wait_for_halt() {
  while (!halting.load()) {
    halt_event.wait();
    halt_event.reset();
  }
  if (flush_wanted) flush_ports();
  fflush(nullptr);
  print_op_profile();
  if (!write_samples()) perror("joist: cannot write the profile");
  sys::exit_process(exit_status);
}

}  // namespace joist
