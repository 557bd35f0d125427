// What the scheduler needs of the layers above; set once before the schedulers start.
#pragma once
#include "vm/process/process.h"

namespace joist {

struct MachineHooks {
  // vm/interp: runs the process until its slice ends; x registers come from saved_x and go back there.
  RunOutcome (*run_process)(Process& process) = nullptr;
  // vm/interp: calls process.dirty_native on its saved arguments, on a dirty scheduler.
  RunOutcome (*run_dirty_native)(Process& process) = nullptr;
  // vm/trace: process scheduled in or out; may be null.
  void (*trace_running)(Process& process, bool in) = nullptr;
};
extern MachineHooks machine_hooks;

}  // namespace joist
