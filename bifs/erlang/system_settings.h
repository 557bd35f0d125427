// Settings that the command line or system_flag/2 makes and natives read.
#pragma once
#include <atomic>
#include <string>

#include "vm/term/term.h"

namespace joist {

struct SystemSettings {
  std::atomic<int64_t> outstanding_requests{4};
  std::atomic<int64_t> display_items{100000};

  // From the command line; constant once the schedulers run.
  size_t async_threads = 1;             // +A: only system_info(thread_pool_size); dirty I/O schedulers do that work
  size_t ets_limit = 8192;              // +e: only system_info(ets_limit); OTP too makes more tables than that
  uint32_t timing_level = 0;            // +T, and 1 more; 0: not given
  uint32_t compat_release = 25;         // +R
  bool port_parallelism = false;        // +spp
  bool break_ignored = false;           // +Bi
  const char* bind_type = "unbound";    // +sbt, as system_info(scheduler_bind_type) names it
  std::string otp_release = "25", erts_version = "13.1.5";  // of the OTP in use
};
extern SystemSettings system_settings;

}  // namespace joist
