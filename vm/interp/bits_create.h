// Construction of bitstrings: what bs_create_bin and the older bs_init*, bs_put_*, bs_append instructions share.
//
// bs_create_bin works in three steps. measure() checks sizes and adds them up; the instruction makes room (the only point where
// terms move); build() allocates or appends and writes the segments. Both name the segment that is at fault, which ends up in
// error_info for erl_erts_errors:format_bs_fail/2.
#pragma once
#include "gc/heap.h"
#include "vm/code/operands.h"

namespace joist::bits_create {

enum class SegmentKind : uint8_t {
  Append,         // value: the bitstring to append to; always first
  PrivateAppend,  // the same; nobody else holds the value
  BinaryAll,      // value: a bitstring, its size a multiple of unit
  Binary, Float, Integer,                 // size: term, times unit
  BinaryFixed, FloatFixed, IntegerFixed,  // size: bits
  String,         // value: words from the first segment to the bytes, size: bits
  Utf8, Utf16, Utf32,
};

// As it lies in the instruction's tail.
struct Segment {
  SegmentKind kind;
  uint8_t flags;    // bits_match::FieldFlags
  uint16_t unit;
  uint32_t number;  // position in the source expression, from 1
  ins::Src value;
  ins::Src size;    // bits = number of bits for the fixed kinds
};
static_assert(sizeof(Segment) == 24);

// Where operands are: x registers as SPILL left them, and the stack.
struct Registers {
  Term* x;
  Term* y;
  Term load(ins::Src s) const {
    if (s.is_constant()) return Term::from_raw(s.bits);
    return ins::at_offset<Term>(s.mode() == Mode::Y ? y : x, s.offset());
  }
};

// Why a construction failed: the reason, and the parts of error_info's cause {Segment, Type, Info, Value}.
struct Failure {
  Term reason;  // badarg or system_limit
  uint32_t segment;
  Term type;
  Term info;
  Term value;
};

// Largest bitstring that is ever attempted, in bits: beyond lies no address space.
inline constexpr size_t max_bits = size_t(1) << 46;

// In the instruction when some size is known at run time only.
inline constexpr uint32_t unknown_size = ~uint32_t(0);

// Sum of the segments' sizes, not counting what is appended to; false: *failure says why.
bool measure(const Segment* segments, size_t count, const Registers& registers, size_t* bits, Failure* failure);
// Heap words that build() takes.
size_t room_for_build(const Segment* segments, size_t bits);
// The bitstring, or the non-value. *reductions is what copying costs.
Term build(Heap& heap, const Segment* segments, size_t count, const Registers& registers, size_t bits, Failure* failure,
           size_t* reductions);

// ---- writing one value at `bit` of data; false when the value is of no such type or range
bool put_integer(uint8_t* data, size_t bit, size_t bits, Term value, unsigned flags);
// The non-value on success, else type, no_float or invalid.
Term put_float(uint8_t* data, size_t bit, size_t bits, Term value, unsigned flags);
bool put_utf32(uint8_t* data, size_t bit, Term value, unsigned flags);
// Return the number of bits written, 0 on failure.
size_t put_utf8(uint8_t* data, size_t bit, Term value);
size_t put_utf16(uint8_t* data, size_t bit, Term value, unsigned flags);
// Bits that a code point takes; anything for what is no code point (writing it fails).
size_t utf8_bits(Term value);
size_t utf16_bits(Term value);

// Size × unit for bs_add, bs_init2 and the like: badarg or system_limit in *reason when false.
bool checked_size(Term size, size_t unit, size_t* bits, Term* reason);

}  // namespace joist::bits_create
