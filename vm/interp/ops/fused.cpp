// Fused instructions: fewer dispatches for the sequences that profiles show most (loader/fuse.cpp makes them).
#include "vm/interp/ops/calls.h"
#include "vm/term/arith.h"

namespace joist {

using FourRegisters = Modes<Mode::X0, Mode::X1, Mode::X2, Mode::X3>;
using OnlyY = Modes<Mode::Y>;

// ---- frames

COLD_OP(allocate_zero_collect) {
  auto& in = operands<ins::allocate_zero>(pc);
  COLLECT(in.frame.value, in.live.value);
  size_t n = in.frame.value;
  E -= n;
  for (size_t i = 0; i < n; i++) E[i] = nil;
  NEXT(allocate_zero);
}
OP(allocate_zero) {
  auto& in = operands<ins::allocate_zero>(pc);
  size_t n = in.frame.value;
  if (!has_room(E, HP, n)) [[unlikely]] GOTO_OP(allocate_zero_collect);
  E -= n;
  Term* slot = E;
  do *slot++ = nil;
  while (--n);
  NEXT(allocate_zero);
}

COLD_OP(allocate_move_collect) {
  auto& in = operands<ins::allocate_move>(pc);
  COLLECT(in.frame.value, in.live.value);
  E -= in.frame.value;
  in.dst.store<Mode::Y>(REGS, in.src.load<Mode::Any>(REGS));
  NEXT(allocate_move);
}
OP_MODES(allocate_move, S, D) {
  auto& in = operands<ins::allocate_move>(pc);
  if (!has_room(E, HP, in.frame.value)) [[unlikely]] GOTO_OP(allocate_move_collect);
  E -= in.frame.value;
  in.dst.store<D>(REGS, in.src.load<S>(REGS));
  NEXT(allocate_move);
}
VARIANTS(allocate_move, FourRegisters, OnlyY)

COLD_OP(allocate_move2_collect) {
  auto& in = operands<ins::allocate_move2>(pc);
  COLLECT(in.frame.value, in.live.value);
  E -= in.frame.value;
  in.dst1.store<Mode::Y>(REGS, in.src1.load<Mode::Any>(REGS));
  in.dst2.store<Mode::Y>(REGS, in.src2.load<Mode::Any>(REGS));
  NEXT(allocate_move2);
}
OP_MODES(allocate_move2, S1, S2) {
  auto& in = operands<ins::allocate_move2>(pc);
  if (!has_room(E, HP, in.frame.value)) [[unlikely]] GOTO_OP(allocate_move2_collect);
  E -= in.frame.value;
  in.dst1.store<Mode::Y>(REGS, in.src1.load<S1>(REGS));
  in.dst2.store<Mode::Y>(REGS, in.src2.load<S2>(REGS));
  NEXT(allocate_move2);
}
VARIANTS(allocate_move2, FourRegisters, FourRegisters)

OP(trim_call) {
  auto& in = operands<ins::trim_call>(pc);
  E += in.words.value;
  PUSH_RETURN(trim_call);
  ENTER_LOCAL(in.target);
}

// ---- tuples

[[gnu::always_inline]] static inline Term element_at(const Word* tuple, uint32_t offset) {
  return Term::from_raw(*reinterpret_cast<const Word*>(reinterpret_cast<const char*>(tuple) + offset));
}

OP_MODES(is_tagged_tuple_get_element, S, D) {
  auto& in = operands<ins::is_tagged_tuple_get_element>(pc);
  Term arg = in.tuple.load<S>(REGS);
  if (!arg.is_boxed()) JUMP(in.fail);
  const Word* words = arg.boxed_words();
  if (words[0] != in.header.bits || words[1] != in.tag.bits) JUMP(in.fail);
  in.dst.store<D>(REGS, element_at(words, in.offset.value));
  NEXT(is_tagged_tuple_get_element);
}
VARIANTS(is_tagged_tuple_get_element, AllRegisters, AllRegisters)

OP_MODES(is_tuple_of_arity_get_element, S, D) {
  auto& in = operands<ins::is_tuple_of_arity_get_element>(pc);
  Term arg = in.tuple.load<S>(REGS);
  if (!arg.is_boxed()) JUMP(in.fail);
  const Word* words = arg.boxed_words();
  if (words[0] != Tuple::make(in.arity.value)) JUMP(in.fail);
  in.dst.store<D>(REGS, element_at(words, in.offset.value));
  NEXT(is_tuple_of_arity_get_element);
}
VARIANTS(is_tuple_of_arity_get_element, AllRegisters, AllRegisters)

// ---- a sum as the first argument of a call

// To x0; no small integers, or no small sum. Raises as plus_small does: without a frame of the native.
template <class Ins>
[[gnu::cold, gnu::noinline]] static bool add_slow(Process* process, const Ins& in, Term lhs, Term* sum) {
  auto result = arith::add(process->heap, lhs, in.rhs.term());
  if (!result) {
    set_error(*process, Term(result.error()));
    return false;
  }
  *sum = *result;
  return true;
}
#define ADD_SLOW(name)                                               \
  auto& in = operands<ins::name>(pc);                                \
  SPILL();                                                           \
  if (process->heap.wants_collection()) collect_live(*process, 0, in.live.value); \
  Term lhs = in.lhs.load_spilled(process, reinterpret_cast<Term*>(process->heap.stack)); \
  Term sum;                                                          \
  bool good = add_slow(process, in, lhs, &sum);                      \
  RELOAD();                                                          \
  if (!good) GOTO_OP(raise);                                         \
  x0 = sum
#define ADD(name)                                                    \
  auto& in = operands<ins::name>(pc);                                \
  Term lhs = in.lhs.load<L>(REGS);                                   \
  SWord sum;                                                         \
  if (!lhs.is_small() || __builtin_add_overflow(SWord(lhs.raw()), SWord(in.rhs.bits - 7), &sum)) [[unlikely]] GOTO_OP(name##_slow); \
  x0 = Term::from_raw(Word(sum))

COLD_OP(add_call_slow) {
  ADD_SLOW(add_call);
  PUSH_RETURN(add_call);
  ENTER_LOCAL(in.target);
}
OP_MODES(add_call, L) {
  ADD(add_call);
  PUSH_RETURN(add_call);
  ENTER_LOCAL(in.target);
}
VARIANTS(add_call, AllRegisters)

COLD_OP(add_call_only_slow) {
  ADD_SLOW(add_call_only);
  ENTER_LOCAL(in.target);
}
OP_MODES(add_call_only, L) {
  ADD(add_call_only);
  ENTER_LOCAL(in.target);
}
VARIANTS(add_call_only, AllRegisters)

COLD_OP(add_call_last_slow) {
  ADD_SLOW(add_call_last);
  E += in.frame.value;
  ENTER_LOCAL(in.target);
}
OP_MODES(add_call_last, L) {
  ADD(add_call_last);
  E += in.frame.value;
  ENTER_LOCAL(in.target);
}
VARIANTS(add_call_last, AllRegisters)

}  // namespace joist
