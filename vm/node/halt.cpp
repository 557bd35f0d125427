#include "vm/node/halt.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "vm/interp/profile.h"
#include "vm/interp/sampler.h"
#include "vm/node/boot.h"
#include "vm/port/port.h"
#include "vm/sys/console.h"
#include "vm/sys/threads.h"

namespace joist {
namespace {

std::atomic<bool> halting{false};
int exit_status = 0;
bool flush_wanted = false;
sys::Event halt_event;

}  // namespace

void request_halt(int status, bool flush) {
  if (halting.exchange(true)) return;
  exit_status = status;
  flush_wanted = flush;
  halt_event.set();
}

void request_crash(const std::string& slogan) {
  fprintf(stderr, "%s\r\n\r\n(Joist writes no crash dump yet)\r\n", slogan.c_str());
  request_halt(1, false);
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
