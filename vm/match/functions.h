// The functions of guards and bodies (internal to vm/match).
#pragma once
#include "gc/heap.h"
#include "vm/match/code.h"

namespace joist::match {

// args[0] is the first argument. The non-value when it fails. Results may share with the arguments.
Term call(Heap& heap, Function function, const Term* args);

}  // namespace joist::match
