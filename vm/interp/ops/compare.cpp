// Comparisons: as jumps (is_lt, is_eq_exact …) and as values (the guard natives '<', '=:=' …).
//
// Two small integers compare as words, most atoms by their first bytes. Everything else is a cold op: comparing allocates nothing and
// moves nothing.
#include "vm/interp/dispatch.h"
#include "vm/term/atom.h"
#include "vm/term/compare.h"
#include "vm/term/quick_order.h"

namespace joist {

static inline bool less_words(Term a, Term b) { return SWord(a.raw()) < SWord(b.raw()); }

// Order of any two terms; floats without a call when both are immediate.
static bool less(Term a, Term b) {
  if (a.is_inline_float() && b.is_inline_float()) return a.inline_float_value() < b.inline_float_value();
  return compare_terms(a, b) < 0;
}

// ---- order
#define ORDER_OP(name, small_condition, atom_condition, condition)                              \
  WARM_OP(name##_mixed) {                                                                       \
    auto& in = operands<ins::name>(pc);                                                         \
    SPILL_X();                                                                                  \
    Term lhs = in.lhs.load_spilled(process->x, E), rhs = in.rhs.load_spilled(process->x, E);    \
    bool holds = condition;                                                                     \
    RELOAD_X();                                                                                 \
    if (!holds) JUMP(in.fail);                                                                  \
    NEXT(name);                                                                                 \
  }                                                                                             \
  OP_MODES(name, L, R) {                                                                        \
    auto& in = operands<ins::name>(pc);                                                         \
    Term lhs = in.lhs.load<L>(REGS), rhs = in.rhs.load<R>(REGS);                                \
    if (!Term::both_small(lhs, rhs)) [[unlikely]] {                                             \
      int order;                                                                                \
      if (!quick_atom_order(lhs, rhs, &order)) GOTO_OP(name##_mixed);                           \
      if (!(atom_condition)) JUMP(in.fail);                                                     \
      NEXT(name);                                                                               \
    }                                                                                           \
    if (!(small_condition)) JUMP(in.fail);                                                      \
    NEXT(name);                                                                                 \
  }                                                                                             \
  VARIANTS(name, AllSources, AllSources)
ORDER_OP(is_lt, less_words(lhs, rhs), order < 0, less(lhs, rhs))
ORDER_OP(is_ge, !less_words(lhs, rhs), order >= 0, !less(lhs, rhs))

// With a constant small integer.
#define ORDER_SMALL_OP(name, small_condition, condition)                                        \
  WARM_OP(name##_mixed) {                                                                       \
    auto& in = operands<ins::name>(pc);                                                         \
    SPILL_X();                                                                                  \
    Term lhs = in.lhs.load_spilled(process->x, E), rhs = in.rhs.term();                         \
    bool holds = condition;                                                                     \
    RELOAD_X();                                                                                 \
    if (!holds) JUMP(in.fail);                                                                  \
    NEXT(name);                                                                                 \
  }                                                                                             \
  OP_MODES(name, L) {                                                                           \
    auto& in = operands<ins::name>(pc);                                                         \
    Term lhs = in.lhs.load<L>(REGS), rhs = in.rhs.term();                                       \
    if (!lhs.is_small()) [[unlikely]] GOTO_OP(name##_mixed);                                    \
    if (!(small_condition)) JUMP(in.fail);                                                      \
    NEXT(name);                                                                                 \
  }                                                                                             \
  VARIANTS(name, AllSources)
ORDER_SMALL_OP(is_lt_small, less_words(lhs, rhs), less(lhs, rhs))
ORDER_SMALL_OP(is_ge_small, !less_words(lhs, rhs), !less(lhs, rhs))
ORDER_SMALL_OP(is_gt_small, less_words(rhs, lhs), less(rhs, lhs))
ORDER_SMALL_OP(is_le_small, !less_words(rhs, lhs), !less(rhs, lhs))

// ---- exact equality
// Different words of which one is no pointer: different terms.
static inline bool surely_different(Term a, Term b) { return !a.is_pointer() || !b.is_pointer(); }

WARM_OP(is_eq_exact_deep) {
  auto& in = operands<ins::is_eq_exact>(pc);
  SPILL_X();
  bool equal = terms_equal(in.lhs.load_spilled(process->x, E), in.rhs.load_spilled(process->x, E));
  RELOAD_X();
  if (!equal) JUMP(in.fail);
  NEXT(is_eq_exact);
}
OP_MODES(is_eq_exact, L, R) {
  auto& in = operands<ins::is_eq_exact>(pc);
  Term lhs = in.lhs.load<L>(REGS), rhs = in.rhs.load<R>(REGS);
  if (!lhs.same(rhs)) {
    if (surely_different(lhs, rhs)) JUMP(in.fail);
    GOTO_OP(is_eq_exact_deep);
  }
  NEXT(is_eq_exact);
}
VARIANTS(is_eq_exact, AllSources, AllSources)

WARM_OP(is_ne_exact_deep) {
  auto& in = operands<ins::is_ne_exact>(pc);
  SPILL_X();
  bool equal = terms_equal(in.lhs.load_spilled(process->x, E), in.rhs.load_spilled(process->x, E));
  RELOAD_X();
  if (equal) JUMP(in.fail);
  NEXT(is_ne_exact);
}
OP_MODES(is_ne_exact, L, R) {
  auto& in = operands<ins::is_ne_exact>(pc);
  Term lhs = in.lhs.load<L>(REGS), rhs = in.rhs.load<R>(REGS);
  if (lhs.same(rhs)) JUMP(in.fail);
  if (!surely_different(lhs, rhs)) GOTO_OP(is_ne_exact_deep);
  NEXT(is_ne_exact);
}
VARIANTS(is_ne_exact, AllSources, AllSources)

OP_MODES(is_eq_immediate, L) {
  auto& in = operands<ins::is_eq_immediate>(pc);
  if (!in.lhs.load<L>(REGS).same(in.rhs.term())) JUMP(in.fail);
  NEXT(is_eq_immediate);
}
VARIANTS(is_eq_immediate, AllSources)

OP_MODES(is_ne_immediate, L) {
  auto& in = operands<ins::is_ne_immediate>(pc);
  if (in.lhs.load<L>(REGS).same(in.rhs.term())) JUMP(in.fail);
  NEXT(is_ne_immediate);
}
VARIANTS(is_ne_immediate, AllSources)

// ---- equality of numbers by value
WARM_OP(is_eq_mixed) {
  auto& in = operands<ins::is_eq>(pc);
  SPILL_X();
  bool equal = terms_equal_loose(in.lhs.load_spilled(process->x, E), in.rhs.load_spilled(process->x, E));
  RELOAD_X();
  if (!equal) JUMP(in.fail);
  NEXT(is_eq);
}
OP_MODES(is_eq, L, R) {
  auto& in = operands<ins::is_eq>(pc);
  Term lhs = in.lhs.load<L>(REGS), rhs = in.rhs.load<R>(REGS);
  if (!lhs.same(rhs)) {
    if (Term::both_small(lhs, rhs)) JUMP(in.fail);
    GOTO_OP(is_eq_mixed);
  }
  NEXT(is_eq);
}
VARIANTS(is_eq, FastRegisters, FastRegisters)

WARM_OP(is_ne_mixed) {
  auto& in = operands<ins::is_ne>(pc);
  SPILL_X();
  bool equal = terms_equal_loose(in.lhs.load_spilled(process->x, E), in.rhs.load_spilled(process->x, E));
  RELOAD_X();
  if (equal) JUMP(in.fail);
  NEXT(is_ne);
}
OP_MODES(is_ne, L, R) {
  auto& in = operands<ins::is_ne>(pc);
  Term lhs = in.lhs.load<L>(REGS), rhs = in.rhs.load<R>(REGS);
  if (lhs.same(rhs)) JUMP(in.fail);
  if (!Term::both_small(lhs, rhs)) GOTO_OP(is_ne_mixed);
  NEXT(is_ne);
}
VARIANTS(is_ne, FastRegisters, FastRegisters)

// ---- as values
#define VALUE_OP(name, quick, quick_result, result)                                             \
  WARM_OP(name##_value) {                                                                       \
    auto& in = operands<ins::name>(pc);                                                         \
    SPILL_X();                                                                                  \
    Term lhs = in.lhs.load_spilled(process->x, E), rhs = in.rhs.load_spilled(process->x, E);    \
    Term value = boolean(result);                                                               \
    RELOAD_X();                                                                                 \
    in.dst.store<Mode::Any>(REGS, value);                                                       \
    NEXT(name);                                                                                 \
  }                                                                                             \
  OP_MODES(name, L, R, D) {                                                                     \
    auto& in = operands<ins::name>(pc);                                                         \
    Term lhs = in.lhs.load<L>(REGS), rhs = in.rhs.load<R>(REGS);                                \
    if (!(quick)) [[unlikely]] GOTO_OP(name##_value);                                           \
    in.dst.store<D>(REGS, boolean(quick_result));                                               \
    NEXT(name);                                                                                 \
  }                                                                                             \
  VARIANTS(name, FirstRegisters, FirstRegisters, FirstRegisters)
VALUE_OP(eq_exact, lhs.same(rhs) || surely_different(lhs, rhs), lhs.same(rhs), terms_equal(lhs, rhs))
VALUE_OP(ne_exact, lhs.same(rhs) || surely_different(lhs, rhs), !lhs.same(rhs), !terms_equal(lhs, rhs))
VALUE_OP(eq, Term::both_small(lhs, rhs), lhs.same(rhs), terms_equal_loose(lhs, rhs))
VALUE_OP(ne, Term::both_small(lhs, rhs), !lhs.same(rhs), !terms_equal_loose(lhs, rhs))
VALUE_OP(lt, Term::both_small(lhs, rhs), less_words(lhs, rhs), less(lhs, rhs))
VALUE_OP(ge, Term::both_small(lhs, rhs), !less_words(lhs, rhs), !less(lhs, rhs))

}  // namespace joist
