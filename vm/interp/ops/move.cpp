// Moves.
#include "vm/interp/dispatch.h"

namespace joist {

OP_MODES(move, S, D) {
  auto& in = operands<ins::move>(pc);
  in.dst.store<D>(REGS, in.src.load<S>(REGS));
  NEXT(move);
}
VARIANTS(move, AllSources, AllRegisters)

OP_MODES(move2, S1, S2, D1, D2) {
  auto& in = operands<ins::move2>(pc);
  in.dst1.store<D1>(REGS, in.src1.load<S1>(REGS));
  in.dst2.store<D2>(REGS, in.src2.load<S2>(REGS));
  NEXT(move2);
}
using MoveSources = Modes<Mode::X0, Mode::X1, Mode::X2, Mode::Y, Mode::C>;
using MoveDestinations = Modes<Mode::X0, Mode::X1, Mode::X2, Mode::Y>;
VARIANTS(move2, MoveSources, MoveSources, MoveDestinations, MoveDestinations)

OP_MODES(swap, A, B) {
  auto& in = operands<ins::swap>(pc);
  Term a = in.a.load<A>(REGS), b = in.b.load<B>(REGS);
  ins::Dst{in.a.offset() | uint32_t(in.a.mode())}.store<A>(REGS, b);
  ins::Dst{in.b.offset() | uint32_t(in.b.mode())}.store<B>(REGS, a);
  NEXT(swap);
}
VARIANTS(swap, AllRegisters, AllRegisters)

}  // namespace joist
