// The end of a process.
#pragma once
#include "vm/process/process.h"

namespace joist {

// Owner's thread: the process exits with `reason` (of its heap, or immediate). Sets Exiting; what is left is done by
// continue_exit, called by the scheduler.
void begin_exit(Process& process, Term reason);
// Does a slice of the exit. True when it is finished: the struct then belongs to reclamation.
bool continue_exit(Process& process);
// After continue_exit returned true and the process is off all queues, marked Dead: frees it after the grace period.
void retire_process(Process& process);
// Answers a signal whose receiver is gone: monitors get noproc, and so on. Destroys it.
void answer_for_the_dead(Term receiver_pid, Signal* signal);

}  // namespace joist
