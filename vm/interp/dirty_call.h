// Dirty natives: how one is called on a dirty scheduler, and how its result comes back to the process.
#pragma once
#include "vm/sched/dirty.h"

namespace joist {

// SeldomUsed::dirty_result when the native returned a term, which then lies in x behind the arguments; else its signal.
inline constexpr Word dirty_result_is_term = 1;

// Set by vm/nif: keeps a native that may go away while a dirty call of it waits or runs, and lets it go.
inline void (*hold_native)(const NativeEntry& native, bool on) = nullptr;

// The call of process.seldom_used().dirty_native on the saved x registers. The caller runs the process.
DirtyCall* prepare_dirty_call(Process& process);

}  // namespace joist
