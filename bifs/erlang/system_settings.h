// Settings that system_flag/2 changes and others read.
#pragma once
#include <atomic>

#include "vm/term/term.h"

namespace joist {

struct SystemSettings {
  std::atomic<int64_t> outstanding_requests{4};
  std::atomic<int64_t> display_items{100000};
};
extern SystemSettings system_settings;

}  // namespace joist
