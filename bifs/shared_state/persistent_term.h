#pragma once
#include "vm/term/term.h"

namespace joist {

// Slots of the table of persistent terms, for erts_debug's internal state.
size_t persistent_term_slots();
void for_each_persistent_term(void (*f)(Term key, Term value, void* argument), void* argument);

}  // namespace joist
