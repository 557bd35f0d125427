// What the scheduler needs of the layers above; set once before the schedulers start.
#pragma once
#include "vm/process/process.h"

namespace joist {

struct DirtyCall;  // vm/sched/dirty.h

struct MachineHooks {
  // vm/interp: runs the process until its slice ends; x registers come from saved_x and go back there.
  RunOutcome (*run_process)(Process& process) = nullptr;
  // vm/interp: the call of process.seldom_used().dirty_native on its saved arguments, for a dirty scheduler.
  DirtyCall* (*prepare_dirty_call)(Process& process) = nullptr;
};
extern MachineHooks machine_hooks;

}  // namespace joist
