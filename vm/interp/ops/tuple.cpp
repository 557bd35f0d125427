// Tuples.
#include "vm/interp/dispatch.h"

namespace joist {

// The element at a byte offset from the header.
static inline Term element_at_offset(Term tuple, uint32_t offset) {
  return Term::from_raw(*reinterpret_cast<const Word*>(tuple.raw() - Word(Tag::Boxed) + offset));
}

OP_MODES(get_tuple_element, S, D) {
  auto& in = operands<ins::get_tuple_element>(pc);
  in.dst.store<D>(REGS, element_at_offset(in.tuple.load<S>(REGS), in.offset.value));
  NEXT(get_tuple_element);
}
VARIANTS(get_tuple_element, AllSources, AllRegisters)

OP_MODES(get_tuple_element2, S, D1, D2) {
  auto& in = operands<ins::get_tuple_element2>(pc);
  Term tuple = in.tuple.load<S>(REGS);
  Term first = element_at_offset(tuple, in.offset1.value), second = element_at_offset(tuple, in.offset2.value);
  in.dst1.store<D1>(REGS, first);
  in.dst2.store<D2>(REGS, second);
  NEXT(get_tuple_element2);
}
VARIANTS(get_tuple_element2, AllSources, AllRegisters, AllRegisters)

// The x registers go to memory first, so that every element is one load from one of two bases.
OP_MODES(put_tuple, D) {
  auto& in = operands<ins::put_tuple>(pc);
  SPILL_X();
  Term* x = process->x;
  size_t count = in.count.value;
  Word* tuple = HP;
  tuple[0] = Tuple::make(count);
  HP += 1 + count;
  for (size_t i = 0; i < count; i++) tuple[1 + i] = in.elements.src(i).load_spilled(x, E).raw();
  in.dst.store<D>(REGS, Term::boxed(tuple));
  NEXT_TAIL(put_tuple, count);
}
VARIANTS(put_tuple, AllRegisters)

OP_MODES(put_tuple2, A, B, D) {
  auto& in = operands<ins::put_tuple2>(pc);
  Term tuple = push_tuple2(HP, in.a.load<A>(REGS), in.b.load<B>(REGS));
  in.dst.store<D>(REGS, tuple);
  NEXT(put_tuple2);
}
using FirstElement = Modes<Mode::C, Mode::X0, Mode::X1, Mode::X2, Mode::Y, Mode::Any>;
VARIANTS(put_tuple2, FirstElement, FirstElement, FirstRegisters)

OP_MODES(put_tuple3, A, B, C, D) {
  auto& in = operands<ins::put_tuple3>(pc);
  HP[0] = Tuple::make(3);
  HP[1] = in.a.load<A>(REGS).raw();
  HP[2] = in.b.load<B>(REGS).raw();
  HP[3] = in.c.load<C>(REGS).raw();
  Term tuple = Term::boxed(HP);
  HP += 4;
  in.dst.store<D>(REGS, tuple);
  NEXT(put_tuple3);
}
using NextElement = Modes<Mode::X0, Mode::X1, Mode::X2, Mode::X3, Mode::Any>;
using LastElement = Modes<Mode::X0, Mode::X1, Mode::X2, Mode::X3, Mode::C, Mode::Any>;
using AtomOrElement = Modes<Mode::C, Mode::X0, Mode::X1, Mode::Any>;
VARIANTS(put_tuple3, AtomOrElement, NextElement, LastElement, FirstRegisters)

// Destructive: the compiler knows that nobody else has the tuple and that no collection came between.
OP(set_tuple_element) {
  auto& in = operands<ins::set_tuple_element>(pc);
  Term tuple = in.tuple.load<Mode::Any>(REGS);
  *reinterpret_cast<Word*>(tuple.raw() - Word(Tag::Boxed) + in.offset.value) = in.value.load<Mode::Any>(REGS).raw();
  NEXT(set_tuple_element);
}

// A copy with some elements replaced; room was made before. With `reuse`, the record itself when nothing would change.
OP(update_record) {
  auto& in = operands<ins::update_record>(pc);
  SPILL_X();
  Term* x = process->x;
  size_t arity = in.arity.value, count = in.count.value;
  Term result = in.record.load_spilled(x, E);
  const Word* from = result.boxed_words();
  bool same = in.reuse.value;
  for (size_t i = 0; same && i < count; i += 2)
    same = from[in.updates.number(i)] == in.updates.src(i + 1).load_spilled(x, E).raw();
  if (!same) {
    Word* to = HP;
    HP += 1 + arity;
    for (size_t i = 0; i <= arity; i++) to[i] = from[i];
    for (size_t i = 0; i < count; i += 2) to[in.updates.number(i)] = in.updates.src(i + 1).load_spilled(x, E).raw();
    result = Term::boxed(to);
  }
  in.dst.store<Mode::Any>(REGS, result);
  NEXT_TAIL(update_record, count);
}

}  // namespace joist
