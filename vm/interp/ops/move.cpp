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

// ---- between the frame and x registers, where move2 has no variant or there are more

#define TWO_MOVES(name)                                  \
  auto& in = operands<ins::name>(pc);                    \
  in.dst1.store<D1>(REGS, in.src1.load<S1>(REGS));       \
  in.dst2.store<D2>(REGS, in.src2.load<S2>(REGS))
OP_MODES(load2, S1, S2, D1, D2) {
  TWO_MOVES(load2);
  NEXT(load2);
}
OP_MODES(save2, S1, S2, D1, D2) {
  TWO_MOVES(save2);
  NEXT(save2);
}
OP_MODES(load3, S1, S2, S3, D1, D2, D3) {
  TWO_MOVES(load3);
  in.dst3.store<D3>(REGS, in.src3.load<S3>(REGS));
  NEXT(load3);
}
OP_MODES(save3, S1, S2, S3, D1, D2, D3) {
  TWO_MOVES(save3);
  in.dst3.store<D3>(REGS, in.src3.load<S3>(REGS));
  NEXT(save3);
}
using Frame = Modes<Mode::Y>;
using AnyX = Modes<Mode::X0, Mode::X1, Mode::X2, Mode::X3, Mode::XM>;
VARIANTS(load2, Frame, Frame, AnyX, AnyX)
VARIANTS(save2, AnyX, AnyX, Frame, Frame)
VARIANTS(load3, Frame, Frame, Frame, AnyX, AnyX, AnyX)
VARIANTS(save3, AnyX, AnyX, AnyX, Frame, Frame, Frame)

OP_MODES(swap, A, B) {
  auto& in = operands<ins::swap>(pc);
  Term a = in.a.load<A>(REGS), b = in.b.load<B>(REGS);
  ins::Dst{in.a.offset() | uint32_t(in.a.mode())}.store<A>(REGS, b);
  ins::Dst{in.b.offset() | uint32_t(in.b.mode())}.store<B>(REGS, a);
  NEXT(swap);
}
VARIANTS(swap, AllRegisters, AllRegisters)

}  // namespace joist
