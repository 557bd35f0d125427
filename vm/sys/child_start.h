// Starting a child process. Only the poll thread does (poll.h).
#pragma once
#include "vm/sys/poll.h"

namespace joist::sys {

// An errno value when it could not be started, or could not execute its program; closes no descriptor.
int start_child(ChildOptions& options, int* pid);

}  // namespace joist::sys
