// The part of erlang:trace_info/2 that is about functions.
#pragma once
#include "bifs/bif.h"

namespace joist {

// {M, F, A} or on_load.
bool is_about_functions(Term what);
// trace_info(What, Item) of such a What. It waits for the code permission, by a state of its own.
NativeResult trace_info_of_functions(NativeCall& c);

}  // namespace joist
