// What becomes of a native's result.
#pragma once
#include "vm/process/machine_state.h"

namespace joist {

enum class NativeStep : uint8_t {
  Done,   // x0 is the result
  Raise,  // process.exception() is set
  Trap,   // machine_state().callee is to be called; the arguments are in x
  Left,   // leave() was called: return from the handler
};

// After SPILL: calls the native with x0… as its arguments.
NativeStep run_native(Process& process, const NativeEntry& native);
// The native that the process, which is not running, goes on with in its next slice; null when it is in Erlang code.
const NativeEntry* native_under_way(const Process& process);
// For `bif` instructions: one that neither yields nor traps.
NativeResult call_guard_native(Process& process, const NativeEntry& native, Term* args);
// After SPILL: collects; x registers below `live` and `value` survive.
void collect_with(Process& process, size_t live, Term& value);

}  // namespace joist
