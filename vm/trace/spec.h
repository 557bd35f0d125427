// Match specifications of a trace.
#pragma once
#include <memory>

#include "vm/trace/match_actions.h"

namespace joist::trace {

// Compiled; null: everything matches.
using Spec = std::shared_ptr<const match::Program>;
// Null when it is malformed.
Spec compile_spec(Heap& scratch, Term specification, const match::CompileOptions& options);

// What `spec` (not null) says of these arguments: true, or the message; false, or the non-value when no clause matches. On the thread
// that runs the process, whose reductions it costs.
Term run_spec(const match::Program& spec, Process& process, const Term* arguments, size_t count, MatchActions& actions);

}  // namespace joist::trace
