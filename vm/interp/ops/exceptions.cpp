// Exceptions: catch, try, raise.
#include "vm/interp/exceptions.h"

#include "vm/interp/dispatch.h"
#include "vm/interp/exit_report.h"
#include "vm/interp/run.h"

namespace joist {

SHARED_COLD_OP(raise) {
  SPILL();
  if (const Word* handler = unwind(*process)) {
    RELOAD();
    pc = handler;
    DISPATCH();
  }
  die_of_exception(*process);
  leave(*process, RunOutcome::Exited, 0);
}


OP(func_info) {
  SPILL();
  set_function_clause(*process);
  RELOAD();
  GOTO_OP(raise);
}

// ---- frames of catch and try

OP(catch_) {
  auto& in = operands<ins::catch_>(pc);
  Word handler = reinterpret_cast<Word>(pc + in.target.distance);
  in.slot.store<Mode::Y>(REGS, Term::immediate(Immediate::Catch, handler >> 3));
  process->catches++;
  NEXT(catch_);
}

OP(try_end) {
  process->catches--;
  operands<ins::try_end>(pc).slot.store<Mode::Y>(REGS, nil);
  NEXT(try_end);
}

// Class, reason and raw trace to x0…x2. Reached in another way than by an exception (x0 is a term then), which only code that lies
// about what returns can do, it raises: the other registers would be garbage.
OP(try_case) {
  if (x0.is_value()) [[unlikely]] RAISE(atom::badarg);
  process->catches--;
  operands<ins::try_case>(pc).slot.store<Mode::Y>(REGS, nil);
  x0 = x3;
  NEXT(try_case);
}

// The caught: a thrown value, {'EXIT', Reason} or {'EXIT', {Reason, Stacktrace}}.
COLD_OP(catch_end_caught) {
  if (x3.same(atom::throw_)) {
    x0 = x1;
  } else {
    SPILL();
    Heap& heap = process->heap;
    Term reason = x1;
    if (x3.same(atom::error)) {
      Term trace = build_stacktrace(*process, x2);
      reason = heap.reserve(Words(3)).tuple(reason, trace);
    }
    Term caught = heap.reserve(Words(3)).tuple(atom::EXIT, reason);
    RELOAD();
    x0 = caught;
  }
  NEXT(catch_end);
}
OP(catch_end) {
  process->catches--;
  operands<ins::catch_end>(pc).slot.store<Mode::Y>(REGS, nil);
  if (x0.is_non_value()) [[unlikely]] GOTO_OP(catch_end_caught);
  NEXT(catch_end);
}

// ---- raising

#define RAISE_TAGGED(tag, operand)                                   \
  do {                                                               \
    Term value = (operand).load<Mode::Any>(REGS);                    \
    SPILL();                                                         \
    set_error(*process, process->heap.reserve(Words(3)).tuple(tag, value)); \
    RELOAD();                                                        \
    GOTO_OP(raise);                                                  \
  } while (0)

OP(badmatch) { RAISE_TAGGED(atom::badmatch, operands<ins::badmatch>(pc).value); }
OP(case_end) { RAISE_TAGGED(atom::case_clause, operands<ins::case_end>(pc).value); }
OP(try_case_end) { RAISE_TAGGED(atom::try_clause, operands<ins::try_case_end>(pc).value); }
OP(badrecord) { RAISE_TAGGED(atom::badrecord, operands<ins::badrecord>(pc).value); }
OP(if_end) { RAISE(atom::if_clause); }

OP(raise) {
  auto& in = operands<ins::raise>(pc);
  Term trace = in.trace.load<Mode::Any>(REGS), reason = in.reason.load<Mode::Any>(REGS);
  process->exception() = {};
  process->exception().class_ = class_of_trace(trace);
  process->exception().reason = reason;
  process->exception().trace = trace;
  GOTO_OP(raise);
}

OP(raw_raise) {
  ExceptionClass class_;
  if (!class_of_atom(x0, &class_)) {
    x0 = atom::badarg;
    NEXT(raw_raise);
  }
  process->exception() = {};
  process->exception().class_ = class_;
  process->exception().reason = x1;
  process->exception().trace = x2;
  set_class_of_trace(x2, class_);  // `raise`, when it is caught and goes on, has the class from there
  GOTO_OP(raise);
}

OP(build_stacktrace) {
  SPILL();
  Term list = build_stacktrace(*process, x0);
  RELOAD();
  x0 = list;
  NEXT(build_stacktrace);
}

}  // namespace joist
