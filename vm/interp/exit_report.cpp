// Exit reasons of uncaught exceptions, and their report.
#include "vm/interp/exit_report.h"

#include "vm/interp/exceptions.h"
#include "vm/process/exit.h"
#include "vm/process/logger.h"
#include "vm/term/node.h"

namespace joist {

void die_of_exception(Process& process) {
  PendingException& e = process.exception();
  Term reason = e.reason;
  bool error = e.class_ == ExceptionClass::Error;
  if (error) {
    Term trace = build_stacktrace(process, e.trace);
    reason = process.heap.reserve(Words(3)).tuple(reason, trace);
  }
  e = {};
  begin_exit(process, reason);
  if (!error) return;
  bool alive = !local_node_name().same(atom::nonode_nohost);
  HeapWriter w = process.heap.reserve(Words(6));
  Term args = w.cons(reason, nil);
  if (alive) args = w.cons(local_node_name(), args);
  args = w.cons(process.pid, args);
  process.heap.commit(w);
  log_event(process, atom::error, alive ? "Error in process ~p on node ~p with exit value:~n~p~n" : "Error in process ~p with exit value:~n~p~n", args);
}

}  // namespace joist
