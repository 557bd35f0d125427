// Calling natives and acting on their results; the members of NativeCall that natives use to fail, trap and collect.
#include "vm/interp/native_result.h"

#include "vm/code/breakpoints.h"
#include "vm/code/export.h"
#include "vm/interp/dirty_call.h"
#include "vm/interp/dispatch.h"
#include "vm/interp/exceptions.h"
#include "vm/interp/run.h"
#include "vm/process/collection.h"
#include "vm/process/saved_calls.h"

namespace joist {
namespace {

// A call that a native goes on with, between its return and that call: a dirty native's result waits for its scheduler.
struct TrapState final : NativeState {
  Export* target;
  size_t arity;
  Term args[NativeCall::max_trap_arguments];
  void visit_roots(RootVisitor& visitor) override { visitor.visit(args, arity); }
};

// What a native that said elsewhere() goes on as: its state's owner; without a state it begins anew, on a dirty pool.
const NativeEntry& next_entry(const Process& process, const NativeEntry& native) {
  return process.native_state ? *process.native_state->owner : native;
}

}  // namespace

void end_native_state(Process& process) {
  delete process.native_state;
  process.native_state = nullptr;
}

NativeStep finish_signal(Process& process, const NativeEntry& native, NativeResult result) {
  switch (result.signal()) {
    case NativeResult::Again:
      process.rerun = true;
      leave(process, RunOutcome::Yield, native.arity);
      return NativeStep::Left;
    case NativeResult::Wait:
      process.rerun = true;
      leave(process, RunOutcome::Wait, native.arity);
      return NativeStep::Left;
    case NativeResult::Exited:
      leave(process, RunOutcome::Exited, 0);
      return NativeStep::Left;
    case NativeResult::Trap: {
      auto& trap = *static_cast<TrapState*>(process.native_state);
      for (size_t i = 0; i < trap.arity; i++) process.x[i] = trap.args[i];
      machine_state(process).callee = trap.target->current();
      end_native_state(process);
      return NativeStep::Trap;
    }
    default:
      end_native_state(process);
      set_native_failure(process, native, result.signal(), process.x);
      return NativeStep::Raise;
  }
}

namespace {

// A send is noted as the call and as the event.
void note_call(Process& process, const NativeEntry& native) {
  static const Term send = make_atom("send");
  save_call(process, {native.module, native.function, native.arity});
  if (native.module.same(atom::erlang) && native.function.same(send)) save_call(process, {send});
}

// A native that runs on a scheduler of its own, always or when it takes long, or there is none, or calls of it are watched.
NativeStep run_visibly(Process& process, const NativeEntry& native) {
  if (native.gate.load(std::memory_order_relaxed) == NativeKind::Watched) {
    if (instruction_word(process.pc) == handler_word(Op::call_native)) {
      machine_state(process).callee = native.export_->current();
      return NativeStep::Trap;
    }
    if (process.save_calls && !process.native_state && !process.seldom_used().dirty_result) note_call(process, native);
    if (native.kind < NativeKind::Long) {
      NativeCall call{process, process.x, &native};
      return finish_native(process, native, native.fn(call));
    }
  }
  if (native.kind == NativeKind::Missing) return finish_native(process, native, NativeResult::Undef);
  // A dirty scheduler ran it meanwhile. A term it left in x0's place: see dirty_call.cpp.
  Word bits = process.seldom_used().dirty_result;
  if (bits) process.seldom().dirty_result = 0;
  if (bits == dirty_result_is_term) return finish_native(process, native, process.x[native.arity]);
  if (bits && bits != NativeResult::Elsewhere) return finish_native(process, native, NativeResult::Signal(bits));
  const NativeEntry* as = &next_entry(process, native);
  while (begins_here(as->kind)) {
    NativeCall call{process, process.x, as};
    NativeResult result = as->fn(call);
    if (result.is_term() || result.signal() != NativeResult::Elsewhere) return finish_native(process, native, result);
    if (!process.native_state) break;
    as = process.native_state->owner;
    if (begins_here(as->kind) && --process.reductions <= 0) return finish_native(process, native, NativeResult::Again);
  }
  process.seldom().dirty_native = as;
  process.rerun = true;
  leave(process, RunOutcome::Dirty, native.arity);
  return NativeStep::Left;
}

}  // namespace

// A native finds what is left of a slice that its process hides.
NativeStep run_elsewhere(Process& process, const NativeEntry& native) {
  if (process.save_calls) show_slice(process);
  NativeStep step = run_visibly(process, native);
  if (process.save_calls && step != NativeStep::Left) hide_slice(process);
  return step;
}

const NativeEntry* native_under_way(const Process& process) {
  if (!process.rerun) return nullptr;
  if (const NativeEntry* dirty = process.seldom_used().dirty_native) return dirty;
  Word instruction = instruction_word(process.pc);
  if (instruction == handler_word(Op::call_native)) return operands<ins::call_native>(process.pc).native.p;
  if (instruction == handler_word(Op::send)) return operands<ins::send>(process.pc).native.p;
  if (instruction == handler_word(Op::native_body)) return operands<ins::native_body>(process.pc).native.p;
  return instruction == handler_word(Op::call_undefined) ? operands<ins::call_undefined>(process.pc).target->native : nullptr;
}

NativeResult call_guard_native(Process& process, const NativeEntry& native, Term* args) {
  if (native.kind == NativeKind::Missing) [[unlikely]] return NativeResult::Undef;
  NativeCall call{process, args, &native};
  return native.fn(call);
}

void collect_with(Process& process, size_t live, Term& value) {
  if (takes_long(process)) {
    process.reductions = 0;  // at the end of its turn, which is now
    return;
  }
  Roots roots{&process, {process.x, live}, {&value, 1}};
  collect_process(process, roots, Words(0));
}

// ---- NativeCall

void NativeCall::set_state(NativeState* state) const {
  if (process.native_state != state) delete process.native_state;
  process.native_state = state;
  if (state) state->owner = entry;
}

NativeResult NativeCall::error(Term reason, Term cause) const {
  set_error(process, reason);
  process.exception().native = entry;
  process.exception().cause = cause;
  return NativeResult::Raise;
}
NativeResult NativeCall::exit(Term reason) const {
  set_error(process, reason);
  process.exception().class_ = ExceptionClass::Exit;
  process.exception().native = entry;
  return NativeResult::Raise;
}
NativeResult NativeCall::throw_(Term value) const {
  set_error(process, value);
  process.exception().class_ = ExceptionClass::Throw;
  process.exception().native = entry;
  return NativeResult::Raise;
}
NativeResult NativeCall::trap_list(Export* target, const Term* trap_args, size_t count) const {
  VERIFY(count <= max_trap_arguments);
  auto* trap = new TrapState;
  trap->target = target;
  trap->arity = count;
  for (size_t i = 0; i < count; i++) trap->args[i] = trap_args[i];
  set_state(trap);
  return NativeResult::Trap;
}
void NativeCall::collect(Words need) const {
  Roots roots{&process, {args, entry->arity}};
  collect_process(process, roots, need);
}

}  // namespace joist
