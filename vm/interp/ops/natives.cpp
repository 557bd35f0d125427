// Calling natives (BIFs).
#include "vm/interp/native_result.h"

#include "vm/code/export.h"
#include "vm/interp/dispatch.h"
#include "vm/interp/exceptions.h"
#include "vm/interp/run.h"

namespace joist {

// Runs with the x registers in memory. A long native that says Again or Wait leaves pc at this instruction: it is run again with the
// same arguments, its progress being in process.native_state.
#define CALL_NATIVE(name, may_yield)                                              \
  OP(name) {                                                                      \
    const NativeEntry* native = operands<ins::name>(pc).native.p;                 \
    SPILL();                                                                      \
    NativeStep step = run_native(*process, *native);                              \
    if (step == NativeStep::Done) [[likely]] {                                    \
      /* Nothing but the result is live: that the others are the same saves keeping them. */ \
      HP = process->heap.top;                                                     \
      E = reinterpret_cast<Term*>(process->heap.stack);                           \
      x0 = x1 = x2 = x3 = process->x[0];                                          \
      reds = process->reductions - 1;                                             \
      if (!(may_yield) || reds > 0) [[likely]] NEXT(name);                        \
      SPILL();                                                                    \
      process->pc = pc + words_of<ins::name>;                                     \
      return leave(*process, RunOutcome::Yield, 1);                               \
    }                                                                             \
    if (step == NativeStep::Left) return;                                         \
    RELOAD();                                                                     \
    if (step == NativeStep::Raise) GOTO_OP(raise);                                \
    /* Trap: call another function in its place. */                               \
    *--E = Term::from_raw(reinterpret_cast<Word>(pc + words_of<ins::name>));      \
    pc = machine_state(*process).callee;                                          \
    DISPATCH();                                                                   \
  }
CALL_NATIVE(call_native, false)
CALL_NATIVE(send, true)  // many in a row are no call, which would yield

// A call by way of the native's own function or its export: it returns to whoever called. Stacktraces leave pc out.
[[gnu::always_inline]] static inline bool finish_body(NativeStep step, const Word*& pc, Term*& E, Process* process) {
  if (step == NativeStep::Raise) return false;
  if (step == NativeStep::Trap) {
    pc = machine_state(*process).callee;
  } else {
    pc = reinterpret_cast<const Word*>(E->raw());
    E++;
  }
  return true;
}
#define RUN_BODY(native)                                  \
  SPILL();                                                \
  NativeStep step = run_native(*process, *(native));      \
  if (step == NativeStep::Left) return;                   \
  RELOAD();                                               \
  reds--;                                                 \
  if (!finish_body(step, pc, E, process)) GOTO_OP(raise); \
  DISPATCH()

OP(native_body) { RUN_BODY(operands<ins::native_body>(pc).native.p); }
OP(nif_stub) { NEXT(nif_stub); }
SHARED_COLD_OP(native_export) { RUN_BODY(operands<ins::call_undefined>(pc).target->native); }

OP(bif0) {
  auto& in = operands<ins::bif0>(pc);
  SPILL();
  NativeResult result = call_guard_native(*process, *in.native.p, nullptr);
  RELOAD();
  if (!result.is_term()) [[unlikely]] {
    set_native_failure(*process, *in.native.p, result.signal(), nullptr);
    GOTO_OP(raise);
  }
  in.dst.store<Mode::Any>(REGS, result.term());
  NEXT(bif0);
}

// Loads n operands, calls, stores. A failing guard jumps; a failing body expression raises with the native's frame.
#define RUN_BIF(name, n, ...)                                                          \
  auto& in = operands<ins::name>(pc);                                                  \
  Term args[n] = {__VA_ARGS__};                                                        \
  SPILL();                                                                             \
  NativeResult result = call_guard_native(*process, *in.native.p, args);               \
  if (!result.is_term()) [[unlikely]] {                                                \
    if (!in.fail) set_native_failure(*process, *in.native.p, result.signal(), args);   \
    RELOAD();                                                                          \
    if (in.fail) JUMP(in.fail);                                                        \
    GOTO_OP(raise);                                                                    \
  }                                                                                    \
  Term value = result.term()

#define ARG(field) in.field.load<Mode::Any>(REGS)
// An instruction that calls a guard native; a collecting one may have filled the heap.
#define BIF_OP(name, n, ...)                                                           \
  OP(name) {                                                                           \
    RUN_BIF(name, n, __VA_ARGS__);                                                     \
    RELOAD();                                                                          \
    in.dst.store<Mode::Any>(REGS, value);                                              \
    NEXT(name);                                                                        \
  }
#define GC_BIF_OP(name, n, ...)                                                        \
  OP(name) {                                                                           \
    RUN_BIF(name, n, __VA_ARGS__);                                                     \
    if (process->heap.wants_collection()) collect_with(*process, in.live.value, value); \
    RELOAD();                                                                          \
    in.dst.store<Mode::Any>(REGS, value);                                              \
    NEXT(name);                                                                        \
  }
BIF_OP(bif1, 1, ARG(a))
BIF_OP(bif2, 2, ARG(a), ARG(b))
BIF_OP(bif3, 3, ARG(a), ARG(b), ARG(c))
GC_BIF_OP(gc_bif1, 1, ARG(a))
GC_BIF_OP(gc_bif2, 2, ARG(a), ARG(b))
GC_BIF_OP(gc_bif3, 3, ARG(a), ARG(b), ARG(c))

}  // namespace joist
