// What becomes of a native's result.
#pragma once
#include "vm/interp/dispatch.h"
#include "vm/process/machine_state.h"

namespace joist {

enum class NativeStep : uint8_t {
  Done,   // x0 is the result
  Raise,  // process.exception() is set
  Trap,   // machine_state().callee is to be called; the arguments are in x
  Left,   // leave() was called: return from the handler
};

// The rest of run_native(): the native is not simply to be called here; it said something else than a term.
NativeStep run_elsewhere(Process& process, const NativeEntry& native);
NativeStep finish_signal(Process& process, const NativeEntry& native, NativeResult result);
void end_native_state(Process& process);

[[gnu::always_inline]] inline NativeStep finish_native(Process& process, const NativeEntry& native, NativeResult result) {
  if (!result.is_term()) [[unlikely]] return finish_signal(process, native, result);
  if (process.native_state) [[unlikely]] end_native_state(process);
  process.x[0] = result.term();
  if (process.heap.wants_collection()) [[unlikely]] collect_live(process, 0, 1);
  return NativeStep::Done;
}
// After SPILL: calls the native with x0… as its arguments.
[[gnu::always_inline]] inline NativeStep run_native(Process& process, const NativeEntry& native) {
  if (native.gate.load(std::memory_order_relaxed) >= NativeKind::Long) [[unlikely]] return run_elsewhere(process, native);
  NativeCall call{process, process.x, &native};
  return finish_native(process, native, native.fn(call));
}
// The native that the process, which is not running, goes on with in its next slice; null when it is in Erlang code.
const NativeEntry* native_under_way(const Process& process);
// For `bif` instructions: one that neither yields nor traps.
NativeResult call_guard_native(Process& process, const NativeEntry& native, Term* args);
// After SPILL: collects; x registers below `live` and `value` survive.
void collect_with(Process& process, size_t live, Term& value);

}  // namespace joist
