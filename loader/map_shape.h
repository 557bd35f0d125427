// Key tuples of flat maps whose keys are atoms. All maps that code makes with the same keys share one tuple, over all modules. Shapes are
// never freed, as atoms are not: there are no more of them than map expressions in all code ever loaded.
#pragma once
#include <span>

#include "vm/term/term.h"

namespace joist {

// The literal tuple of these keys, which are sorted as flat maps' keys are. Any thread.
Term map_shape(std::span<const Term> keys);

}  // namespace joist
