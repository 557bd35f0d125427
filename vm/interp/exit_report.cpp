// Exit reasons of uncaught exceptions, and their report.
#include "vm/interp/exit_report.h"

#include "vm/interp/exceptions.h"

namespace joist {

void die_of_exception(Process& process) {
  PendingException& e = process.exception;
  Term reason = e.reason;
  if (e.class_ == ExceptionClass::Error) {
    Term trace = build_stacktrace(process, e.trace);
    reason = process.heap.reserve(Words(3)).tuple(reason, trace);
  }
  e = {};
  process.exit_reason = reason;
}

}  // namespace joist
