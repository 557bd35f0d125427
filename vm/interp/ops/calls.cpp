// Calls. A call pushes its return address, counts a reduction and jumps; when the slice is used up, the process yields at the callee's
// entry, with the callee's arguments as its live registers.
#include "vm/code/export.h"
#include "vm/code/fun.h"
#include "vm/interp/apply.h"
#include "vm/interp/ops/calls.h"
#include "vm/interp/own_code.h"
#include "vm/interp/run.h"
#include "vm/process/exit.h"
#include "vm/process/saved_calls.h"

namespace joist {

// A process that saves its calls has not come to the end of its slice.
#define GO_ON_WHEN_SAVING(note)                                 \
  if (process->save_calls) {                                    \
    note;                                                       \
    bool goes_on = slice_goes_on(*process);                     \
    RELOAD();                                                   \
    if (goes_on) DISPATCH();                                    \
  }

SHARED_COLD_OP(yield_at_entry) {
  SPILL();
  GO_ON_WHEN_SAVING((void)0);
  leave(*process, RunOutcome::Yield, operands<ins::func_info>(pc - words_of<ins::func_info>).arity.value);
}

OP(call) {
  auto& in = operands<ins::call>(pc);
  PUSH_RETURN(call);
  ENTER_LOCAL(in.target);
}
OP(call_only) { ENTER_LOCAL(operands<ins::call_only>(pc).target); }
OP(call_last) {
  auto& in = operands<ins::call_last>(pc);
  E += in.frame.value;
  ENTER_LOCAL(in.target);
}
#define MOVE_ARGUMENT() in.to.store<D>(REGS, in.argument.load<A>(REGS))
// Registers that a call's last argument is moved to.
using ArgumentRegisters = Modes<Mode::X0, Mode::X1, Mode::X2, Mode::X3>;

OP_MODES(move_call, A, D) {
  auto& in = operands<ins::move_call>(pc);
  MOVE_ARGUMENT();
  PUSH_RETURN(move_call);
  ENTER_LOCAL(in.target);
}
VARIANTS(move_call, AllSources, ArgumentRegisters)
OP_MODES(move_call_only, A, D) {
  auto& in = operands<ins::move_call_only>(pc);
  MOVE_ARGUMENT();
  ENTER_LOCAL(in.target);
}
VARIANTS(move_call_only, AllSources, ArgumentRegisters)
OP_MODES(move_call_last, A, D) {
  auto& in = operands<ins::move_call_last>(pc);
  MOVE_ARGUMENT();
  E += in.frame.value;
  ENTER_LOCAL(in.target);
}
VARIANTS(move_call_last, AllSources, ArgumentRegisters)

// ---- exports: the code may be a stub without func_info, so the export says how many arguments are live

// Natives note their calls themselves.
static void save_call_of(Process& process, const Export& called) {
  if (!called.native) save_call(process, {called.module, called.function, called.arity});
}

// pc is the export's code; its Export* lies in process->yield_export.
COLD_OP(yield_at_export) {
  SPILL();
  GO_ON_WHEN_SAVING(save_call_of(*process, *machine_state(*process).calling));
  leave(*process, RunOutcome::Yield, machine_state(*process).calling->arity);
}
#define ENTER_EXPORT(export_)                           \
  do {                                                  \
    const Export* target = (export_);                   \
    pc = target->current();                             \
    if (CHARGE_CALL() < 0) [[unlikely]] {               \
      machine_state(*process).calling = target;                        \
      GOTO_OP(yield_at_export);                         \
    }                                                   \
    DISPATCH();                                         \
  } while (0)

OP(call_ext) {
  auto& in = operands<ins::call_ext>(pc);
  PUSH_RETURN(call_ext);
  ENTER_EXPORT(in.target.p);
}
OP(call_ext_only) { ENTER_EXPORT(operands<ins::call_ext_only>(pc).target.p); }
OP(call_ext_last) {
  auto& in = operands<ins::call_ext_last>(pc);
  E += in.frame.value;
  ENTER_EXPORT(in.target.p);
}

OP_MODES(move_call_ext, A, D) {
  auto& in = operands<ins::move_call_ext>(pc);
  MOVE_ARGUMENT();
  PUSH_RETURN(move_call_ext);
  ENTER_EXPORT(in.target.p);
}
VARIANTS(move_call_ext, AllSources, ArgumentRegisters)
OP_MODES(move_call_ext_only, A, D) {
  auto& in = operands<ins::move_call_ext_only>(pc);
  MOVE_ARGUMENT();
  ENTER_EXPORT(in.target.p);
}
VARIANTS(move_call_ext_only, AllSources, ArgumentRegisters)
OP_MODES(move_call_ext_last, A, D) {
  auto& in = operands<ins::move_call_ext_last>(pc);
  MOVE_ARGUMENT();
  E += in.frame.value;
  ENTER_EXPORT(in.target.p);
}
VARIANTS(move_call_ext_last, AllSources, ArgumentRegisters)

// ---- calls whose target is known at run time only: C++ finds the code (apply.h) and leaves it in machine_state(*process).callee

// pc is the caller's instruction; machine_state(*process).callee says where to go with how many live registers.
#define ENTER_CALLEE()                                  \
  do {                                                  \
    pc = machine_state(*process).callee;                               \
    if (CHARGE_CALL() < 0) [[unlikely]] GOTO_OP(yield_at_callee); \
    DISPATCH();                                         \
  } while (0)
// A fun's function is not exported, as a rule: its calls are no global ones.
static void save_call_of(Process& process, const Word* callee) {
  if (!find_code(callee)) return save_call_of(process, *operands<ins::call_undefined>(callee).target.p);  // an export's stub
  auto& info = operands<ins::func_info>(callee - words_of<ins::func_info>);
  const Export* exported = find_export(Term::from_raw(info.module.bits), Term::from_raw(info.function.bits), info.arity.value);
  if (exported && exported->current() == callee) save_call_of(process, *exported);
}
COLD_OP(yield_at_callee) {
  SPILL();
  GO_ON_WHEN_SAVING(save_call_of(*process, machine_state(*process).callee));
  leave(*process, RunOutcome::Yield, machine_state(*process).callee_live);
}

#define FIND_CALLEE(find)                               \
  do {                                                  \
    SPILL();                                            \
    bool found = find;                                  \
    RELOAD();                                           \
    if (!found) GOTO_OP(raise);                         \
  } while (0)

// Frees the frame of a tail call, or pushes an address inside this instruction when the frame is to be seen.
#define LEAVE_FRAME(words)                                                \
  do {                                                                    \
    if (machine_state(*process).keep_caller) [[unlikely]]                 \
      *--E = Term::from_raw(reinterpret_cast<Word>(pc + 1));              \
    else                                                                  \
      E += (words);                                                       \
  } while (0)

COLD_OP(call_fun_slow) {
  auto& in = operands<ins::call_fun>(pc);
  Term fun = in.fun.load<Mode::Any>(REGS);
  FIND_CALLEE(prepare_fun_call(*process, fun, in.arity.value));
  PUSH_RETURN(call_fun);
  ENTER_CALLEE();
}
COLD_OP(call_fun_last_slow) {
  auto& in = operands<ins::call_fun_last>(pc);
  Term fun = in.fun.load<Mode::Any>(REGS);
  FIND_CALLEE(prepare_fun_call(*process, fun, in.arity.value));
  LEAVE_FRAME(in.frame.value);
  ENTER_CALLEE();
}
// The common case is a local fun without free variables. With some, they are loaded behind the arguments: by way of memory, for which
// registers they go to depends on the arity.
#define LOAD_FUN(slow, with_environment)                                                                    \
  Term fun_term = in.fun.load<F>(REGS);                                                                     \
  auto fun = fun_term.as<Fun>();                                                                            \
  if (!fun || fun->entry->arity != in.arity.value || reds <= 1) [[unlikely]] GOTO_OP(slow);                 \
  if (fun->env_size() != 0) {                                                                               \
    machine_state(*process).fun = fun.get();                                                                \
    [[clang::musttail]] return with_environment(REGS);                                                      \
  }                                                                                                         \
  const Word* target = fun->entry->address.load(std::memory_order_relaxed);                                 \
  reds--
#define LOAD_ENVIRONMENT()                                                                                  \
  MachineState& state = machine_state(*process);                                                            \
  const Fun* fun = state.fun;                                                                               \
  state.x[0] = x0, state.x[1] = x1, state.x[2] = x2, state.x[3] = x3;                                       \
  Term* to = state.x + in.arity.value;                                                                      \
  size_t n = fun->env_size();                                                                               \
  _Pragma("clang loop vectorize(disable) unroll(disable)") for (size_t i = 0; i < n; i++) to[i] = fun->env[i]; \
  x0 = state.x[0], x1 = state.x[1], x2 = state.x[2], x3 = state.x[3];                                       \
  reds--

HANDLER static void call_fun_environment(REGS_DECL) {
  auto& in = operands<ins::call_fun>(pc);
  LOAD_ENVIRONMENT();
  PUSH_RETURN(call_fun);
  pc = fun->entry->address.load(std::memory_order_relaxed);
  DISPATCH();
}
HANDLER static void call_fun_last_environment(REGS_DECL) {
  auto& in = operands<ins::call_fun_last>(pc);
  LOAD_ENVIRONMENT();
  E += in.frame.value;
  pc = fun->entry->address.load(std::memory_order_relaxed);
  DISPATCH();
}

OP_MODES(call_fun, F) {
  auto& in = operands<ins::call_fun>(pc);
  LOAD_FUN(call_fun_slow, call_fun_environment);
  PUSH_RETURN(call_fun);
  pc = target;
  DISPATCH();
}
VARIANTS(call_fun, AllSources)
OP_MODES(call_fun_last, F) {
  auto& in = operands<ins::call_fun_last>(pc);
  LOAD_FUN(call_fun_last_slow, call_fun_last_environment);
  E += in.frame.value;
  pc = target;
  DISPATCH();
}
VARIANTS(call_fun_last, AllSources)

OP(apply) {
  auto& in = operands<ins::apply>(pc);
  FIND_CALLEE(prepare_apply(*process, in.arity.value));
  PUSH_RETURN(apply);
  ENTER_CALLEE();
}
OP(apply_last) {
  auto& in = operands<ins::apply_last>(pc);
  FIND_CALLEE(prepare_apply(*process, in.arity.value));
  LEAVE_FRAME(in.frame.value);
  ENTER_CALLEE();
}
OP(apply_list) {
  FIND_CALLEE(prepare_apply_list(*process));
  PUSH_RETURN(apply_list);
  ENTER_CALLEE();
}
OP(apply_list_last) {
  auto& in = operands<ins::apply_list_last>(pc);
  FIND_CALLEE(prepare_apply_list(*process));
  LEAVE_FRAME(in.frame.value);
  ENTER_CALLEE();
}
OP(apply_fun_list) {
  FIND_CALLEE(prepare_apply_fun_list(*process));
  PUSH_RETURN(apply_fun_list);
  ENTER_CALLEE();
}
OP(apply_fun_list_last) {
  auto& in = operands<ins::apply_fun_list_last>(pc);
  FIND_CALLEE(prepare_apply_fun_list(*process));
  LEAVE_FRAME(in.frame.value);
  ENTER_CALLEE();
}

// ---- code of the VM's own

OP(process_start) {
  *--E = Term::from_raw(reinterpret_cast<Word>(own_code(OwnCode::NormalExit)));
  FIND_CALLEE(prepare_apply_list(*process));
  ENTER_CALLEE();
}
OP(call_undefined) {
  auto& in = operands<ins::call_undefined>(pc);
  if (in.target->native) GOTO_OP(native_export);
  FIND_CALLEE(prepare_undefined(*process, *in.target.p));
  ENTER_CALLEE();
}
COLD_OP(await_purge) {
  FunEntry& fun = *operands<ins::call_unloaded_fun>(pc).fun.p;
  SPILL();
  bool waits = prepare_purge_wait(*process, fun);
  RELOAD();
  if (waits) pc = machine_state(*process).callee;
  else if (fun.is_loaded()) pc = fun.address.load(std::memory_order_acquire);  // the purge was given up just now
  SPILL();
  if (waits) leave(*process, RunOutcome::Suspended, machine_state(*process).callee_live);
  else leave(*process, RunOutcome::Yield, fun.arity + fun.num_free);
}
OP(call_unloaded_fun) {
  auto& in = operands<ins::call_unloaded_fun>(pc);
  if (in.fun->in_purge.load(std::memory_order_relaxed)) GOTO_OP(await_purge);
  FIND_CALLEE(prepare_unloaded_fun(*process, *in.fun.p));
  ENTER_CALLEE();
}
OP(normal_exit) {
  SPILL();
  begin_exit(*process, atom::normal);
  leave(*process, RunOutcome::Exited, 0);
}
OP(hibernate) {
  SPILL();
  if (!prepare_hibernate(*process)) {
    RELOAD();
    GOTO_OP(raise);
  }
  // With messages in the queue it wakes up at once.
  leave(*process, process->messages.length ? RunOutcome::Yield : RunOutcome::Hibernate, 3);
}

}  // namespace joist
