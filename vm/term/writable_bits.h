// Writable binaries, as the collector sees them.
#pragma once
#include "vm/term/boxed.h"

namespace joist::bits {

// Once a collection for each writable binary that survives it: gives the room kept for appends back when there was no append since the
// last time. That may move the bytes, so no match context may be left that was made before.
void settle_writable(RefcBits& bits);

}  // namespace joist::bits
