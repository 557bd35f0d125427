#include "vm/trace/spec.h"

namespace joist::trace {

Spec compile_spec(Heap& scratch, Term specification, const match::CompileOptions& options) {
  match::Program* program = match::compile(scratch, specification, options, nullptr);
  if (!program) return nullptr;
  return Spec(program, [](match::Program* p) { p->release(); });
}

Term run_spec(const match::Program& spec, Process& process, const Term* arguments, size_t count, MatchActions& actions) {
  constexpr size_t steps_a_reduction = 16;
  match::Run run{.process = process, .heap = process.heap, .subject = Term()};
  run.copy = false;
  run.arguments = arguments;
  run.argument_count = count;
  run.actions = &actions;
  Term result = match::run(spec, run);
  process.reductions -= SWord(run.steps / steps_a_reduction);
  return result;
}

}  // namespace joist::trace
