// What erts_debug:get_internal_state/1 and set_internal_state/2 do with tables.
#pragma once
#include "bifs/bif.h"

namespace joist {

// False when the item is none of tables.
bool get_ets_state(NativeCall& c, Term item, NativeResult* result);
bool set_ets_state(NativeCall& c, Term item, Term value, NativeResult* result);

}  // namespace joist
