// Raising and unwinding. All run after SPILL.
#pragma once
#include <initializer_list>

#include "vm/process/process.h"

namespace joist {

// undef of M:F with these arguments on top of the stacktrace.
void set_undefined(Process& process, Term module, Term function, Term args);
// function_clause of the function whose func_info process.pc is at.
void set_function_clause(Process& process);
// Turns a native's result that is no term into process.exception(), with its arguments; for Raise, completes what the native set.
void set_native_failure(Process& process, const NativeEntry& native, NativeResult::Signal signal, const Term* args);

// process.exception() is raised at process.pc. With a catch: x0…x3 are set (x0: the non-value, reason, raw trace, class), the stack is cut
// and the handler's code returned. Else null: process.exception().reason is what the process exits with.
const Word* unwind(Process& process);

// ---- raw traces: what x2 holds until build_stacktrace (stacktrace.cpp)
// Remembers where process.exception() happened, cheaply: return addresses, not names.
Term capture_trace(Process& process);
// A raw trace that stands for a list given to erlang:raise/3.
Term wrap_trace(Process& process, ExceptionClass class_, Term list);
// The list [{M, F, ArityOrArgs, Location}] of a raw trace; nil when it is none.
Term build_stacktrace(Process& process, Term raw_trace);
// Class a raw trace was captured with.
ExceptionClass class_of_trace(Term raw_trace);
// The exception goes on with another class. Nothing happens to what is no raw trace.
void set_class_of_trace(Term raw_trace, ExceptionClass class_);
// Frames from a process's stack: the code addresses of the calls between its words `stack` and `end`, newest first, `limit` at most.
size_t collect_return_addresses(const Word* stack, const Word* end, const Word** out, size_t limit);

extern std::atomic<uint32_t> backtrace_depth;  // system_flag(backtrace_depth, …)

Term class_atom(ExceptionClass class_);
bool class_of_atom(Term atom, ExceptionClass* class_);

}  // namespace joist
