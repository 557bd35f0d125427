// Rules for instructions of the bit syntax: matching, and construction as of OTP 25. Older construction: translate_bits_legacy.cpp.
//
// The bytes of strings lie behind the instruction that uses them, so code needs nothing of the file's string table.
#include "loader/translate_bits.h"

#include <algorithm>
#include <cstring>

#include "vm/interp/bits_create.h"
#include "vm/interp/bits_match.h"
#include "vm/term/atom.h"

namespace joist {
namespace {

using bits_create::Segment;
using bits_create::SegmentKind;
using bits_match::field_little;
using bits_match::field_native;
using bits_match::field_signed;

// Whether an operand is a number known now, times unit in *bits, small enough for every instruction's 32-bit field.
bool fixed_bits(const GenericOperand& size, Word unit, Word* bits) {
  if (size.kind != OperandKind::Integer && size.kind != OperandKind::Unsigned) return false;
  return size.value >= 0 && !__builtin_mul_overflow(Word(size.value), unit, bits) && *bits < (Word(1) << 31);
}

// ---- matching

size_t start_match3(Emitter& e, std::span<const GenericOp> ops) {  // Fail Src Live Dst
  auto& op = ops[0];
  e.emit(Op::bs_start_match, {op[1], op[3], op[0], op[2]});
  return 1;
}

size_t start_match4(Emitter& e, std::span<const GenericOp> ops) {  // Fail Live Src Dst; Fail: label, or atom no_fail or resume
  auto& op = ops[0];
  if (op[0].kind == OperandKind::Atom) {
    if (op[0].atom().same(atom::resume)) e.emit(Op::move, {op[2], op[3]});
    else e.emit(Op::bs_start_match, {op[2], op[3], Value::no_label(), op[1]});
  } else {
    e.emit(Op::bs_start_match, {op[2], op[3], op[0], op[1]});
  }
  return 1;
}

// An integer field of constant size at `match`.
void get_integer(Emitter& e, const GenericOperand& match, const GenericOperand& dst, const GenericOperand& fail,
                 const GenericOperand& live, Word bits, unsigned flags) {
  bool plain = flags == 0 || (bits == 8 && flags == field_little);
  if (plain && (bits == 8 || bits == 16 || bits == 32)) {
    e.emit(bits == 8 ? Op::bs_get_8 : bits == 16 ? Op::bs_get_16 : Op::bs_get_32, {match, dst, fail});
  } else {
    e.emit(Op::bs_get_integer, {match, dst, fail, Value::number(bits), Value::number(flags), live});
  }
}

size_t get_integer2(Emitter& e, std::span<const GenericOp> ops) {  // Fail Match Live Size Unit Flags Dst
  auto& op = ops[0];
  Word bits, unit = Word(op[4].value);
  unsigned flags = translate_field_flags(e, op[5]);
  if (fixed_bits(op[3], unit, &bits)) get_integer(e, op[1], op[6], op[0], op[2], bits, flags);
  else e.emit(Op::bs_get_integer_sized, {op[1], op[3], op[6], op[0], Value::number(unit), Value::number(flags), op[2]});
  return 1;
}

size_t get_float2(Emitter& e, std::span<const GenericOp> ops) {  // Fail Match Live Size Unit Flags Dst
  auto& op = ops[0];
  e.emit(Op::bs_get_float,
         {op[1], op[3], op[6], op[0], op[4], Value::number(translate_field_flags(e, op[5])), op[2]});
  return 1;
}

size_t get_binary2(Emitter& e, std::span<const GenericOp> ops) {  // Fail Match Live Size Unit Flags Dst; Size may be all
  auto& op = ops[0];
  Word bits;
  if (op[3].kind == OperandKind::Atom && op[3].atom().same(atom::all)) {
    e.emit(Op::bs_get_binary_all, {op[1], op[6], op[0], op[4], op[2]});
  } else if (fixed_bits(op[3], Word(op[4].value), &bits)) {
    e.emit(Op::bs_get_binary, {op[1], op[6], op[0], Value::number(bits), op[2]});
  } else {
    e.emit(Op::bs_get_binary_sized, {op[1], op[3], op[6], op[0], op[4], op[2]});
  }
  return 1;
}

size_t skip_bits2(Emitter& e, std::span<const GenericOp> ops) {  // Fail Match Size Unit Flags
  auto& op = ops[0];
  Word bits;
  if (op[2].kind == OperandKind::Atom && op[2].atom().same(atom::all)) e.emit(Op::bs_skip_all, {op[1], op[0], op[3]});
  else if (fixed_bits(op[2], Word(op[3].value), &bits)) e.emit(Op::bs_skip, {op[1], op[0], Value::number(bits)});
  else e.emit(Op::bs_skip_sized, {op[1], op[2], op[0], op[3]});
  return 1;
}

template <Op O>
size_t match_and_number(Emitter& e, std::span<const GenericOp> ops) {  // Fail Match N
  e.emit(O, {ops[0][1], ops[0][0], ops[0][2]});
  return 1;
}

size_t match_string(Emitter& e, std::span<const GenericOp> ops) {  // Fail Match Bits Offset
  auto& op = ops[0];
  std::vector<GenericOperand> words;
  if (!translate_string_words(e, Word(op[3].value), Word(op[2].value), words)) return 1;
  e.emit(Op::bs_match_string, {op[1], op[0], op[2], Value::number(words.size()), std::span<const GenericOperand>(words)});
  return 1;
}

size_t get_tail(Emitter& e, std::span<const GenericOp> ops) {  // Match Dst Live
  e.emit(Op::bs_get_tail, {ops[0][0], ops[0][1], ops[0][2]});
  return 1;
}
size_t get_position(Emitter& e, std::span<const GenericOp> ops) {  // Match Dst Live
  e.emit(Op::bs_get_position, {ops[0][0], ops[0][1]});
  return 1;
}

size_t get_utf8(Emitter& e, std::span<const GenericOp> ops) {  // Fail Match Live Flags Dst
  e.emit(Op::bs_get_utf8, {ops[0][1], ops[0][4], ops[0][0]});
  return 1;
}
template <Op O>
size_t get_utf(Emitter& e, std::span<const GenericOp> ops) {  // Fail Match Live Flags Dst
  auto& op = ops[0];
  e.emit(O, {op[1], op[4], op[0], Value::number(translate_field_flags(e, op[3]))});
  return 1;
}
size_t skip_utf8(Emitter& e, std::span<const GenericOp> ops) {  // Fail Match Live Flags
  e.emit(Op::bs_skip_utf8, {ops[0][1], ops[0][0]});
  return 1;
}
template <Op O>
size_t skip_utf(Emitter& e, std::span<const GenericOp> ops) {  // Fail Match Live Flags
  e.emit(O, {ops[0][1], ops[0][0], Value::number(translate_field_flags(e, ops[0][3]))});
  return 1;
}

// One command of bs_match at `c` (its name and what follows); the number of operands it took, 0 when it is unknown.
// *ensured: bits that are left for certain. *taken: bits that the commands so far took; a failure leaves the context as it was.
size_t match_command(Emitter& e, const GenericOp& op, std::span<const GenericOperand> c, Word* ensured, Word* taken) {
  auto take = [&](Word bits) {
    *taken += bits;
    *ensured -= std::min(*ensured, bits);
  };
  auto &fail = op[0], &match = op[1];
  if (c[0].kind != OperandKind::Atom) return 0;
  Term name = c[0].atom();
  if (name.same(atom::ensure_at_least) && c.size() >= 3) {
    e.emit(Op::bs_ensure_at_least, {match, fail, c[1], c[2]});
    *ensured = Word(c[1].value);
    return 3;
  }
  if (name.same(atom::ensure_exactly) && c.size() >= 2) {
    e.emit(Op::bs_test_tail, {match, fail, c[1]});
    *ensured = Word(c[1].value);
    return 2;
  }
  if (name.same(atom::skip) && c.size() >= 2) {
    e.emit(Op::bs_skip, {match, fail, c[1]});
    take(Word(c[1].value));
    return 2;
  }
  if (name.same(atom::get_tail) && c.size() >= 4) {  // Live Unit Dst
    e.emit(Op::bs_get_binary_all, {match, c[3], fail, c[2], c[1]});
    return 4;
  }
  if (name.same(atom::eq_exact) && c.size() >= 4) {  // Live Size Value
    Word value = c[3].kind == OperandKind::Unsigned ? Word(c[3].value) : 0;
    if (c[3].kind == OperandKind::Integer) value = Word(c[3].value);
    if (c[2].value > 64 || c[2].value < 0 || (c[3].kind != OperandKind::Unsigned && c[3].kind != OperandKind::Integer)) return 0;
    if (c[2].value < 64) value &= (Word(1) << c[2].value) - 1;
    e.emit(Op::bs_equals, {match, fail, c[2], Value::number(*taken), Value::number(value)});
    take(Word(c[2].value));
    return 4;
  }
  if (c.size() < 6) return 0;  // Live Flags Size Unit Dst
  Word bits;
  if (!fixed_bits(c[3], Word(c[4].value), &bits)) return 0;
  unsigned flags = translate_field_flags(e, c[2]);
  if (name.same(atom::binary)) {
    e.emit(Op::bs_get_binary, {match, c[5], fail, Value::number(bits), c[1]});
  } else if (name.same(atom::integer)) {
    if (bits <= *ensured && flags == 0 && (bits == 8 || bits == 16 || bits == 32))
      e.emit(bits == 8 ? Op::bs_take_8 : bits == 16 ? Op::bs_take_16 : Op::bs_take_32, {match, c[5]});
    else
      get_integer(e, match, c[5], fail, c[1], bits, flags);
  } else {
    return 0;
  }
  take(bits);
  return 6;
}

size_t bs_match(Emitter& e, std::span<const GenericOp> ops) {  // Fail Match [command, arguments …, …]
  auto commands = ops[0][2].elements();
  Word ensured = 0, taken = 0;
  while (!commands.empty()) {
    size_t operands = match_command(e, ops[0], commands, &ensured, &taken);
    if (!operands) return e.refuse("unknown command of bs_match"), 1;
    commands = commands.subspan(operands);
  }
  return 1;
}

// ---- construction

Word source_bits(Emitter& e, const GenericOperand& o) {
  if (o.kind == OperandKind::X) return ins::Src::reg(mode_of_x(size_t(o.value)), size_t(o.value)).bits;
  if (o.kind == OperandKind::Y) return ins::Src::reg(Mode::Y, size_t(o.value)).bits;
  return e.module().constant(o).raw();
}

// Type Segment Unit Flags Value Size
bool make_segment(Emitter& e, std::span<const GenericOperand> c, Segment* s, std::vector<GenericOperand>& strings, size_t strings_at) {
  Term type = c[0].atom();
  Word unit = Word(c[2].value), bits;
  *s = {SegmentKind::Append, uint8_t(translate_field_flags(e, c[3])), uint16_t(unit), uint32_t(c[1].value), {}, {}};
  bool fixed = fixed_bits(c[5], unit, &bits);
  auto sized = [&](SegmentKind with_size, SegmentKind with_bits) {
    s->kind = fixed ? with_bits : with_size;
    s->size = {fixed ? bits : source_bits(e, c[5])};
  };
  if (type.same(atom::string)) {
    s->kind = SegmentKind::String;
    if (!fixed_bits(c[5], 8, &bits)) return false;
    s->size = {bits};
    s->value = {strings_at + strings.size()};
    return translate_string_words(e, Word(c[4].value), bits, strings);
  }
  s->value = {source_bits(e, c[4])};
  if (type.same(atom::append)) s->kind = SegmentKind::Append;
  else if (type.same(atom::private_append)) s->kind = SegmentKind::PrivateAppend;
  else if (type.same(atom::integer)) sized(SegmentKind::Integer, SegmentKind::IntegerFixed);
  else if (type.same(atom::float_)) sized(SegmentKind::Float, SegmentKind::FloatFixed);
  else if (type.same(atom::utf8)) s->kind = SegmentKind::Utf8;
  else if (type.same(atom::utf16)) s->kind = SegmentKind::Utf16;
  else if (type.same(atom::utf32)) s->kind = SegmentKind::Utf32;
  else if (!type.same(atom::binary)) return false;
  else if (c[5].kind == OperandKind::Atom && c[5].atom().same(atom::all)) s->kind = SegmentKind::BinaryAll;
  else sized(SegmentKind::Binary, SegmentKind::BinaryFixed);
  return true;
}

size_t create_bin(Emitter& e, std::span<const GenericOp> ops) {  // Fail Alloc Live Unit Dst [segments]
  auto& op = ops[0];
  auto list = op[5].elements();
  size_t count = list.size() / 6, segment_words = sizeof(Segment) / sizeof(Word);
  std::vector<Segment> segments(count);
  std::vector<GenericOperand> strings;
  for (size_t i = 0; i < count; i++) {
    if (list[6 * i].kind != OperandKind::Atom || !make_segment(e, list.subspan(6 * i, 6), &segments[i], strings, count * segment_words)) {
      e.refuse("bad segment of bs_create_bin");
      return 1;
    }
  }
  std::vector<GenericOperand> tail;
  for (size_t i = 0; i < count; i++) {
    Word words[sizeof(Segment) / sizeof(Word)];
    std::memcpy(words, &segments[i], sizeof words);
    for (Word w : words) tail.push_back(translate_number(w));
    // Constants stay operands.
    const GenericOperand &value = list[6 * i + 4], &size = list[6 * i + 5];
    if (value.is_constant() && segments[i].kind != SegmentKind::String) tail[3 * i + 1] = value;
    if (size.is_constant() && words[2] == e.module().constant(size).raw()) tail[3 * i + 2] = size;
  }
  tail.insert(tail.end(), strings.begin(), strings.end());
  Word bits = 0;
  for (const Segment& s : segments) {
    bool fixed = s.kind == SegmentKind::IntegerFixed || s.kind == SegmentKind::FloatFixed || s.kind == SegmentKind::BinaryFixed ||
                 s.kind == SegmentKind::String;
    if (fixed) bits += s.size.bits;
    else if (s.kind != SegmentKind::Append && s.kind != SegmentKind::PrivateAppend) bits = bits_create::unknown_size;
    if (bits >= bits_create::unknown_size) {
      bits = bits_create::unknown_size;
      break;
    }
  }
  e.emit(Op::bs_create_bin, {op[4], op[0], op[1], op[2], Value::number(count), Value::number(tail.size()), Value::number(bits),
                             std::span<const GenericOperand>(tail)});
  return 1;
}

size_t init_writable(Emitter& e, std::span<const GenericOp>) {
  e.emit(Op::bs_init_writable, {});
  return 1;
}

template <Op O>
size_t utf_size(Emitter& e, std::span<const GenericOp> ops) {  // Fail Value Dst
  e.emit(O, {ops[0][1], ops[0][2]});
  return 1;
}

constexpr Rule rules[] = {
    {op_bs_start_match3, start_match3},
    {op_bs_start_match4, start_match4},
    {op_bs_get_integer2, get_integer2},
    {op_bs_get_float2, get_float2},
    {op_bs_get_binary2, get_binary2},
    {op_bs_skip_bits2, skip_bits2},
    {op_bs_test_tail2, match_and_number<Op::bs_test_tail>},
    {op_bs_test_unit, match_and_number<Op::bs_test_unit>},
    {op_bs_match_string, match_string},
    {op_bs_get_tail, get_tail},
    {op_bs_get_position, get_position},
    {op_bs_set_position, direct<Op::bs_set_position>},
    {op_bs_get_utf8, get_utf8},
    {op_bs_get_utf16, get_utf<Op::bs_get_utf16>},
    {op_bs_get_utf32, get_utf<Op::bs_get_utf32>},
    {op_bs_skip_utf8, skip_utf8},
    {op_bs_skip_utf16, skip_utf<Op::bs_skip_utf16>},
    {op_bs_skip_utf32, skip_utf<Op::bs_skip_utf32>},
    {op_bs_match, bs_match},
    {op_bs_create_bin, create_bin},
    {op_bs_init_writable, init_writable},
    {op_bs_init2, translate_bs_init2},
    {op_bs_init_bits, translate_bs_init_bits},
    {op_bs_append, translate_bs_append},
    {op_bs_private_append, translate_bs_private_append},
    {op_bs_put_integer, translate_bs_put_integer},
    {op_bs_put_float, translate_bs_put_float},
    {op_bs_put_binary, translate_bs_put_binary},
    {op_bs_put_string, translate_bs_put_string},
    {op_bs_put_utf8, translate_bs_put_utf8},
    {op_bs_put_utf16, translate_bs_put_utf16},
    {op_bs_put_utf32, translate_bs_put_utf32},
    {op_bs_add, translate_bs_add},
    {op_bs_utf8_size, utf_size<Op::bs_utf8_size>},
    {op_bs_utf16_size, utf_size<Op::bs_utf16_size>},
};

}  // namespace
const std::span<const Rule> bits_rules = rules;
}  // namespace joist
