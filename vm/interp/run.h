// Entering and leaving the machine.
#pragma once
#include "vm/process/machine_state.h"

namespace joist {

// Makes the VM's own code words. After init_natives(), before any process exists.
void init_machine();

// Runs the process on this thread until it yields, waits, exits or needs a dirty scheduler. process.reductions is the slice. Live x
// registers come from saved_x and go back there; in between process.x points to the thread's MachineState. Exited: process.exit_reason
// says why, and nothing of it runs again.
RunOutcome run_process(Process& process);

// For handlers: the machine is left when the handler returns. After SPILL; saves `live` x registers.
void leave(Process& process, RunOutcome outcome, size_t live);

}  // namespace joist
