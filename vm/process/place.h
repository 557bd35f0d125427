// Where in the code a process is, for messages about it.
#pragma once
#include "vm/process/process.h"

namespace joist {

inline constexpr size_t place_words = 4;
// {M, F, A} of a process that the calling thread runs or has claimed, or `none` when it is in no function.
Term write_place(HeapWriter& w, const Process& process, Term none);
// The same of an address, which may be null.
Term write_place(HeapWriter& w, const Word* at, Term none);

}  // namespace joist
