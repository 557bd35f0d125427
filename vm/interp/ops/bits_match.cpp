// Matching of bitstrings. Fields of 8, 16 and 32 bits on a byte boundary are read in place; other fields of up to 57 bits too, with one
// load of eight bytes, while as much is left. Everything else calls bits_match.
#include "vm/interp/bits_match.h"

#include "vm/interp/dispatch.h"
#include "vm/term/atom.h"

namespace joist {

using bits_match::context;
using bits_match::has;
using bits_match::remaining;

// A slow path that is not rare: as COLD_OP, but not laid out as cold code.
#define CALLING_OP(name) [[gnu::noinline]] HANDLER static void cold_##name(REGS_DECL)

// Room for `need` words, collecting when there is not; operands must be loaded after it.
#define MAKE_ROOM(need) do { if (!has_room(process, E, HP, (need))) [[unlikely]] COLLECT((need), in.live.value); } while (0)

// A field made outside the machine: its size in bits, room for it, and the call that reads it from `match`, whose non-value is no match.
#define FIELD_CALL(handler, name, size, room, call)                                             \
  CALLING_OP(handler) {                                                                         \
    auto& in = operands<ins::name>(pc);                                                         \
    size;                                                                                       \
    MAKE_ROOM(room);                                                                            \
    auto& match = context(in.match.load<Mode::Any>(REGS));                                      \
    SPILL();                                                                                    \
    Term result = call;                                                                         \
    RELOAD();                                                                                   \
    if (!result.is_value()) JUMP(in.fail);                                                      \
    in.dst.store<Mode::Any>(REGS, result);                                                      \
    NEXT(name);                                                                                 \
  }
// The size: known to the loader; in a register, in units. With LEFT as much must be there.
#define KNOWN_SIZE size_t bits = in.bits.value
#define SIZE_OPERAND                                                                            \
  size_t bits;                                                                                  \
  if (!bits_match::field_size(in.size.load<Mode::Any>(REGS), in.unit.value, &bits)) JUMP(in.fail)
#define LEFT(size) size; if (!has(context(in.match.load<Mode::Any>(REGS)), bits)) JUMP(in.fail)

// ---- starting
COLD_OP(bs_start_match_collect) {
  auto& in = operands<ins::bs_start_match>(pc);
  COLLECT(bits_match::room_for_start, in.live.value);
  RERUN();
}
OP_MODES(bs_start_match, S, D) {
  auto& in = operands<ins::bs_start_match>(pc);
  Term bits = in.bits.load<S>(REGS), base = bits;
  if (!bits.is_boxed()) JUMP(in.fail);
  Word header = bits.header();
  if (MatchContext::matches(header)) {
    in.match.store<D>(REGS, bits);
    NEXT(bs_start_match);
  }
  if (!is_bits_header(header)) JUMP(in.fail);
  if (!has_room(process, E, HP, MatchContext::words)) [[unlikely]] GOTO_OP(bs_start_match_collect);
  const Word* words = bits.boxed_words();
  Word offset = 0, size;
  if (SubBits::matches(header)) {
    offset = reinterpret_cast<const SubBits*>(words)->offset_bits;
    size = reinterpret_cast<const SubBits*>(words)->size_bits;
    base = reinterpret_cast<const SubBits*>(words)->base;
    words = base.boxed_words();
    header = *words;
  } else if (HeapBits::matches(header)) {
    size = reinterpret_cast<const HeapBits*>(words)->size_bits;
  } else {
    size = reinterpret_cast<const RefcBits*>(words)->size_bits;
  }
  auto* m = reinterpret_cast<MatchContext*>(HP);
  HP += MatchContext::words;
  m->header = make_header(Kind::MatchContext, MatchContext::words - 1);
  m->data = HeapBits::matches(header) ? const_cast<uint8_t*>(reinterpret_cast<const HeapBits*>(words)->data)
                                      : reinterpret_cast<const RefcBits*>(words)->data;
  m->position = offset;
  m->end = offset + size;
  m->base = base;
  in.match.store<D>(REGS, m->term());
  NEXT(bs_start_match);
}
VARIANTS(bs_start_match, AllSources, AllRegisters)

// ---- integers
// name: the instruction; Bytes: how many; check: what to do when too little may be left.
#define GET_BYTES_OP(name, Bytes, check)                                                        \
  COLD_OP(name##_unaligned) {                                                                   \
    auto& in = operands<ins::name>(pc);                                                         \
    auto& m = context(in.match.load<Mode::Any>(REGS));                                          \
    Word w = bits::load(m.data, m.position, 8 * Bytes);                                         \
    m.position += 8 * Bytes;                                                                    \
    in.dst.store<Mode::Any>(REGS, Term::small(SWord(w)));                                       \
    NEXT(name);                                                                                 \
  }                                                                                             \
  OP_MODES(name, S, D) {                                                                        \
    auto& in = operands<ins::name>(pc);                                                         \
    auto& m = context(in.match.load<S>(REGS));                                                  \
    size_t position = m.position;                                                               \
    check;                                                                                      \
    if (position % 8 != 0) [[unlikely]] GOTO_OP(name##_unaligned);                              \
    m.position = position + 8 * Bytes;                                                          \
    Word w = bits_match::load_bytes<Bytes>(m.data + position / 8, false);                       \
    in.dst.store<D>(REGS, Term::small(SWord(w)));                                               \
    NEXT(name);                                                                                 \
  }                                                                                             \
  VARIANTS(name, AllRegisters, AllRegisters)
#define ENOUGH(bits) if (m.end - position < (bits)) JUMP(in.fail)
GET_BYTES_OP(bs_get_8, 1, ENOUGH(8))
GET_BYTES_OP(bs_get_16, 2, ENOUGH(16))
GET_BYTES_OP(bs_get_32, 4, ENOUGH(32))
GET_BYTES_OP(bs_take_8, 1, )
GET_BYTES_OP(bs_take_16, 2, )
GET_BYTES_OP(bs_take_32, 4, )

#define INTEGER bits_match::integer_unchecked(process->heap, match, bits, in.flags.value)
FIELD_CALL(bs_get_integer_any, bs_get_integer, LEFT(KNOWN_SIZE), bits_match::room_for_integer(bits), INTEGER)
OP_MODES(bs_get_integer, S, D) {
  auto& in = operands<ins::bs_get_integer>(pc);
  auto& m = context(in.match.load<S>(REGS));
  size_t position = m.position, bits = in.bits.value;
  unsigned flags = in.flags.value;
  if (m.end - position < 72 || bits > 57 || bits == 0 || (flags & bits_match::field_little)) [[unlikely]]
    GOTO_OP(bs_get_integer_any);
  Word w = bits::load_be64(m.data + position / 8) << position % 8;
  m.position = position + bits;
  SWord value = flags & bits_match::field_signed ? SWord(w) >> (64 - bits) : SWord(w >> (64 - bits));
  in.dst.store<D>(REGS, Term::small(value));
  NEXT(bs_get_integer);
}
VARIANTS(bs_get_integer, AllRegisters, AllRegisters)

FIELD_CALL(bs_get_integer_sized_any, bs_get_integer_sized, LEFT(SIZE_OPERAND), bits_match::room_for_integer(bits), INTEGER)
OP(bs_get_integer_sized) { GOTO_OP(bs_get_integer_sized_any); }

FIELD_CALL(bs_get_float_any, bs_get_float, SIZE_OPERAND, bits_match::room_for_float,
           bits_match::float_(process->heap, match, bits, in.flags.value))
OP(bs_get_float) { GOTO_OP(bs_get_float_any); }

// ---- bitstrings
#define SLICE bits_match::binary(process->heap, match, bits)
FIELD_CALL(bs_get_binary_any, bs_get_binary, LEFT(KNOWN_SIZE), bits_match::room_for_slice, SLICE)
OP(bs_get_binary) { GOTO_OP(bs_get_binary_any); }

FIELD_CALL(bs_get_binary_sized_any, bs_get_binary_sized, LEFT(SIZE_OPERAND), bits_match::room_for_slice, SLICE)
OP(bs_get_binary_sized) { GOTO_OP(bs_get_binary_sized_any); }

#define ALL_THAT_IS_LEFT                                                                        \
  size_t bits = remaining(context(in.match.load<Mode::Any>(REGS)));                             \
  if (in.unit.value > 1 && bits % in.unit.value != 0) JUMP(in.fail)
FIELD_CALL(bs_get_binary_all_any, bs_get_binary_all, ALL_THAT_IS_LEFT, bits_match::room_for_slice, SLICE)
OP(bs_get_binary_all) { GOTO_OP(bs_get_binary_all_any); }

CALLING_OP(bs_get_tail_any) {
  auto& in = operands<ins::bs_get_tail>(pc);
  MAKE_ROOM(bits_match::room_for_slice);
  Term match = in.match.load<Mode::Any>(REGS);
  SPILL();
  Term result = bits_match::tail(process->heap, context(match));
  RELOAD();
  in.dst.store<Mode::Any>(REGS, result);
  NEXT(bs_get_tail);
}
// A long rest is a new slice in four words.
OP_MODES(bs_get_tail, S, D) {
  auto& in = operands<ins::bs_get_tail>(pc);
  auto& m = context(in.match.load<S>(REGS));
  size_t size = remaining(m);
  if (size <= 8 * HeapBits::max_bytes || !has_room(process, E, HP, SubBits::words)) GOTO_OP(bs_get_tail_any);
  auto* slice = reinterpret_cast<SubBits*>(HP);
  HP += SubBits::words;
  slice->header = make_header(Kind::SubBits, SubBits::words - 1);
  slice->offset_bits = m.position;
  slice->size_bits = size;
  slice->base = m.base;
  in.dst.store<D>(REGS, slice->term());
  NEXT(bs_get_tail);
}
VARIANTS(bs_get_tail, FastRegisters, FastRegisters)

// ---- code points
CALLING_OP(bs_get_utf8_long) {
  auto& in = operands<ins::bs_get_utf8>(pc);
  Term result = bits_match::utf8(context(in.match.load<Mode::Any>(REGS)));
  if (!result.is_value()) JUMP(in.fail);
  in.dst.store<Mode::Any>(REGS, result);
  NEXT(bs_get_utf8);
}
OP_MODES(bs_get_utf8, S, D) {
  auto& in = operands<ins::bs_get_utf8>(pc);
  auto& m = context(in.match.load<S>(REGS));
  size_t position = m.position;
  if (m.end - position < 8) JUMP(in.fail);
  if (position % 8 != 0 || m.data[position / 8] >= 0x80) [[unlikely]] GOTO_OP(bs_get_utf8_long);
  m.position = position + 8;
  in.dst.store<D>(REGS, Term::small(m.data[position / 8]));
  NEXT(bs_get_utf8);
}
VARIANTS(bs_get_utf8, FastRegisters, AllRegisters)

#define UTF_OP(name, call)                                                                      \
  CALLING_OP(name##_call) {                                                                     \
    auto& in = operands<ins::name>(pc);                                                         \
    auto& m = context(in.match.load<Mode::Any>(REGS));                                          \
    Term result = call;                                                                         \
    if (!result.is_value()) JUMP(in.fail);                                                      \
    in.dst.store<Mode::Any>(REGS, result);                                                      \
    NEXT(name);                                                                                 \
  }                                                                                             \
  OP(name) { GOTO_OP(name##_call); }
UTF_OP(bs_get_utf16, bits_match::utf16(m, in.flags.value))
UTF_OP(bs_get_utf32, bits_match::utf32(m, in.flags.value))
#define SKIP_UTF_OP(name, call)                                                                 \
  CALLING_OP(name##_call) {                                                                     \
    auto& in = operands<ins::name>(pc);                                                         \
    auto& m = context(in.match.load<Mode::Any>(REGS));                                          \
    if (!(call).is_value()) JUMP(in.fail);                                                      \
    NEXT(name);                                                                                 \
  }                                                                                             \
  OP(name) { GOTO_OP(name##_call); }
SKIP_UTF_OP(bs_skip_utf8, bits_match::utf8(m))
SKIP_UTF_OP(bs_skip_utf16, bits_match::utf16(m, in.flags.value))
SKIP_UTF_OP(bs_skip_utf32, bits_match::utf32(m, in.flags.value))

// ---- skipping and testing
OP_MODES(bs_skip, S) {
  auto& in = operands<ins::bs_skip>(pc);
  auto& m = context(in.match.load<S>(REGS));
  if (!has(m, in.bits.value)) JUMP(in.fail);
  m.position += in.bits.value;
  NEXT(bs_skip);
}
VARIANTS(bs_skip, FastRegisters)

OP(bs_skip_sized) {
  auto& in = operands<ins::bs_skip_sized>(pc);
  auto& m = context(in.match.load<Mode::Any>(REGS));
  size_t bits;
  if (!bits_match::field_size(in.size.load<Mode::Any>(REGS), in.unit.value, &bits) || !has(m, bits)) JUMP(in.fail);
  m.position += bits;
  NEXT(bs_skip_sized);
}

OP(bs_skip_all) {
  auto& in = operands<ins::bs_skip_all>(pc);
  auto& m = context(in.match.load<Mode::Any>(REGS));
  if (remaining(m) % in.unit.value != 0) JUMP(in.fail);
  m.position = m.end;
  NEXT(bs_skip_all);
}

OP_MODES(bs_test_tail, S) {
  auto& in = operands<ins::bs_test_tail>(pc);
  if (remaining(context(in.match.load<S>(REGS))) != in.bits.value) JUMP(in.fail);
  NEXT(bs_test_tail);
}
VARIANTS(bs_test_tail, FastRegisters)

OP_MODES(bs_test_unit, S) {
  auto& in = operands<ins::bs_test_unit>(pc);
  size_t left = remaining(context(in.match.load<S>(REGS))), unit = in.unit.value;
  if ((unit == 8 ? left % 8 : left % unit) != 0) JUMP(in.fail);
  NEXT(bs_test_unit);
}
VARIANTS(bs_test_unit, FastRegisters)

OP_MODES(bs_ensure_at_least, S) {
  auto& in = operands<ins::bs_ensure_at_least>(pc);
  size_t left = remaining(context(in.match.load<S>(REGS))), bits = in.bits.value, unit = in.unit.value;
  if (left < bits) JUMP(in.fail);
  if (unit != 1 && (unit == 8 ? (left - bits) % 8 : (left - bits) % unit) != 0) JUMP(in.fail);
  NEXT(bs_ensure_at_least);
}
VARIANTS(bs_ensure_at_least, FastRegisters)

OP(bs_equals) {
  auto& in = operands<ins::bs_equals>(pc);
  auto& m = context(in.match.load<Mode::Any>(REGS));
  if (!has(m, in.bits.value) || bits::load(m.data, m.position, in.bits.value) != in.value.value) {
    m.position -= in.back.value;
    JUMP(in.fail);
  }
  m.position += in.bits.value;
  NEXT(bs_equals);
}

CALLING_OP(bs_match_string_call) {
  auto& in = operands<ins::bs_match_string>(pc);
  auto* bytes = reinterpret_cast<const uint8_t*>(in.bytes.at);
  if (!bits_match::string(context(in.match.load<Mode::Any>(REGS)), bytes, in.bits.value)) JUMP(in.fail);
  NEXT_TAIL(bs_match_string, in.words.value);
}
// Up to eight bytes on a boundary, with eight left to read.
OP_MODES(bs_match_string, S) {
  auto& in = operands<ins::bs_match_string>(pc);
  auto& m = context(in.match.load<S>(REGS));
  size_t position = m.position, bits = in.bits.value;
  if (bits > 64 || m.end - position < 64 || position % 8 != 0) GOTO_OP(bs_match_string_call);
  Word difference = bits::load_be64(m.data + position / 8) ^ bits::load_be64(reinterpret_cast<const uint8_t*>(in.bytes.at));
  if (difference & bits::high_mask(bits)) JUMP(in.fail);
  m.position = position + bits;
  NEXT_TAIL(bs_match_string, in.words.value);
}
VARIANTS(bs_match_string, FastRegisters)

// ---- positions
OP_MODES(bs_get_position, S, D) {
  auto& in = operands<ins::bs_get_position>(pc);
  in.dst.store<D>(REGS, bits_match::position(context(in.match.load<S>(REGS))));
  NEXT(bs_get_position);
}
VARIANTS(bs_get_position, FastRegisters, FastRegisters)

OP_MODES(bs_set_position, S, P) {
  auto& in = operands<ins::bs_set_position>(pc);
  context(in.match.load<S>(REGS)).position = size_t(in.position.load<P>(REGS).small_value());
  NEXT(bs_set_position);
}
VARIANTS(bs_set_position, FastRegisters, FastRegisters)

}  // namespace joist
