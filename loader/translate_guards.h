// Rules of bif and gc_bif that make in-place instructions; calls of the other guard natives are control's.
#pragma once
#include "loader/translate.h"

namespace joist {

// Whether an import is erlang:function/2.
bool is_erlang(Emitter& e, const GenericOperand& import, Term function);
// Whether a gc_bif2 adds a constant to a register or subtracts one; *constant is what it adds.
bool adds_constant(Emitter& e, const GenericOp& op, SWord* constant);

size_t translate_bif0(Emitter& e, std::span<const GenericOp> ops);
size_t translate_bif1(Emitter& e, std::span<const GenericOp> ops);
size_t translate_bif2(Emitter& e, std::span<const GenericOp> ops);
size_t translate_gc_bif1(Emitter& e, std::span<const GenericOp> ops);
size_t translate_gc_bif2(Emitter& e, std::span<const GenericOp> ops);

}  // namespace joist
