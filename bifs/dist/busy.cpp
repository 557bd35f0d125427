// A signal other than a message is queued in any case, for its sender could not take back what it has done by then; so it waits afterwards,
// in erlang:bif_return_trap/2, as it does in OTP.
#include "bifs/dist/busy.h"

#include "vm/dist/nodes.h"
#include "vm/process/system_monitor.h"
#include "vm/term/identity.h"

namespace joist {

NativeResult after_signal_to(NativeCall& c, Term node, Term result) {
  dist::Connection* connection = dist::find_connection(node);
  if (!connection || !connection->busy()) return result;
  report_busy_port(c.process, connection->controller(), true);
  static const Term bif_return_trap = make_atom("bif_return_trap");
  return c.trap(get_export(atom::erlang, bif_return_trap, 2), result, node);
}

NativeResult after_signal_to_pid(NativeCall& c, Term to, Term result) {
  if (!is_external_pid(to)) return result;
  return after_signal_to(c, node_of(to).name, result);
}

// (Result, Node): returns the result when the connection is no longer busy.
BIF(erlang, bif_return_trap, 2) {
  dist::Connection* connection = dist::find_connection(c.arg(1));
  if (!connection || connection->state() == dist::ConnectionState::Ended || !connection->busy()) return c.arg(0);
  connection->wait_until_not_busy(c.process);
  return c.wait();
}

}  // namespace joist
