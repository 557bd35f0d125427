// Entering and leaving the machine, and the few instructions that belong to no module.
//
// run_process() calls the handler at process.pc; handlers call one another by tail calls until one of them, having called leave(),
// returns: then all of the machine's registers are in the process again.
#include "vm/interp/run.h"

#include <memory>

#include "vm/interp/dirty_call.h"
#include "vm/interp/dispatch.h"
#include "vm/interp/own_code.h"
#include "vm/interp/sampler.h"
#include "vm/interp/trace_frames.h"
#include "vm/process/collection.h"
#include "vm/process/saved_calls.h"
#include "vm/process/spawn.h"
#include "vm/sched/machine_hooks.h"

namespace joist {

Word own_code_words[size_t(OwnCode::count)];

void init_machine() {
  auto set = [](OwnCode which, Op op) { own_code_words[size_t(which)] = handler_word(op); };
  set(OwnCode::ReturnTrace, Op::return_trace);
  set(OwnCode::ExceptionTrace, Op::return_trace);
  set(OwnCode::ReturnTime, Op::return_time);
  set(OwnCode::ReturnTo, Op::return_to_trace);
  set(OwnCode::ProcessStart, Op::process_start);
  set(OwnCode::NormalExit, Op::normal_exit);
  machine_hooks.run_process = run_process;
  machine_hooks.prepare_dirty_call = prepare_dirty_call;
  spawn_defaults.apply_entry = own_code(OwnCode::ProcessStart);
}

void leave(Process& process, RunOutcome outcome, size_t live) {
  machine_state(process).outcome = outcome;
  // Natives and received messages filled the heap's fragments: now is a safe point.
  if (process.heap.wants_collection_between_turns() && (outcome == RunOutcome::Yield || outcome == RunOutcome::Wait)) {
    if (takes_long(process)) end_turn_with({});
    else collect_live(process, 0, live);
  }
  save_x(process, process.x, live);
}

RunOutcome run_process(Process& process) {
  // Not in the thread's static storage: most threads never run the machine.
  static thread_local const auto own_state = std::make_unique<MachineState>();
  MachineState& state = *own_state;
  Sampled sampled(process);
  process.x = state.x;
  load_x(process, process.x);
  const Word* pc = process.pc;
  Word handler = HANDLER_WORD();
  if (process.rerun) [[unlikely]] {
    process.rerun = false;
    handler = instruction_word(pc);
  }
  if (process.timed) [[unlikely]] call_hooks.time_slice(process, true);
  if (process.save_calls) [[unlikely]] hide_slice(process);
  reinterpret_cast<Handler>(handler)(pc, reinterpret_cast<Term*>(process.heap.stack), process.heap.top, process.reductions, &process,
                                 process.x[0], process.x[1], process.x[2], process.x[3]);
  if (process.save_calls) [[unlikely]] show_slice(process);
  if (process.timed) [[unlikely]] call_hooks.time_slice(process, false);
  return machine_state(process).outcome;
}

// There is room, but the heap wants a collection that takes long: its turn comes to an end, and then it gets it.
static bool can_wait(Process& process, size_t need) {
  if (!process.heap.has_room(Words(need)) || !takes_long(process)) return false;
#ifdef JOIST_GC_STRESS
  gc_stress::collected(process.heap, process.heap.heap_words());  // the instruction tries again, and must get on
#endif
  process.reductions = 0;
  return true;
}

bool collect_or_leave(Process& process, size_t need, size_t live) {
  if (!process.heap.has_room(Words(need)) && takes_long(process)) {
    machine_state(process).outcome = RunOutcome::Yield;
    save_x(process, process.x, live);
    end_turn_with({Collection::Wanted, Words(need)});
    return false;
  }
  collect_live(process, need, live);
  return true;
}

void collect_live(Process& process, size_t need, size_t live) {
  if (can_wait(process, need)) return;
  Roots roots{&process, {process.x, live}};
  collect_process(process, roots, Words(need));
}

}  // namespace joist
