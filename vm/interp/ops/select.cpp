// Selection by value: select_val and select_tuple_arity, in the form that suits the values.
#include "vm/interp/dispatch.h"
#include "vm/term/compare.h"

namespace joist {

// Small integers close together: a jump table.
OP_MODES(select_small_range, S) {
  auto& in = operands<ins::select_small_range>(pc);
  Term value = in.value.load<S>(REGS);
  Word index = Word(value.small_value() - in.first.term().small_value());
  if (!value.is_small() || index >= in.count.value) JUMP(in.fail);
  pc += in.targets.distance(index);
  DISPATCH();
}
VARIANTS(select_small_range, AllSources)

// A few immediates: their words as the source has them, then as many distances.
OP_MODES(select_immediate_few, S) {
  auto& in = operands<ins::select_immediate_few>(pc);
  Word value = in.value.load<S>(REGS).raw();
  size_t count = in.count.value;
  for (size_t i = 0; i < count; i++) {
    if (in.cases.number(i) == value) {
      pc += in.cases.distance(count + i);
      DISPATCH();
    }
  }
  JUMP(in.fail);
}
VARIANTS(select_immediate_few, AllSources)

// More of them: in ascending order.
OP_MODES(select_immediate, S) {
  auto& in = operands<ins::select_immediate>(pc);
  Word value = in.value.load<S>(REGS).raw();
  size_t count = in.count.value, low = 0;
  // The last word ≤ value, without a branch that depends on the words.
  for (size_t left = count; left > 1;) {
    size_t half = left / 2;
    low += in.cases.number(low + half) <= value ? half : 0;
    left -= half;
  }
  if (in.cases.number(low) != value) JUMP(in.fail);
  pc += in.cases.distance(count + low);
  DISPATCH();
}
VARIANTS(select_immediate, AllSources)

// Immediates in a table without collisions: the loader found a multiplier for which every value has a slot of its own.
OP_MODES(select_hash, S) {
  auto& in = operands<ins::select_hash>(pc);
  Word value = in.value.load<S>(REGS).raw();
  size_t slot = value * in.multiplier.value >> in.shift.value;
  if (in.slots.number(2 * slot) != value) JUMP(in.fail);
  pc += in.slots.distance(2 * slot + 1);
  DISPATCH();
}
VARIANTS(select_hash, AllSources)

OP_MODES(select_arity, S) {
  auto& in = operands<ins::select_arity>(pc);
  Term value = in.value.load<S>(REGS);
  if (!value.is_boxed()) JUMP(in.fail);
  Word header = value.header();
  size_t count = in.count.value;
  for (size_t i = 0; i < count; i++) {
    if (in.cases.number(i) == header) {
      pc += in.cases.distance(count + i);
      DISPATCH();
    }
  }
  JUMP(in.fail);
}
VARIANTS(select_arity, FastRegisters)

// Floats, large integers: compared one after the other.
COLD_OP(select_term_search) {
  auto& in = operands<ins::select_term>(pc);
  Term value = in.value.load<Mode::Any>(REGS);
  size_t count = in.count.value;
  for (size_t i = 0; i < count; i++) {
    if (terms_equal(in.cases.term(i), value)) {
      pc += in.cases.distance(count + i);
      DISPATCH();
    }
  }
  JUMP(in.fail);
}
OP(select_term) { GOTO_OP(select_term_search); }

}  // namespace joist
