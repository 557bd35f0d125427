// Construction of bitstrings before OTP 25, and helpers of all rules of the bit syntax.
#include <cstring>

#include "loader/translate_bits.h"
#include "vm/interp/bits_match.h"
#include "vm/term/atom.h"

namespace joist {

unsigned translate_field_flags(Emitter& e, const GenericOperand& flags) {
  unsigned bits = 0;
  if (flags.kind == OperandKind::Unsigned) {
    bits = unsigned(flags.value);
  } else if (flags.kind == OperandKind::Literal) {
    for (Term list = e.module().constant(flags); list.is_cons(); list = list.as_cons()->tail) {
      Term flag = list.as_cons()->head;
      if (flag.same(atom::little)) bits |= bits_match::field_little;
      else if (flag.same(atom::native)) bits |= bits_match::field_native;
      else if (flag.same(atom::signed_)) bits |= bits_match::field_signed;
    }
  }
  if (bits & bits_match::field_native) bits |= bits_match::field_little;  // every machine we run on
  return bits & (bits_match::field_little | bits_match::field_signed);
}

GenericOperand translate_number(Word n) {
  GenericOperand o;
  o.kind = OperandKind::Unsigned;
  o.value = SWord(n);
  return o;
}

bool translate_string_words(Emitter& e, Word offset, Word bits, std::vector<GenericOperand>& words) {
  auto table = e.module().strings;
  Word bytes = bits / 8 + (bits % 8 != 0);
  if (offset > table.size() || bytes > table.size() - offset) {
    e.refuse("string beyond the string table");
    return false;
  }
  // At least one word: a match reads eight bytes at once.
  size_t first = words.size();
  for (Word i = 0; i < bytes || words.size() == first; i += 8) {
    Word w = 0;
    std::memcpy(&w, table.data() + offset + i, bytes - i < 8 ? bytes - i : 8);
    words.push_back(translate_number(w));
  }
  return true;
}

// bs_init* Fail Size Words Live Flags Dst; Size: a number, or a register
static size_t begin(Emitter& e, const GenericOp& op, Word unit) {
  Term constant = op[1].kind == OperandKind::Unsigned ? Term::small(op[1].value) : Term();
  e.emit(Op::bs_init, {constant.is_value() ? Value(constant) : Value(op[1]), op[5], op[0], Value::number(unit), op[2], op[3]});
  return 1;
}
size_t translate_bs_init2(Emitter& e, std::span<const GenericOp> ops) { return begin(e, ops[0], 8); }
size_t translate_bs_init_bits(Emitter& e, std::span<const GenericOp> ops) { return begin(e, ops[0], 1); }

// Fail Size Extra Live Unit Bin Flags Dst
size_t translate_bs_append(Emitter& e, std::span<const GenericOp> ops) {
  auto& op = ops[0];
  e.emit(Op::bs_append, {op[1], op[5], op[7], op[0], op[4], op[2], op[3]});
  return 1;
}
// Fail Size Unit Bin Flags Dst: without a number of live registers, so without collecting.
size_t translate_bs_private_append(Emitter& e, std::span<const GenericOp> ops) {
  auto& op = ops[0];
  e.emit(Op::bs_private_append, {op[1], op[3], op[5], op[0], op[2]});
  return 1;
}

template <Op O>
static size_t put_number(Emitter& e, const GenericOp& op) {  // Fail Size Unit Flags Src
  e.emit(O, {op[1], op[4], op[0], op[2], Value::number(translate_field_flags(e, op[3]))});
  return 1;
}
size_t translate_bs_put_integer(Emitter& e, std::span<const GenericOp> ops) { return put_number<Op::bs_put_integer>(e, ops[0]); }
size_t translate_bs_put_float(Emitter& e, std::span<const GenericOp> ops) { return put_number<Op::bs_put_float>(e, ops[0]); }

size_t translate_bs_put_binary(Emitter& e, std::span<const GenericOp> ops) {  // Fail Size Unit Flags Src; Size may be all
  auto& op = ops[0];
  if (op[1].kind == OperandKind::Atom && op[1].atom().same(atom::all)) e.emit(Op::bs_put_binary_all, {op[4], op[0], op[2]});
  else e.emit(Op::bs_put_binary, {op[1], op[4], op[0], op[2]});
  return 1;
}

size_t translate_bs_put_string(Emitter& e, std::span<const GenericOp> ops) {  // Length Offset
  auto& op = ops[0];
  std::vector<GenericOperand> words;
  if (!translate_string_words(e, Word(op[1].value), 8 * Word(op[0].value), words)) return 1;
  e.emit(Op::bs_put_string, {Value::number(8 * Word(op[0].value)), Value::number(words.size()), std::span<const GenericOperand>(words)});
  return 1;
}

size_t translate_bs_put_utf8(Emitter& e, std::span<const GenericOp> ops) {  // Fail Flags Src
  e.emit(Op::bs_put_utf8, {ops[0][2], ops[0][0]});
  return 1;
}
template <Op O>
static size_t put_utf(Emitter& e, const GenericOp& op) {  // Fail Flags Src
  e.emit(O, {op[2], op[0], Value::number(translate_field_flags(e, op[1]))});
  return 1;
}
size_t translate_bs_put_utf16(Emitter& e, std::span<const GenericOp> ops) { return put_utf<Op::bs_put_utf16>(e, ops[0]); }
size_t translate_bs_put_utf32(Emitter& e, std::span<const GenericOp> ops) { return put_utf<Op::bs_put_utf32>(e, ops[0]); }

// Fail A B Unit Dst
size_t translate_bs_add(Emitter& e, std::span<const GenericOp> ops) {
  auto& op = ops[0];
  e.emit(Op::bs_add, {op[1], op[2], op[4], op[0], op[3]});
  return 1;
}

}  // namespace joist
