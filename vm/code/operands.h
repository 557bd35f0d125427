// Operands of instructions as they lie in code words.
//
// An instruction is [handler address][struct of operands]; ops.def declares each struct ins::NAME field by field. The layout is one for
// all variants of an instruction: variants differ in the handler only, which knows the addressing modes of its operands at compile time.
//   Src   one word: a constant term, or a register: tag 110, mode in bits 3…5, byte offset of the register in the upper 32 bits
//   Dst   32 bits: mode in the low three bits, byte offset of the register above
//   Fail, Label   32 bits: words from this instruction's handler word to the target's; Fail 0: raise instead
//   Count, Live, Words, Num, FReg   32 bits
//   Imm, ExportPtr, NativePtr, FunPtr, Raw   64 bits
//   Tail, Pairs  the last field: words (two for each of Count) behind the struct, each a Src, a label distance (signed words) or a number
// 32-bit fields that are neighbours share a word.
#pragma once
#include "vm/term/term.h"

namespace joist {

struct Process;
struct Export;
struct NativeEntry;
struct FunEntry;

// Addressing modes: where an operand is. X0…X3 are CPU registers, XM the rest of the x registers (in memory), Y the frame.
// Any: the handler finds out at run time.
enum class Mode : uint8_t { X0 = 0, X1, X2, X3, XM, Y, C, Any };
inline constexpr size_t mode_count = 8;

constexpr Mode mode_of_x(size_t index) { return index < 4 ? Mode(index) : Mode::XM; }

namespace ins {

#define OPERAND_REGISTERS \
  [[maybe_unused]] const Word *pc, [[maybe_unused]] Term *E, [[maybe_unused]] Word *HP, [[maybe_unused]] SWord reds, \
  [[maybe_unused]] P *process, [[maybe_unused]] Term x0, [[maybe_unused]] Term x1, [[maybe_unused]] Term x2, [[maybe_unused]] Term x3

template <class T>
[[gnu::always_inline]] inline T& at_offset(void* base, size_t offset) {
  return *reinterpret_cast<T*>(static_cast<char*>(base) + offset);
}

struct Src {
  Word bits;

  static constexpr Src reg(Mode mode, size_t index) { return {Word(index * 8) << 32 | Word(mode) << 3 | Word(Tag::Register)}; }
  static constexpr Src constant(Term t) { return {t.raw()}; }
  bool is_constant() const { return (bits & 7) != Word(Tag::Register); }
  Mode mode() const { return is_constant() ? Mode::C : Mode((bits >> 3) & 7); }
  uint32_t offset() const { return uint32_t(bits >> 32); }
  // How many x registers there are up to this one, if it is one.
  size_t registers_up_to() const { return is_constant() || mode() == Mode::Y ? 0 : offset() / sizeof(Term) + 1; }

  // The operand's term; use as in.lhs.load<L>(REGS).
  template <Mode M, class P>
  [[gnu::always_inline]] inline Term load(OPERAND_REGISTERS) const {
    if constexpr (M == Mode::X0) return x0;
    else if constexpr (M == Mode::X1) return x1;
    else if constexpr (M == Mode::X2) return x2;
    else if constexpr (M == Mode::X3) return x3;
    else if constexpr (M == Mode::XM) return at_offset<Term>(process->x, offset());
    else if constexpr (M == Mode::Y) return at_offset<Term>(E, offset());
    else if constexpr (M == Mode::C) return Term::from_raw(bits);
    else {
      if (is_constant()) return Term::from_raw(bits);
      switch (Mode((bits >> 3) & 7)) {
        case Mode::X0: return x0;
        case Mode::X1: return x1;
        case Mode::X2: return x2;
        case Mode::X3: return x3;
        case Mode::XM: return at_offset<Term>(process->x, offset());
        default: return at_offset<Term>(E, offset());
      }
    }
  }
  // As load<Mode::Any>, from registers that SPILL_X stored: `x` is process->x, `stack` is E.
  Term load_spilled(Term* x, Term* stack) const {
    if (is_constant()) return Term::from_raw(bits);
    return at_offset<Term>(Mode((bits >> 3) & 7) == Mode::Y ? stack : x, offset());
  }
};

struct Dst {
  uint32_t bits;

  static constexpr Dst reg(Mode mode, size_t index) { return {uint32_t(index * 8) | uint32_t(mode)}; }
  Mode mode() const { return Mode(bits & 7); }
  uint32_t offset() const { return bits & ~7u; }

  // Use as in.dst.store<D>(REGS, value).
  template <Mode M, class P>
  [[gnu::always_inline]] inline void store(const Word*&, Term*& E, Word*&, SWord&, P*& process, Term& x0, Term& x1, Term& x2, Term& x3,
                                           Term value) const {
    if constexpr (M == Mode::X0) x0 = value;
    else if constexpr (M == Mode::X1) x1 = value;
    else if constexpr (M == Mode::X2) x2 = value;
    else if constexpr (M == Mode::X3) x3 = value;
    else if constexpr (M == Mode::XM) at_offset<Term>(process->x, size_t(bits) - size_t(Mode::XM)) = value;
    else if constexpr (M == Mode::Y) at_offset<Term>(E, size_t(bits) - size_t(Mode::Y)) = value;
    else {
      switch (mode()) {
        case Mode::X0: x0 = value; break;
        case Mode::X1: x1 = value; break;
        case Mode::X2: x2 = value; break;
        case Mode::X3: x3 = value; break;
        case Mode::XM: at_offset<Term>(process->x, offset()) = value; break;
        default: at_offset<Term>(E, offset()) = value; break;
      }
    }
  }
};
#undef OPERAND_REGISTERS

// Distance in words from the instruction's handler word.
struct Fail {
  int32_t distance;
  explicit operator bool() const { return distance != 0; }
};
struct Label {
  int32_t distance;
};
struct Count { uint32_t value; };  // of the items in Tail
struct Live { uint32_t value; };   // x registers in use
struct Words { uint32_t value; };
struct Num { uint32_t value; };
// Float register: byte offset into the process's float registers.
struct FReg { uint32_t offset; };
struct Imm { Word bits; Term term() const { return Term::from_raw(bits); } };
struct Raw { Word value; };
struct ExportPtr { Export* p; Export* operator->() const { return p; } };
struct NativePtr { const NativeEntry* p; const NativeEntry* operator->() const { return p; } };
struct FunPtr { FunEntry* p; FunEntry* operator->() const { return p; } };
struct Tail {
  Word at[0];
  const Src& src(size_t i) const { return reinterpret_cast<const Src&>(at[i]); }
  // A register as a destination.
  Dst dst(size_t i) const { return Dst{src(i).offset() | uint32_t(src(i).mode())}; }
  SWord distance(size_t i) const { return SWord(at[i]); }
  Word number(size_t i) const { return at[i]; }
  Term term(size_t i) const { return Term::from_raw(at[i]); }
};
// A tail of two words for each of Count.
struct Pairs : Tail {};
static_assert(sizeof(Src) == 8 && sizeof(Dst) == 4 && sizeof(Fail) == 4 && sizeof(Tail) == 0);

}  // namespace ins
}  // namespace joist
