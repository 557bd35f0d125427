// Construction of bitstrings as compilers before OTP 25 did it: an instruction to begin and one for each segment. Nothing comes between
// them that moves terms or gives up the thread, so the place to write at is the thread's.
#include "vm/interp/bits_create.h"
#include "vm/interp/dispatch.h"
#include "vm/term/arith.h"
#include "vm/term/atom.h"
#include "vm/term/bits.h"

namespace joist {

namespace {
struct Place {
  uint8_t* data;
  size_t bit;
};
thread_local Place place;
}  // namespace

using bits_create::checked_size;

COLD_OP(bs_init_begin) {
  auto& in = operands<ins::bs_init>(pc);
  size_t bits;
  Term reason;
  if (!checked_size(in.size.load<Mode::Any>(REGS), in.unit.value, &bits, &reason)) FAIL_OR_RAISE(in.fail, reason);
  size_t need = in.need.value + bits::allocate_words(bits);
  SPILL();
  if (!process->heap.has_room(Words(need)) || process->heap.wants_collection()) {
    if (!collect_or_leave(*process, need, in.live.value)) return;
  }
  Term result = bits::allocate(process->heap, bits, &place.data);
  place.bit = 0;
  RELOAD();
  in.dst.store<Mode::Any>(REGS, result);
  NEXT(bs_init);
}
OP(bs_init) { GOTO_OP(bs_init_begin); }

COLD_OP(bs_append_begin) {
  auto& in = operands<ins::bs_append>(pc);
  size_t bits;
  Term reason = atom::badarg, value = in.bits.load<Mode::Any>(REGS);
  if (!checked_size(in.size.load<Mode::Any>(REGS), 1, &bits, &reason)) FAIL_OR_RAISE(in.fail, reason);
  if (!is_bits(value) || bits::size_bits(value) % in.unit.value != 0) FAIL_OR_RAISE(in.fail, atom::badarg);
  size_t need = in.need.value + RefcBits::words + SubBits::words;
  SPILL();
  if (!process->heap.has_room(Words(need)) || process->heap.wants_collection()) {
    // The operand may lie beyond the live registers: it goes behind them.
    process->x[in.live.value] = value;
    collect_live(*process, need, in.live.value + 1);
    value = process->x[in.live.value];
  }
  Term result = value;
  if (bits != 0) result = bits::append(process->heap, value, bits, &place.data, &place.bit);
  RELOAD();
  in.dst.store<Mode::Any>(REGS, result);
  NEXT(bs_append);
}
OP(bs_append) { GOTO_OP(bs_append_begin); }

COLD_OP(bs_private_append_begin) {
  auto& in = operands<ins::bs_private_append>(pc);
  size_t bits;
  Term reason = atom::badarg, value = in.bits.load<Mode::Any>(REGS);
  if (!checked_size(in.size.load<Mode::Any>(REGS), 1, &bits, &reason)) FAIL_OR_RAISE(in.fail, reason);
  if (!is_bits(value) || bits::size_bits(value) % in.unit.value != 0) FAIL_OR_RAISE(in.fail, atom::badarg);
  SPILL();
  Term result = value;
  if (bits != 0) result = bits::append(process->heap, value, bits, &place.data, &place.bit);
  RELOAD();
  in.dst.store<Mode::Any>(REGS, result);
  NEXT(bs_private_append);
}
OP(bs_private_append) { GOTO_OP(bs_private_append_begin); }

COLD_OP(bs_put_integer_at_place) {
  auto& in = operands<ins::bs_put_integer>(pc);
  size_t bits;
  Term reason = atom::badarg;
  if (!checked_size(in.size.load<Mode::Any>(REGS), in.unit.value, &bits, &reason) ||
      !bits_create::put_integer(place.data, place.bit, bits, in.value.load<Mode::Any>(REGS), in.flags.value))
    FAIL_OR_RAISE(in.fail, reason);
  place.bit += bits;
  NEXT(bs_put_integer);
}
OP(bs_put_integer) { GOTO_OP(bs_put_integer_at_place); }

COLD_OP(bs_put_float_at_place) {
  auto& in = operands<ins::bs_put_float>(pc);
  size_t bits;
  Term reason = atom::badarg;
  if (!checked_size(in.size.load<Mode::Any>(REGS), in.unit.value, &bits, &reason) ||
      bits_create::put_float(place.data, place.bit, bits, in.value.load<Mode::Any>(REGS), in.flags.value).is_value())
    FAIL_OR_RAISE(in.fail, reason);
  place.bit += bits;
  NEXT(bs_put_float);
}
OP(bs_put_float) { GOTO_OP(bs_put_float_at_place); }

COLD_OP(bs_put_binary_at_place) {
  auto& in = operands<ins::bs_put_binary>(pc);
  Term value = in.value.load<Mode::Any>(REGS), reason = atom::badarg;
  size_t bits;
  if (!checked_size(in.size.load<Mode::Any>(REGS), in.unit.value, &bits, &reason) || !is_bits(value))
    FAIL_OR_RAISE(in.fail, reason);
  BitSpan span = bits::span(value);
  if (bits > span.size) FAIL_OR_RAISE(in.fail, atom::badarg);
  bits::copy(place.data, place.bit, span.data, span.offset, bits);
  place.bit += bits;
  reds -= SWord(bits / (8 * 1024));
  NEXT(bs_put_binary);
}
OP(bs_put_binary) { GOTO_OP(bs_put_binary_at_place); }

COLD_OP(bs_put_binary_all_at_place) {
  auto& in = operands<ins::bs_put_binary_all>(pc);
  Term value = in.value.load<Mode::Any>(REGS);
  if (!is_bits(value)) FAIL_OR_RAISE(in.fail, atom::badarg);
  BitSpan span = bits::span(value);
  if (span.size % in.unit.value != 0) FAIL_OR_RAISE(in.fail, atom::badarg);
  bits::copy(place.data, place.bit, span.data, span.offset, span.size);
  place.bit += span.size;
  reds -= SWord(span.size / (8 * 1024));
  NEXT(bs_put_binary_all);
}
OP(bs_put_binary_all) { GOTO_OP(bs_put_binary_all_at_place); }

COLD_OP(bs_put_string_at_place) {
  auto& in = operands<ins::bs_put_string>(pc);
  bits::copy(place.data, place.bit, reinterpret_cast<const uint8_t*>(in.bytes.at), 0, in.bits.value);
  place.bit += in.bits.value;
  NEXT_TAIL(bs_put_string, in.words.value);
}
OP(bs_put_string) { GOTO_OP(bs_put_string_at_place); }

COLD_OP(bs_put_utf8_at_place) {
  auto& in = operands<ins::bs_put_utf8>(pc);
  size_t bits = bits_create::put_utf8(place.data, place.bit, in.value.load<Mode::Any>(REGS));
  if (bits == 0) FAIL_OR_RAISE(in.fail, atom::badarg);
  place.bit += bits;
  NEXT(bs_put_utf8);
}
OP(bs_put_utf8) { GOTO_OP(bs_put_utf8_at_place); }

COLD_OP(bs_put_utf16_at_place) {
  auto& in = operands<ins::bs_put_utf16>(pc);
  size_t bits = bits_create::put_utf16(place.data, place.bit, in.value.load<Mode::Any>(REGS), in.flags.value);
  if (bits == 0) FAIL_OR_RAISE(in.fail, atom::badarg);
  place.bit += bits;
  NEXT(bs_put_utf16);
}
OP(bs_put_utf16) { GOTO_OP(bs_put_utf16_at_place); }

COLD_OP(bs_put_utf32_at_place) {
  auto& in = operands<ins::bs_put_utf32>(pc);
  if (!bits_create::put_utf32(place.data, place.bit, in.value.load<Mode::Any>(REGS), in.flags.value))
    FAIL_OR_RAISE(in.fail, atom::badarg);
  place.bit += 32;
  NEXT(bs_put_utf32);
}
OP(bs_put_utf32) { GOTO_OP(bs_put_utf32_at_place); }

// Sizes in bits or bytes; what is no size, or larger than any, fails here.
COLD_OP(bs_add_sizes) {
  auto& in = operands<ins::bs_add>(pc);
  size_t a, b;
  Term reason = atom::badarg;
  if (!checked_size(in.lhs.load<Mode::Any>(REGS), 1, &a, &reason) ||
      !checked_size(in.rhs.load<Mode::Any>(REGS), in.unit.value, &b, &reason))
    FAIL_OR_RAISE(in.fail, reason);
  in.dst.store<Mode::Any>(REGS, Term::small(SWord(a + b)));
  NEXT(bs_add);
}
OP(bs_add) { GOTO_OP(bs_add_sizes); }

OP(bs_utf8_size) {
  auto& in = operands<ins::bs_utf8_size>(pc);
  in.dst.store<Mode::Any>(REGS, Term::small(SWord(bits_create::utf8_bits(in.value.load<Mode::Any>(REGS)) / 8)));
  NEXT(bs_utf8_size);
}
OP(bs_utf16_size) {
  auto& in = operands<ins::bs_utf16_size>(pc);
  in.dst.store<Mode::Any>(REGS, Term::small(SWord(bits_create::utf16_bits(in.value.load<Mode::Any>(REGS)) / 8)));
  NEXT(bs_utf16_size);
}

}  // namespace joist
