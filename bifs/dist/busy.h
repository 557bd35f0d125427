// Waiting for connections that have more to carry than they may (+zdbbl).
#pragma once
#include "bifs/bif.h"

namespace joist {

// What a native returns that has sent a signal to a process of that node: the caller goes on with `result`, but not before the connection
// is no longer busy.
NativeResult after_signal_to(NativeCall& c, Term node, Term result);
// The same when `to` is a pid of another node; for all else result.
NativeResult after_signal_to_pid(NativeCall& c, Term to, Term result);

}  // namespace joist
