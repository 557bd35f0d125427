// How long will a collection take? Known before it begins, to the order of magnitude.
#pragma once
#include "gc/heap.h"

namespace joist {

// Words that the next collection may have to copy: those of the generations that it looks at, dead ones included.
size_t words_to_collect(const Heap& heap, bool major);

}  // namespace joist
