// Floats in float registers. A result that is not finite is badarith: the VM has no infinities and no NaNs.
#include "vm/interp/dispatch.h"
#include "vm/term/arith.h"

namespace joist {

OP_MODES(fmove_load, S) {
  auto& in = operands<ins::fmove_load>(pc);
  float_register(process, in.dst) = float_value(in.src.load<S>(REGS));
  NEXT(fmove_load);
}
VARIANTS(fmove_load, AllSources)

OP_MODES(fmove_store, D) {
  auto& in = operands<ins::fmove_store>(pc);
  double d = float_register(process, in.src);
  if (Term::fits_inline_float(d)) [[likely]] {
    in.dst.store<D>(REGS, Term::inline_float(d));
  } else {
    auto* box = reinterpret_cast<FloatBox*>(HP);
    HP += FloatBox::words;
    box->header = make_header(Kind::Float, 1);
    box->value = d;
    in.dst.store<D>(REGS, box->term());
  }
  NEXT(fmove_store);
}
VARIANTS(fmove_store, AllRegisters)

// Integers of any size become floats; what is no number, or beyond a float, is badarith.
COLD_OP(fconv_other) {
  auto& in = operands<ins::fconv>(pc);
  double d;
  if (!arith::to_double(in.src.load<Mode::Any>(REGS), &d)) RAISE(atom::badarith);
  float_register(process, in.dst) = d;
  NEXT(fconv);
}
OP_MODES(fconv, S) {
  auto& in = operands<ins::fconv>(pc);
  Term src = in.src.load<S>(REGS);
  if (src.is_small()) float_register(process, in.dst) = double(src.small_value());
  else if (src.is_inline_float()) float_register(process, in.dst) = src.inline_float_value();
  else GOTO_OP(fconv_other);
  NEXT(fconv);
}
VARIANTS(fconv, AllSources)

static inline bool finite(double d) { return (__builtin_bit_cast(Word, d) & 0x7ff0000000000000) != 0x7ff0000000000000; }

COLD_OP(float_error) { RAISE(atom::badarith); }

#define FLOAT_OP(name, operator_)                                                              \
  OP(name) {                                                                                   \
    auto& in = operands<ins::name>(pc);                                                        \
    double d = float_register(process, in.lhs) operator_ float_register(process, in.rhs);      \
    if (!finite(d)) [[unlikely]] GOTO_OP(float_error);                                         \
    float_register(process, in.dst) = d;                                                       \
    NEXT(name);                                                                                \
  }
FLOAT_OP(fadd, +)
FLOAT_OP(fsub, -)
FLOAT_OP(fmul, *)
FLOAT_OP(fdiv, /)

OP(fnegate) {
  auto& in = operands<ins::fnegate>(pc);
  float_register(process, in.dst) = -float_register(process, in.arg);
  NEXT(fnegate);
}

}  // namespace joist
