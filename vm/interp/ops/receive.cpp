// Receiving and sending messages.
//
//   loop:  loop_rec empty      the next message to x0, or to `empty` when there is none
//          … match …           a mismatch goes to loop_rec_end, a match to remove_message
//   empty: wait loop           or wait_timeout … loop; timeout
//
// No x register is live at `loop` and `empty`, but for the time of a wait without clauses. A process that waits goes on at `loop`,
// whatever woke it.
#include "vm/process/receive.h"

#include "vm/interp/dispatch.h"
#include "vm/interp/run.h"
#include "vm/process/collection.h"
#include "vm/process/hooks.h"
#include "vm/process/saved_calls.h"
#include "vm/process/send.h"
#include "vm/process/trace_hooks.h"
#include "vm/sched/timers.h"

namespace joist {

OP(loop_rec) {
  auto& in = operands<ins::loop_rec>(pc);
  SPILL();
  Term message;
  switch (peek_message(*process, &message)) {
    case Received::Message:
      RELOAD();
      if (reds <= 0) [[unlikely]] {
        if (!process->save_calls || !slice_goes_on(*process)) break;
        reds = process->reductions;
      }
      x0 = message;
      NEXT(loop_rec);
    case Received::Empty:
      RELOAD();
      JUMP(in.empty);
    case Received::Stop:
      leave(*process, stop_outcome(*process), 0);
      return;
  }
  SPILL();
  leave_message(*process);
  leave(*process, RunOutcome::Yield, 0);
}

OP(loop_rec_end) {
  next_message(*process);
  reds--;
  JUMP(operands<ins::loop_rec_end>(pc).again);
}

[[gnu::noinline]] static void save_receive(Process& process) {
  static const Term receive = make_atom("receive");
  save_call(process, {receive});
}

OP(remove_message) {
  SPILL();
  if (process->receive_timer) stop_receive_timer(*process);
  remove_message(*process);
  if (reds <= 0 && process->save_calls) [[unlikely]] save_receive(*process);
  RELOAD();
  // Messages that were read make garbage soon: yield soon, for a collection happens between slices. What is cut off the slice
  // was not used.
  if (process->heap.wants_collection_between_turns() && reds > 5) [[unlikely]] {
    process->slice -= reds - 5;
    reds = 5;
  }
  NEXT(remove_message);
}

OP(wait) {
  pc += operands<ins::wait>(pc).again.distance;
  SPILL();
  leave(*process, RunOutcome::Wait, 0);
}

OP(wait_timeout) {
  auto& in = operands<ins::wait_timeout>(pc);
  Term timeout = in.timeout.load<Mode::Any>(REGS);
  if (timeout.same(Term::small(0))) NEXT(wait_timeout);
  SPILL();
  if (receive_timed_out(*process)) {
    RELOAD();
    NEXT(wait_timeout);
  }
  if (!process->receive_timer && !timeout.same(atom::infinity)) {
    if (!timeout.is_small() || timeout.small_value() < 0 || timeout.small_value() > SWord(UINT32_MAX)) {
      restart_receive(*process);
      RELOAD();
      RAISE(atom::timeout_value);
    }
    start_receive_timer(*process, uint64_t(timeout.small_value()));
  }
  process->pc = pc + in.again.distance;
  // A wait without clauses goes on here, and reads the time again: the register that it is in is live, those below are not.
  size_t live = in.timeout.registers_up_to();
  for (size_t i = 0; i + 1 < live; i++) process->x[i] = nil;
  leave(*process, RunOutcome::Wait, live);
}

COLD_OP(timeout_traced) {
  SPILL();
  trace_hooks.receive(*process, atom::clock_service, atom::timeout);
  RELOAD();
  NEXT(timeout);
}
OP(timeout) {
  restart_receive(*process);
  if (reds <= 0 && process->save_calls) [[unlikely]] save_call(*process, {atom::timeout});
  if (process->trace) [[unlikely]] GOTO_OP(timeout_traced);
  NEXT(timeout);
}

OP(recv_marker_reserve) {
  SPILL();
  Term marker = reserve_receive_marker(*process);
  RELOAD();
  operands<ins::recv_marker_reserve>(pc).marker.store<Mode::Any>(REGS, marker);
  NEXT(recv_marker_reserve);
}
OP(recv_marker_bind) {
  auto& in = operands<ins::recv_marker_bind>(pc);
  Term marker = in.marker.load<Mode::Any>(REGS), ref = in.ref.load<Mode::Any>(REGS);
  SPILL();
  bind_receive_marker(*process, marker, ref);
  RELOAD();
  NEXT(recv_marker_bind);
}
OP(recv_marker_clear) {
  Term ref = operands<ins::recv_marker_clear>(pc).ref.load<Mode::Any>(REGS);
  SPILL();
  clear_receive_marker(*process, ref);
  RELOAD();
  NEXT(recv_marker_clear);
}
OP(recv_marker_use) {
  Term ref = operands<ins::recv_marker_use>(pc).ref.load<Mode::Any>(REGS);
  SPILL();
  use_receive_marker(*process, ref);
  RELOAD();
  NEXT(recv_marker_use);
}

}  // namespace joist
