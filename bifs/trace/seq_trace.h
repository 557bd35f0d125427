// The settings of sequence tracing that erlang:system_flag/2 and system_info/1 know.
#pragma once
#include "bifs/bif.h"

namespace joist {

// system_flag(sequential_tracer, Tracer): the one before.
NativeResult set_sequential_tracer(NativeCall& c);
// system_flag(reset_seq_trace, _); waits, by a state of its own.
NativeResult reset_all_sequences(NativeCall& c);
// A pid, a port, {Module, State}, or false.
Term sequential_tracer(Heap& heap);

}  // namespace joist
