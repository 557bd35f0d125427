// Whether a process is still inside old code.
#pragma once
#include "vm/code/module.h"
#include "vm/process/process.h"

namespace joist {

// True when the process's next instruction or a return address on its stack is in the old instance of the module. Thread that runs the
// process, or may look at it.
bool process_uses_old_code(Process& process, Term module);

}  // namespace joist
