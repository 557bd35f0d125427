// Fast ways through sequences of arithmetic. The instructions that they stand for follow behind them and run in all other cases: operands
// that are no small integers, results that are none, no room (loader/fuse_fast.cpp).
#include "vm/interp/ops/calls.h"

namespace joist {

using FourRegisters = Modes<Mode::X0, Mode::X1, Mode::X2, Mode::X3>;

OP_MODES(fast_times_plus, L, D) {
  auto& in = operands<ins::fast_times_plus>(pc);
  Term lhs = in.lhs.load<L>(REGS);
  SWord result;
  if (!lhs.is_small() || __builtin_mul_overflow(SWord(lhs.raw() - 7), in.factor.term().small_value(), &result) ||
      __builtin_add_overflow(result, SWord(in.addend.bits), &result)) [[unlikely]] NEXT(fast_times_plus);
  in.dst.store<D>(REGS, Term::from_raw(Word(result)));
  pc += words_of<ins::fast_times_plus> + words_of<ins::times> + words_of<ins::plus_small>;
  DISPATCH();
}
VARIANTS(fast_times_plus, FastRegisters, FastRegisters)

OP_MODES(fast_bsr_add_call_only, V, S) {
  auto& in = operands<ins::fast_bsr_add_call_only>(pc);
  Term value = in.value.load<V>(REGS), lhs = in.sum.load<S>(REGS);
  SWord sum;
  if (!Term::both_small(value, lhs) || __builtin_add_overflow(SWord(lhs.raw() - 7), SWord(in.addend.bits), &sum)) [[unlikely]]
    NEXT(fast_bsr_add_call_only);
  ins::Dst{}.store<V>(REGS, Term::from_raw(Word(SWord(value.raw()) >> in.shift.value) | 7));
  ins::Dst{}.store<S>(REGS, Term::from_raw(Word(sum)));
  ENTER_LOCAL(in.target);
}
VARIANTS(fast_bsr_add_call_only, FourRegisters, FourRegisters)

OP_MODES(fast_save_add_call, A) {
  auto& in = operands<ins::fast_save_add_call>(pc);
  Term argument = in.argument.load<A>(REGS);
  SWord sum;
  if (!argument.is_small() || !has_room(process, E, HP, 1) || __builtin_add_overflow(SWord(argument.raw() - 7), SWord(in.addend.bits), &sum))
    [[unlikely]] NEXT(fast_save_add_call);
  *--E = argument;
  x0 = Term::from_raw(Word(sum));
  *--E = Term::from_raw(reinterpret_cast<Word>(pc + words_of<ins::fast_save_add_call> + words_of<ins::allocate_move> +
                                               words_of<ins::add_call>));
  ENTER_LOCAL(in.target);
}
VARIANTS(fast_save_add_call, FourRegisters)

#define FAST_ORDER_RETURN(name, condition)                              \
  OP_MODES(name, L, R) {                                                \
    auto& in = operands<ins::name>(pc);                                 \
    Term lhs = in.lhs.load<L>(REGS);                                    \
    if (!lhs.is_small()) [[unlikely]] NEXT(name);                       \
    if (!(SWord(lhs.raw()) condition SWord(in.rhs.bits))) JUMP(in.fail); \
    x0 = in.result.load<R>(REGS);                                       \
    RETURN_FROM(0);                                                     \
  }                                                                     \
  VARIANTS(name, AllRegisters, AllSources)
FAST_ORDER_RETURN(fast_is_lt_return, <)
FAST_ORDER_RETURN(fast_is_ge_return, >=)

}  // namespace joist
