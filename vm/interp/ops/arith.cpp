// Integer arithmetic on small integers in place. A cold op does the rest: floats, big integers, errors.
//
// A small integer's word is value·8 + 7, so most results come straight from the words: a sum is (a - 7) + b, with overflow of the
// word being overflow of the small integer.
#include "vm/interp/dispatch.h"
#include "vm/term/arith.h"

namespace joist {

using BinaryFn = arith::TermResult (*)(Heap&, Term, Term);
using UnaryFn = arith::TermResult (*)(Heap&, Term);

// +X, which OTP computes as X + 0 (so that -0.0 becomes 0.0).
static arith::TermResult plus_zero(Heap& heap, Term t) { return arith::add(heap, t, Term::small(0)); }

// The right operand: a Src, or a constant.
template <class Ins>
[[gnu::always_inline]] static inline Term load_rhs(const Ins& in, REGS_DECL) {
  if constexpr (requires { in.rhs.term(); }) return in.rhs.term();
  else return in.rhs.template load<Mode::Any>(REGS);
}

// A sum with a constant on the right has an error without a frame of the native: so does OTP, whose instruction is another one, too.
template <class Ins, BinaryFn Fn>
inline constexpr bool names_native = Fn != arith::add || requires(const Ins& in) { in.rhs.mode(); };

// Results that do not fit the heap go to fragments, so nothing moves; but when fragments have grown too much, first collect.
template <class Ins, BinaryFn Fn, uint32_t Name>
[[gnu::cold, gnu::noinline]] HANDLER static void slow_binary(REGS_DECL) {
  auto& in = operands<Ins>(pc);
  Term lhs = in.lhs.template load<Mode::Any>(REGS), rhs = load_rhs(in, REGS);
  if constexpr (Fn == arith::add || Fn == arith::subtract || Fn == arith::multiply) {
    if (lhs.is_inline_float() && rhs.is_inline_float()) {
      double a = lhs.inline_float_value(), b = rhs.inline_float_value();
      double d = Fn == arith::add ? a + b : Fn == arith::subtract ? a - b : a * b;
      if (Term::fits_inline_float(d)) {
        in.dst.template store<Mode::Any>(REGS, Term::inline_float(d));
        pc += words_of<Ins>;
        DISPATCH();
      }
    }
  }
  SPILL();
  if (process->heap.wants_collection()) {
    collect_live(*process, 0, in.live.value);
    RELOAD();
    lhs = in.lhs.template load<Mode::Any>(REGS), rhs = load_rhs(in, REGS);
  }
  auto result = Fn(process->heap, lhs, rhs);
  RELOAD();
  if (!result) {
    if constexpr (!names_native<Ins, Fn>) FAIL_OR_RAISE(in.fail, result.error());
    RAISE_AS(in.fail, result.error(), Term::atom(Name), lhs, rhs);
  }
  in.dst.template store<Mode::Any>(REGS, *result);
  pc += words_of<Ins>;
  DISPATCH();
}

template <class Ins, UnaryFn Fn, uint32_t Name>
[[gnu::cold, gnu::noinline]] HANDLER static void slow_unary(REGS_DECL) {
  auto& in = operands<Ins>(pc);
  SPILL();
  if (process->heap.wants_collection()) collect_live(*process, 0, in.live.value);
  RELOAD();
  Term arg = in.arg.template load<Mode::Any>(REGS);
  auto result = Fn(process->heap, arg);
  RELOAD();
  if (!result) {
    // OTP adds 0, and names the operator of two arguments when it has a constant to add it to.
    if constexpr (Fn == plus_zero) {
      if (in.arg.mode() != Mode::C) FAIL_OR_RAISE(in.fail, result.error());
      RAISE_AS(in.fail, result.error(), Term::atom(Name), arg, Term::small(0));
    }
    RAISE_AS(in.fail, result.error(), Term::atom(Name), arg);
  }
  in.dst.template store<Mode::Any>(REGS, *result);
  pc += words_of<Ins>;
  DISPATCH();
}

#define SLOW(kind, name, fn, atom_name) \
  do { PROFILE_SLOW_PATH(name); [[clang::musttail]] return slow_##kind<ins::name, fn, atom::index_##atom_name>(REGS); } while (0)

// fast: declares nothing, sets `result` (a word) and says whether it is good.
#define BINARY_OP(name, fn, atom_name, fast, lhs_modes, rhs_modes, dst_modes)            \
  OP_MODES(name, L, R, D) {                                                              \
    auto& in = operands<ins::name>(pc);                                                  \
    Term lhs = in.lhs.load<L>(REGS), rhs = in.rhs.load<R>(REGS);                         \
    SWord result;                                                                        \
    if (!(fast)) [[unlikely]] SLOW(binary, name, fn, atom_name);                         \
    in.dst.store<D>(REGS, Term::from_raw(Word(result)));                                 \
    NEXT(name);                                                                          \
  }                                                                                      \
  VARIANTS(name, lhs_modes, rhs_modes, dst_modes)

using Some = Modes<Mode::X0, Mode::X1, Mode::X2, Mode::XM, Mode::Y, Mode::Any>;
using Constants = Modes<Mode::X0, Mode::X1, Mode::X2, Mode::XM, Mode::C, Mode::Any>;

[[gnu::always_inline]] static inline bool small_plus(Term a, Term b, SWord* result) {
  return Term::both_small(a, b) && !__builtin_add_overflow(SWord(a.raw()), SWord(b.raw() - 7), result);
}
[[gnu::always_inline]] static inline bool small_minus(Term a, Term b, SWord* result) {
  return Term::both_small(a, b) && !__builtin_sub_overflow(SWord(a.raw()), SWord(b.raw() - 7), result);
}
[[gnu::always_inline]] static inline bool small_times(Term a, Term b, SWord* result) {
  if (!Term::both_small(a, b) || __builtin_mul_overflow(SWord(a.raw() - 7), b.small_value(), result)) return false;
  *result |= 7;
  return true;
}
// small_min div -1 is the one quotient that is not small.
[[gnu::always_inline]] static inline bool small_divide(Term a, Term b, SWord* result) {
  if (!Term::both_small(a, b) || b.same(Term::small(0)) || b.same(Term::small(-1))) return false;
  *result = SWord(Term::small(a.small_value() / b.small_value()).raw());
  return true;
}
[[gnu::always_inline]] static inline bool small_rem(Term a, Term b, SWord* result) {
  if (!Term::both_small(a, b) || b.same(Term::small(0)) || b.same(Term::small(-1))) return false;
  *result = SWord(Term::small(a.small_value() % b.small_value()).raw());
  return true;
}
[[gnu::always_inline]] static inline bool small_shift_left(Term a, Term b, SWord* result) {
  if (!Term::both_small(a, b) || Word(b.small_value()) > 60) return false;
  SWord words = SWord(a.raw() - 7);
  *result = SWord(Word(words) << b.small_value()) | 7;
  return (SWord(*result ^ 7) >> b.small_value()) == words;
}
[[gnu::always_inline]] static inline bool small_shift_right(Term a, Term b, SWord* result) {
  if (!Term::both_small(a, b) || b.small_value() < 0) return false;
  *result = (SWord(a.raw()) >> (b.small_value() < 63 ? b.small_value() : 63)) | 7;
  return true;
}
// The tag bits of an and are all set only when they are in both.
[[gnu::always_inline]] static inline bool small_and(Term a, Term b, SWord* result) {
  *result = SWord(a.raw() & b.raw());
  return (*result & 7) == 7;
}
[[gnu::always_inline]] static inline bool small_or(Term a, Term b, SWord* result) {
  *result = SWord(a.raw() | b.raw());
  return Term::both_small(a, b);
}
[[gnu::always_inline]] static inline bool small_xor(Term a, Term b, SWord* result) {
  *result = SWord((a.raw() ^ b.raw()) | 7);
  return Term::both_small(a, b);
}

BINARY_OP(plus, arith::add, plus, small_plus(lhs, rhs, &result), AllSources, AllSources, AllRegisters)
BINARY_OP(minus, arith::subtract, minus, small_minus(lhs, rhs, &result), AllSources, AllSources, AllRegisters)
BINARY_OP(times, arith::multiply, times, small_times(lhs, rhs, &result), Some, Constants, FastRegisters)
BINARY_OP(int_div, arith::int_divide, div, small_divide(lhs, rhs, &result), Some, Constants, FirstRegisters)
BINARY_OP(rem, arith::remainder, rem, small_rem(lhs, rhs, &result), Some, Constants, FirstRegisters)
BINARY_OP(band, arith::bit_and, band, small_and(lhs, rhs, &result), Some, Constants, FastRegisters)
BINARY_OP(bor, arith::bit_or, bor, small_or(lhs, rhs, &result), Some, Constants, FastRegisters)
BINARY_OP(bxor, arith::bit_xor, bxor, small_xor(lhs, rhs, &result), Some, Constants, FirstRegisters)
BINARY_OP(bsl, arith::shift_left, bsl, small_shift_left(lhs, rhs, &result), Some, Constants, FirstRegisters)
BINARY_OP(bsr, arith::shift_right, bsr, small_shift_right(lhs, rhs, &result), Some, Constants, FirstRegisters)

// A constant small on the right.
OP_MODES(plus_small, L, D) {
  auto& in = operands<ins::plus_small>(pc);
  Term lhs = in.lhs.load<L>(REGS);
  SWord result;
  if (!lhs.is_small() || __builtin_add_overflow(SWord(lhs.raw() - 7), SWord(in.rhs.bits), &result)) [[unlikely]]
    SLOW(binary, plus_small, arith::add, plus);
  in.dst.store<D>(REGS, Term::from_raw(Word(result)));
  NEXT(plus_small);
}
VARIANTS(plus_small, AllSources, AllRegisters)

OP_MODES(bsr_small, L, D) {
  auto& in = operands<ins::bsr_small>(pc);
  Term lhs = in.lhs.load<L>(REGS);
  if (!lhs.is_small()) [[unlikely]] SLOW(binary, bsr_small, arith::shift_right, bsr);
  in.dst.store<D>(REGS, Term::from_raw(Word(SWord(lhs.raw()) >> (in.rhs.bits >> 3)) | 7));
  NEXT(bsr_small);
}
VARIANTS(bsr_small, AllRegisters, FastRegisters)

// Two immediate floats whose quotient is one, too.
OP(divide) {
  auto& in = operands<ins::divide>(pc);
  Term lhs = in.lhs.load<Mode::Any>(REGS), rhs = in.rhs.load<Mode::Any>(REGS);
  if (lhs.is_inline_float() && rhs.is_inline_float()) {
    double quotient = lhs.inline_float_value() / rhs.inline_float_value();
    if (Term::fits_inline_float(quotient)) {
      in.dst.store<Mode::Any>(REGS, Term::inline_float(quotient));
      NEXT(divide);
    }
  }
  SLOW(binary, divide, arith::divide, slash);
}

#define UNARY_OP(name, fn, atom_name, fast)                                              \
  OP_MODES(name, S, D) {                                                                 \
    auto& in = operands<ins::name>(pc);                                                  \
    Term arg = in.arg.load<S>(REGS);                                                     \
    if (!arg.is_small()) [[unlikely]] SLOW(unary, name, fn, atom_name);                  \
    SWord value = arg.small_value();                                                     \
    fast;                                                                                \
    if (!Term::fits_small(value)) [[unlikely]] SLOW(unary, name, fn, atom_name);         \
    in.dst.store<D>(REGS, Term::small(value));                                           \
    NEXT(name);                                                                          \
  }                                                                                      \
  VARIANTS(name, FirstRegisters, FirstRegisters)

UNARY_OP(bnot, arith::bit_not, bnot, value = ~value)
UNARY_OP(negate, arith::negate, minus, value = -value)
UNARY_OP(absolute, arith::absolute, abs, value = value < 0 ? -value : value)
UNARY_OP(unary_plus, plus_zero, plus, )

}  // namespace joist
