// Rules of bif and gc_bif that make in-place instructions; calls of the other guard natives are control's.
#pragma once
#include "loader/translate.h"

namespace joist {

size_t translate_bif0(Emitter& e, std::span<const GenericOp> ops);
size_t translate_bif1(Emitter& e, std::span<const GenericOp> ops);
size_t translate_bif2(Emitter& e, std::span<const GenericOp> ops);
size_t translate_gc_bif1(Emitter& e, std::span<const GenericOp> ops);
size_t translate_gc_bif2(Emitter& e, std::span<const GenericOp> ops);

}  // namespace joist
