// system_flag(multi_scheduling, How): who keeps all schedulers but one standing still. A blocker's exit ends its blocking.
#pragma once
#include "vm/code/native.h"

namespace joist {

void init_multi_scheduling();  // once, before processes run
// How: block, unblock, block_normal, unblock_normal. Returns the state after it: enabled, blocked, blocked_normal.
NativeResult change_multi_scheduling(NativeCall& c, Term how);
Term multi_scheduling_state();
// Pids, each once; those of block_normal, or of block.
Term multi_scheduling_blockers(Heap& heap, bool normal);

}  // namespace joist
