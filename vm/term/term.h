// Term: one 64-bit word, low three bits are the tag (design §2).
//
//   000 header of a boxed object (never a term; word 0 is the non-value)
//   001 cons pointer             two words on the heap: head, tail; no header
//   010 boxed pointer            header word, then payload
//   011, 100 self-tagged float   rotl(bits + bias, 4): exponents 2^-255…2^256; all other floats are boxed
//   101 immediate                bits 3..5 say which (Immediate), payload from bit 6
//   110 no term: the loader encodes register operands with it
//   111 small integer            61 bits, two's complement
//
// There is no implicit way to or from integers. x.as<Tuple>() tests and reads in one step (boxed.h).
#pragma once
#include "vm/base/assert.h"
#include "vm/base/types.h"

namespace joist {

enum class Tag : uint8_t { Header = 0, Cons = 1, Boxed = 2, FloatA = 3, FloatB = 4, Immediate = 5, Register = 6, Small = 7 };

enum class Immediate : uint8_t { Atom = 0, Nil = 1, Pid = 2, Port = 3, Catch = 4 };

struct Cons;

// Optional pointer to a heap object, as Term::as returns it.
template <class T>
class Ref_ {
 public:
  constexpr Ref_(T* p = nullptr) : p_(p) {}
  explicit operator bool() const { return p_ != nullptr; }
  T* operator->() const { return p_; }
  T& operator*() const { return *p_; }
  T* get() const { return p_; }

 private:
  T* p_;
};

class Term {
 public:
  constexpr Term() = default;  // the non-value

  // ---- raw words: for the GC, the loader and the machine only
  static constexpr Term from_raw(Word bits) { Term t; t.bits_ = bits; return t; }
  constexpr Word raw() const { return bits_; }
  constexpr Tag tag() const { return Tag(bits_ & 7); }
  constexpr bool is_value() const { return bits_ != 0; }
  constexpr bool is_non_value() const { return bits_ == 0; }
  constexpr bool same(Term o) const { return bits_ == o.bits_; }  // identity of words, not term equality

  // ---- small integers
  static constexpr SWord small_min = -(SWord(1) << 60), small_max = (SWord(1) << 60) - 1;
  static constexpr bool fits_small(SWord v) { return v >= small_min && v <= small_max; }
  static constexpr Term small(SWord v) { return from_raw((Word(v) << 3) | 7); }
  constexpr bool is_small() const { return has_tag(7); }
  constexpr SWord small_value() const { return SWord(bits_) >> 3; }
  static constexpr bool both_small(Term a, Term b) { return ((a.bits_ & b.bits_) & 7) == 7; }

  // ---- immediates
  static constexpr Term immediate(Immediate kind, Word payload) { return from_raw((payload << 6) | (Word(kind) << 3) | 5); }
  constexpr bool is_immediate_kind(Immediate kind) const { return (bits_ & 63) == ((Word(kind) << 3) | 5); }
  constexpr Word immediate_payload() const { return bits_ >> 6; }
  constexpr bool is_atom() const { return is_immediate_kind(Immediate::Atom); }
  static constexpr Term atom(uint32_t index) { return immediate(Immediate::Atom, index); }
  constexpr uint32_t atom_index() const { return uint32_t(bits_ >> 6); }
  constexpr bool is_nil() const { return bits_ == ((Word(Immediate::Nil) << 3) | 5); }
  // Local pid: payload = serial << 28 | number (both as printed in <0.Number.Serial>).
  constexpr bool is_local_pid() const { return is_immediate_kind(Immediate::Pid); }
  static constexpr Term local_pid(uint32_t number, uint32_t serial) { return immediate(Immediate::Pid, (Word(serial) << 28) | number); }
  constexpr uint32_t pid_number() const { return uint32_t(immediate_payload() & 0xfffffff); }
  constexpr uint32_t pid_serial() const { return uint32_t(immediate_payload() >> 28); }
  // Local port: payload = port number (58 bits).
  constexpr bool is_local_port() const { return is_immediate_kind(Immediate::Port); }
  static constexpr Term local_port(Word number) { return immediate(Immediate::Port, number); }

  // ---- self-tagged floats. The exponent is rebased so that the range 2^-255…2^256 leaves its top three bits as 011 or 100.
  constexpr bool is_inline_float() const { return unsigned(bits_ & 7) - 3u < 2u; }
  static constexpr bool fits_inline_float(double d) {
    Word r = rotl4(__builtin_bit_cast(Word, d));
    return unsigned(r & 7) - 3u < 2u;
  }
  static constexpr Term inline_float(double d) { return from_raw(rotl4(__builtin_bit_cast(Word, d))); }
  constexpr double inline_float_value() const { return __builtin_bit_cast(double, rotr4(bits_)); }

  // ---- pointers
  constexpr bool is_cons() const { return has_tag(1); }
  constexpr bool is_list() const { return is_cons() || is_nil(); }
  constexpr bool is_boxed() const { return has_tag(2); }
  constexpr bool is_pointer() const { return unsigned(bits_ & 7) - 1u < 2u; }  // cons or boxed
  // Word that a cons or boxed term points to.
  Word* pointer() const { return reinterpret_cast<Word*>(bits_ & ~Word(7)); }
  static Term cons(const Word* p) { return from_raw(reinterpret_cast<Word>(p) | 1); }
  static Term boxed(const Word* p) { return from_raw(reinterpret_cast<Word>(p) | 2); }
  Cons* as_cons() const { ASSERT(is_cons()); return reinterpret_cast<Cons*>(bits_ - 1); }
  Word* boxed_words() const { ASSERT(is_boxed()); return reinterpret_cast<Word*>(bits_ - 2); }
  Word header() const { return *boxed_words(); }

  // Null when the term is not a T. T::matches(header) says which headers are T's.
  template <class T>
  Ref_<T> as() const {
    if (is_boxed() && T::matches(header())) return Ref_<T>(reinterpret_cast<T*>(boxed_words()));
    return {};
  }
  template <class T>
  bool is() const { return is_boxed() && T::matches(header()); }

  // No operator==: identity is same(), Erlang's =:= is terms_equal() and == is terms_equal_loose() (compare.h).
 private:
  // Subtracting first takes an instruction less than to mask and compare.
  constexpr bool has_tag(unsigned tag) const { return ((unsigned(bits_) - tag) & 7) == 0; }
  static constexpr Word rotl4(Word w) { return (w << 4) | (w >> 60); }
  static constexpr Word rotr4(Word w) { return (w >> 4) | (w << 60); }
  Word bits_ = 0;
};

static_assert(sizeof(Term) == 8);
inline constexpr Term nil = Term::immediate(Immediate::Nil, 0);

struct Cons {
  Term head, tail;
};

}  // namespace joist
