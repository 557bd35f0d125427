// Calls whose target is found at run time. All run after SPILL. True: machine_state(process).callee and callee_live say where to go, the
// arguments are in process.x. False: process.exception() is set.
#pragma once
#include "vm/code/breakpoints.h"
#include "vm/interp/dispatch.h"
#include "vm/process/machine_state.h"

namespace joist {

// fun applied to x0…x(arity-1): loads the environment behind them.
bool prepare_fun_call(Process& process, Term fun, size_t arity);
// Module and function in x(arity) and x(arity+1).
bool prepare_apply(Process& process, size_t arity);
// erlang:apply/3: x0:x1 with the list in x2.
bool prepare_apply_list(Process& process);
// erlang:apply/2: fun x0 with the list in x1.
bool prepare_apply_fun_list(Process& process);
// A call of an export without code: error_handler:undefined_function(M, F, Args).
bool prepare_undefined(Process& process, Export& target);
// A call of a function that the debugger interprets: error_handler:breakpoint(M, F, Args).
bool prepare_debugger(Process& process, const Breakpoint& breakpoint);
// A call of a fun whose module is not loaded.
bool prepare_unloaded_fun(Process& process, FunEntry& entry);
// Suspends the process until the purge that the fun's module is in has ended; then erts_code_purger:pending_purge_lambda/3 calls it again.
// False (no exception) when the module is in none.
bool prepare_purge_wait(Process& process, FunEntry& entry);
// After a purge ended: those who waited go on. Caller is inside its quiescence section.
void end_purge_waits();
// erlang:hibernate/3: checks x0…x2, drops the stack and shrinks the heap.
bool prepare_hibernate(Process& process);

// The x registers from 0 as a list.
Term make_argument_list(Process& process, size_t count);

}  // namespace joist
