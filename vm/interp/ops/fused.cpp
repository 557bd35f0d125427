// Fused instructions: fewer dispatches for the sequences that profiles show most (loader/fuse.cpp makes them).
#include "vm/interp/ops/calls.h"

namespace joist {

using FourRegisters = Modes<Mode::X0, Mode::X1, Mode::X2, Mode::X3>;
using OnlyY = Modes<Mode::Y>;
using TupleElements = Modes<Mode::C, Mode::X0, Mode::X1, Mode::X2, Mode::Y, Mode::Any>;
using FirstOrFrame = Modes<Mode::X0, Mode::X1, Mode::C, Mode::Y, Mode::Any>;

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
  if (!has_room(process, E, HP, n)) [[unlikely]] GOTO_OP(allocate_zero_collect);
  // Four at a time, from above: what is too many is in the reserve for return addresses.
  static_assert(Heap::stack_reserve >= 3);
  Term* at = E;
  E -= n;
  do {
    at -= 4;
    at[0] = at[1] = at[2] = at[3] = nil;
  } while (at > E);
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
  if (!has_room(process, E, HP, in.frame.value)) [[unlikely]] GOTO_OP(allocate_move_collect);
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
  if (!has_room(process, E, HP, in.frame.value)) [[unlikely]] GOTO_OP(allocate_move2_collect);
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

// ---- terms built and returned

COLLECT_AND_RETRY(test_heap_put_tuple2)
OP_MODES(test_heap_put_tuple2, A, B, D) {
  auto& in = operands<ins::test_heap_put_tuple2>(pc);
  if (!has_room(process, E, HP, in.need.value)) [[unlikely]] GOTO_OP(test_heap_put_tuple2_collect);
  Term tuple = push_tuple2(HP, in.a.load<A>(REGS), in.b.load<B>(REGS));
  in.dst.store<D>(REGS, tuple);
  NEXT(test_heap_put_tuple2);
}
VARIANTS(test_heap_put_tuple2, TupleElements, TupleElements, FastRegisters)

COLLECT_AND_RETRY(put_tuple2_return)
OP_MODES(put_tuple2_return, A, B) {
  auto& in = operands<ins::put_tuple2_return>(pc);
  if (!has_room(process, E, HP, in.need.value)) [[unlikely]] GOTO_OP(put_tuple2_return_collect);
  x0 = push_tuple2(HP, in.a.load<A>(REGS), in.b.load<B>(REGS));
  RETURN_FROM(in.frame.value);
}
VARIANTS(put_tuple2_return, TupleElements, TupleElements)

COLLECT_AND_RETRY(put_list_return)
OP_MODES(put_list_return, H, T) {
  auto& in = operands<ins::put_list_return>(pc);
  if (!has_room(process, E, HP, in.need.value)) [[unlikely]] GOTO_OP(put_list_return_collect);
  x0 = push_cons(HP, in.head.load<H>(REGS), in.tail.load<T>(REGS));
  RETURN_FROM(in.frame.value);
}
VARIANTS(put_list_return, AllSources, FirstOrFrame)

// ---- a clause that ends a recursion

OP_MODES(is_eq_immediate_return, L, R) {
  auto& in = operands<ins::is_eq_immediate_return>(pc);
  if (!in.lhs.load<L>(REGS).same(in.rhs.term())) JUMP(in.fail);
  x0 = in.result.load<R>(REGS);
  RETURN_FROM(0);
}
VARIANTS(is_eq_immediate_return, AllRegisters, AllSources)

}  // namespace joist
