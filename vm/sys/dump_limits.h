// A crash dump's file, and what it may cost.
#pragma once
#include <cstdint>
#include <cstdio>

namespace joist::sys {

// A new file that others cannot read (0640); null when it cannot be made. From now on the OS process has a lower priority by `nice`,
// and is ended after `seconds` (0 or less: never).
FILE* open_dump(const char* name, int64_t seconds, int64_t nice);

}  // namespace joist::sys
