// What the rules of the bit syntax share, and the rules of construction before OTP 25.
#pragma once
#include "loader/translate.h"

namespace joist {

// Field flags of an operand: a number, nil, or a literal list of little, native, signed …; native is resolved.
unsigned translate_field_flags(Emitter& e, const GenericOperand& flags);
GenericOperand translate_number(Word n);
// Appends the words that hold `bits` bits at byte `offset` of the string table. False: beyond its end (the module is refused).
bool translate_string_words(Emitter& e, Word offset, Word bits, std::vector<GenericOperand>& words);

size_t translate_bs_init2(Emitter& e, std::span<const GenericOp> ops);
size_t translate_bs_init_bits(Emitter& e, std::span<const GenericOp> ops);
size_t translate_bs_append(Emitter& e, std::span<const GenericOp> ops);
size_t translate_bs_private_append(Emitter& e, std::span<const GenericOp> ops);
size_t translate_bs_put_integer(Emitter& e, std::span<const GenericOp> ops);
size_t translate_bs_put_float(Emitter& e, std::span<const GenericOp> ops);
size_t translate_bs_put_binary(Emitter& e, std::span<const GenericOp> ops);
size_t translate_bs_put_string(Emitter& e, std::span<const GenericOp> ops);
size_t translate_bs_put_utf8(Emitter& e, std::span<const GenericOp> ops);
size_t translate_bs_put_utf16(Emitter& e, std::span<const GenericOp> ops);
size_t translate_bs_put_utf32(Emitter& e, std::span<const GenericOp> ops);
size_t translate_bs_add(Emitter& e, std::span<const GenericOp> ops);

}  // namespace joist
