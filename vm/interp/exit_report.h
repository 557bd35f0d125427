// The end of a process by an exception that nothing caught.
#pragma once
#include "vm/process/process.h"

namespace joist {

// After unwind() found no catch: works out the exit reason (process.exit_reason) and, for errors, sends the report
// "Error in process …" to the logger.
void die_of_exception(Process& process);

}  // namespace joist
