// Making funs.
#include "vm/code/fun.h"
#include "vm/interp/dispatch.h"

namespace joist {

// Three words and the environment; room was made before.
OP_MODES(make_fun, D) {
  auto& in = operands<ins::make_fun>(pc);
  SPILL_X();
  Term* x = process->x;
  size_t count = in.count.value;
  auto* fun = reinterpret_cast<Fun*>(HP);
  HP += 3 + count;
  fun->header = make_header(Kind::Fun, 2 + count);
  fun->entry = in.fun.p;
  fun->creator = process->pid;
  for (size_t i = 0; i < count; i++) fun->env[i] = in.env.src(i).load_spilled(x, E);
  in.dst.store<D>(REGS, fun->term());
  NEXT_TAIL(make_fun, count);
}
VARIANTS(make_fun, AllRegisters)

// As compilers before OTP 24 made funs: nothing is reserved, the environment is in the first x registers.
COLD_OP(make_fun2_build) {
  auto& in = operands<ins::make_fun2>(pc);
  size_t count = in.live.value;
  if (!has_room(process, E, HP, 3 + count)) COLLECT(3 + count, count);
  SPILL();
  auto* fun = reinterpret_cast<Fun*>(process->heap.top);
  process->heap.top += 3 + count;
  fun->header = make_header(Kind::Fun, 2 + count);
  fun->entry = in.fun.p;
  fun->creator = process->pid;
  for (size_t i = 0; i < count; i++) fun->env[i] = process->x[i];
  RELOAD();
  x0 = fun->term();
  NEXT(make_fun2);
}
OP(make_fun2) { GOTO_OP(make_fun2_build); }

}  // namespace joist
