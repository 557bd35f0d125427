#pragma once
#include <cstddef>

namespace joist {

// Slots of the table of persistent terms, for erts_debug's internal state.
size_t persistent_term_slots();

}  // namespace joist
