#pragma once
#include "vm/term/term.h"

namespace joist {

// The value, or the non-value; good until it is erased and all processes have let go of it.
Term find_persistent_term(Term key);
// Slots of the table of persistent terms, for erts_debug's internal state.
size_t persistent_term_slots();
void for_each_persistent_term(void (*f)(Term key, Term value, void* argument), void* argument);

}  // namespace joist
