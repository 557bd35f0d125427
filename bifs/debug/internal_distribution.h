// What erts_debug:get_internal_state/1 and set_internal_state/2 do with distribution.
#pragma once
#include "bifs/bif.h"

namespace joist {

// False when the item is none of distribution.
bool get_distribution_state(NativeCall& c, Term item, NativeResult* result);
bool set_distribution_state(Term item, Term value, NativeResult* result);

}  // namespace joist
