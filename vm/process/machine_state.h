// What a thread that runs processes owns: the x and float registers and the machine's scratch. process.x points to its first field.
#pragma once
#include "vm/base/tunables.h"
#include "vm/process/process.h"

namespace joist {

struct MachineState {
  Term x[max_x_registers] = {};
  double floats[max_float_registers] = {};
  const Word* callee = nullptr;   // where a call whose target was found at run time goes …
  size_t callee_live = 0;         // … and how many x registers its arguments take
  bool keep_caller = false;       // even a tail call leaves the caller's frame, for the stacktrace
  const Export* calling = nullptr;
  const Fun* fun = nullptr;       // being called
  RunOutcome outcome = RunOutcome::Yield;
};

inline MachineState& machine_state(Process& process) { return *reinterpret_cast<MachineState*>(process.x); }

}  // namespace joist
