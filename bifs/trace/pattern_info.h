// The part of erlang:trace_info/2 that is about what erlang:trace_pattern/3 sets.
#pragma once
#include "bifs/bif.h"

namespace joist {

// {M, F, A}, on_load, send, 'receive'.
bool is_about_patterns(Term what);
// trace_info(What, Item) of such a What. It waits for the code permission, by a state of its own.
NativeResult trace_info_of_pattern(NativeCall& c);

}  // namespace joist
