// The machine's registers. They are the arguments of every handler, so that they stay in CPU registers from one instruction to the next
// (calling convention preserve_none on x86-64; on AArch64 x20…x28):
//
//   pc       r12   address of the running instruction's handler word
//   E        r13   stack top: y(i) = E[i]; above the frame lies the return address
//   HP       r14   next free heap word
//   reds     r15   reductions left in the slice
//   process  rdi   the running process
//   x0…x3    rsi rdx rcx r8   x registers 0 to 3; the others are in process->x
//   free for a handler's own use: rax rbx rbp r9 r10 r11
#pragma once
#include "vm/code/ops.h"

namespace joist {

#define REGS pc, E, HP, reds, process, x0, x1, x2, x3
#define REGS_DECL                                                                                                          \
  [[maybe_unused]] const ::joist::Word *pc, [[maybe_unused]] ::joist::Term *E, [[maybe_unused]] ::joist::Word *HP,         \
  [[maybe_unused]] ::joist::SWord reds, [[maybe_unused]] ::joist::Process *process, [[maybe_unused]] ::joist::Term x0,     \
  [[maybe_unused]] ::joist::Term x1, [[maybe_unused]] ::joist::Term x2, [[maybe_unused]] ::joist::Term x3

}  // namespace joist
