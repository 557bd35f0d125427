// Breakpoints, and returning through the frames that tracing puts on stacks.
#include "vm/code/breakpoints.h"
#include "vm/code/export.h"
#include "vm/interp/apply.h"
#include "vm/interp/dispatch.h"
#include "vm/interp/trace_frames.h"

namespace joist {

// After SPILL: does what is to be done at pc's breakpoint. False: the debugger is to be called.
static bool meet(Process& process, const Breakpoint** at) {
  FoundBreakpoint found = find_breakpoint(process.pc);
  *at = found.breakpoint;
  return !found.settings || call_hooks.called(process, *found.breakpoint, *found.settings);
}

COLD_OP(call_debugger) {
  SPILL();
  bool found = prepare_debugger(*process, *find_breakpoint(pc).breakpoint);
  RELOAD();
  if (!found) GOTO_OP(raise);
  pc = machine_state(*process).callee;
  DISPATCH();
}
OP(breakpoint) {
  SPILL();
  const Breakpoint* at;
  bool go_on = meet(*process, &at);
  auto handler = reinterpret_cast<Handler>(at->instruction.load(std::memory_order_relaxed));
  RELOAD();
  if (!go_on) GOTO_OP(call_debugger);
  [[clang::musttail]] return handler(REGS);
}
HANDLER void rerun_instruction(REGS_DECL) {
  auto handler = reinterpret_cast<Handler>(instruction_word(pc));
  [[clang::musttail]] return handler(REGS);
}

OP(call_breakpoint) {
  SPILL();
  const Breakpoint* at;
  meet(*process, &at);
  const Word* target = behind_breakpoint(*at);
  RELOAD();
  pc = target;
  DISPATCH();
}

// The rest of the frame lies on top of the stack, the caller's return address behind it; x0 is the result.
#define FINISH_FRAME(words)                                            \
  do {                                                                 \
    if (process->heap.wants_collection()) collect_live(*process, 0, 1); \
    RELOAD();                                                          \
    E += (words);                                                      \
    pc = reinterpret_cast<const Word*>(E->raw());                      \
    E++;                                                               \
    DISPATCH();                                                        \
  } while (0)

OP(return_trace) {
  SPILL();
  call_hooks.returned(*process, function_of_frame(E[0]), E[1]);
  FINISH_FRAME(2);
}
OP(return_to_trace) {
  SPILL();
  bool returns_to;
  call_hooks.returned_to(*process, caller_behind_frames(process->heap.stack, &returns_to));
  FINISH_FRAME(0);
}
OP(return_time) {
  SPILL();
  call_hooks.time_returned(*process, E);
  FINISH_FRAME(2);
}

}  // namespace joist
