// Sums fused with what uses them: the argument of a call, the result of a function, a comparison (loader/fuse_sums.cpp makes them).
//
// Results that are no small integers are cold. With a constant the error has no frame of the native, as in arith.cpp.
#include "vm/interp/ops/calls.h"
#include "vm/term/arith.h"

namespace joist {

using FourRegisters = Modes<Mode::X0, Mode::X1, Mode::X2, Mode::X3>;

[[gnu::always_inline]] static inline bool small_sum(Term lhs, Term rhs, SWord* sum) {
  return lhs.is_small() && !__builtin_add_overflow(SWord(lhs.raw() - 7), SWord(rhs.raw()), sum);
}

// After SPILL: lhs + rhs. The non-value when that is an error, which is set then.
[[gnu::cold, gnu::noinline]] static Term add_any(Process* process, const ins::Src& lhs_at, Term rhs, size_t live) {
  if (process->heap.wants_collection()) collect_live(*process, 0, live);
  Term lhs = lhs_at.load_spilled(process->x, reinterpret_cast<Term*>(process->heap.stack));
  auto sum = arith::add(process->heap, lhs, rhs);
  if (sum) return *sum;
  set_error(*process, Term(sum.error()));
  return Term();
}
#define ADD_SLOW(name)                                                      \
  auto& in = operands<ins::name>(pc);                                       \
  SPILL();                                                                  \
  Term sum = add_any(process, in.lhs, in.rhs.term(), in.live.value);        \
  RELOAD();                                                                 \
  if (!sum.is_value()) GOTO_OP(raise)
#define ADD(name)                                                           \
  auto& in = operands<ins::name>(pc);                                       \
  SWord sum;                                                                \
  if (!small_sum(in.lhs.load<L>(REGS), in.rhs.term(), &sum)) [[unlikely]] GOTO_OP(name##_slow); \
  in.dst.store<D>(REGS, Term::from_raw(Word(sum)))

// ---- the argument of a call

COLD_OP(add_call_slow) {
  ADD_SLOW(add_call);
  in.dst.store<Mode::Any>(REGS, sum);
  PUSH_RETURN(add_call);
  ENTER_LOCAL(in.target);
}
OP_MODES(add_call, L, D) {
  ADD(add_call);
  PUSH_RETURN(add_call);
  ENTER_LOCAL(in.target);
}
VARIANTS(add_call, AllRegisters, FourRegisters)

COLD_OP(add_call_only_slow) {
  ADD_SLOW(add_call_only);
  in.dst.store<Mode::Any>(REGS, sum);
  ENTER_LOCAL(in.target);
}
OP_MODES(add_call_only, L, D) {
  ADD(add_call_only);
  ENTER_LOCAL(in.target);
}
VARIANTS(add_call_only, AllRegisters, FourRegisters)

COLD_OP(add_call_last_slow) {
  ADD_SLOW(add_call_last);
  in.dst.store<Mode::Any>(REGS, sum);
  E += in.frame.value;
  ENTER_LOCAL(in.target);
}
OP_MODES(add_call_last, L, D) {
  ADD(add_call_last);
  E += in.frame.value;
  ENTER_LOCAL(in.target);
}
VARIANTS(add_call_last, AllRegisters, FourRegisters)

COLD_OP(exchange_add_call_slow) {
  ADD_SLOW(exchange_add_call);
  ins::at_offset<Term>(E, in.lhs.offset()) = x0;
  x0 = sum;
  PUSH_RETURN(exchange_add_call);
  ENTER_LOCAL(in.target);
}
OP(exchange_add_call) {
  auto& in = operands<ins::exchange_add_call>(pc);
  Term& slot = ins::at_offset<Term>(E, in.lhs.offset());
  SWord sum;
  if (!small_sum(slot, in.rhs.term(), &sum)) [[unlikely]] GOTO_OP(exchange_add_call_slow);
  slot = x0;
  x0 = Term::from_raw(Word(sum));
  PUSH_RETURN(exchange_add_call);
  ENTER_LOCAL(in.target);
}

// ---- the result of a function

#define RETURN_SUM(sum)          \
  do {                           \
    x0 = (sum);                  \
    RETURN_FROM(in.frame.value); \
  } while (0)

COLD_OP(plus_return_slow) {
  auto& in = operands<ins::plus_return>(pc);
  SPILL();
  if (process->heap.wants_collection()) collect_live(*process, 0, in.live.value);
  RELOAD();
  Term lhs = in.lhs.load<Mode::Any>(REGS), rhs = in.rhs.load<Mode::Any>(REGS);
  auto sum = arith::add(process->heap, lhs, rhs);
  HP = process->heap.top;
  if (!sum) {
    set_native_error(*process, Term(sum.error()), atom::plus, {lhs, rhs});
    GOTO_OP(raise);
  }
  RETURN_SUM(*sum);
}
OP_MODES(plus_return, L, R) {
  auto& in = operands<ins::plus_return>(pc);
  Term lhs = in.lhs.load<L>(REGS), rhs = in.rhs.load<R>(REGS);
  SWord sum;
  if (!rhs.is_small() || !small_sum(lhs, rhs, &sum)) [[unlikely]] GOTO_OP(plus_return_slow);
  RETURN_SUM(Term::from_raw(Word(sum)));
}
using SumOperands = Modes<Mode::X0, Mode::X1, Mode::Y, Mode::Any>;
VARIANTS(plus_return, SumOperands, SumOperands)

// ---- a bit tested

COLD_OP(band_is_eq_slow) {
  auto& in = operands<ins::band_is_eq>(pc);
  SPILL();
  if (process->heap.wants_collection()) collect_live(*process, 0, in.live.value);
  RELOAD();
  auto bits = arith::bit_and(process->heap, in.lhs.load<Mode::Any>(REGS), in.mask.term());
  HP = process->heap.top;
  if (!bits) RAISE_AS(in.bad, Term(bits.error()), atom::band, in.lhs.load<Mode::Any>(REGS), in.mask.term());
  in.dst.store<Mode::Any>(REGS, *bits);
  if (!(*bits).same(in.rhs.term())) JUMP(in.fail);
  NEXT(band_is_eq);
}
// The tag bits of an and are all set only when they are in both.
OP_MODES(band_is_eq, L, D) {
  auto& in = operands<ins::band_is_eq>(pc);
  Term bits = Term::from_raw(in.lhs.load<L>(REGS).raw() & in.mask.bits);
  if (!bits.is_small()) [[unlikely]] GOTO_OP(band_is_eq_slow);
  in.dst.store<D>(REGS, bits);
  if (!bits.same(in.rhs.term())) JUMP(in.fail);
  NEXT(band_is_eq);
}
VARIANTS(band_is_eq, AllRegisters, FastRegisters)

}  // namespace joist
