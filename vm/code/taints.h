// Native code from outside that this VM has ever loaded, by the names of modules and drivers: system_info(taints).
#pragma once
#include "gc/heap.h"

namespace joist {

// An atom. Any thread; may be called again.
void add_taint(Term name);
// The list of all, the last one first.
Term taints(Heap& heap);

}  // namespace joist
