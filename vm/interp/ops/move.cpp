// Moves.
#include "vm/interp/dispatch.h"

namespace joist {

OP_MODES(move, S, D) {
  auto& in = operands<ins::move>(pc);
  in.dst.store<D>(REGS, in.src.load<S>(REGS));
  NEXT(move);
}
VARIANTS(move, AllSources, AllRegisters)

}  // namespace joist
