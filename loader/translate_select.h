// Rules for selection and for maps.
#pragma once
#include "loader/translate.h"

namespace joist {

size_t translate_select_val(Emitter& e, std::span<const GenericOp> ops);
size_t translate_select_tuple_arity(Emitter& e, std::span<const GenericOp> ops);
template <bool Exact>
size_t translate_put_map(Emitter& e, std::span<const GenericOp> ops);
extern template size_t translate_put_map<false>(Emitter& e, std::span<const GenericOp> ops);
extern template size_t translate_put_map<true>(Emitter& e, std::span<const GenericOp> ops);
size_t translate_get_map_elements(Emitter& e, std::span<const GenericOp> ops);
size_t translate_has_map_fields(Emitter& e, std::span<const GenericOp> ops);

}  // namespace joist
