// Sending: '!'/2, send/2,3; exit signals: exit/2, exit_signal/2.
#include "vm/process/send.h"

#include "bifs/bif.h"
#include "bifs/dist/busy.h"
#include "vm/process/process_table.h"
#include "vm/process/receive.h"
#include "vm/term/node.h"

namespace joist {

namespace {

NativeResult send_result(NativeCall& c, SendStatus status, Term done) {
  switch (status) {
    case SendStatus::Done: return done;
    case SendStatus::Badarg: return badarg();
    case SendStatus::Suspend: return c.wait();
    case SendStatus::Yield: return c.again();
    case SendStatus::NotConnected: return done;
    case SendStatus::SystemLimit: return system_limit();
  }
  return done;
}

}  // namespace

BIF(erlang, bang, 2) { return send_result(c, send_to_any(c.process, c.arg(0), c.arg(1)), c.arg(1)); }

BIF(erlang, send, 2) { return send_result(c, send_to_any(c.process, c.arg(0), c.arg(1)), c.arg(1)); }

BIF(erlang, send, 3) {
  bool no_suspend = false, no_connect = false;
  Term options = c.arg(2);
  for (; options.is_cons(); options = options.as_cons()->tail) {
    Term o = options.as_cons()->head;
    if (o.same(atom::nosuspend)) no_suspend = true;
    else if (o.same(atom::noconnect)) no_connect = true;
    else return c.badarg(atom::badopt);
  }
  if (!options.is_nil()) return c.badarg(atom::badopt);
  SendStatus status = send_to_any(c.process, c.arg(0), c.arg(1), no_suspend, no_connect);
  switch (status) {
    case SendStatus::NotConnected: return atom::noconnect;
    case SendStatus::Suspend:
      if (no_suspend) return atom::nosuspend;
      return c.wait();
    default: return send_result(c, status, atom::ok);
  }
}

namespace {

// A signal that a process sends to itself takes effect before the native returns.
NativeResult after_own_signal(NativeCall& c, Term result) {
  handle_signals(c.process);
  if (c.process.exiting()) return NativeResult::Exited;
  return result;
}

NativeResult exit_to(NativeCall& c) {
  Term to = c.arg(0), reason = c.arg(1);
  if (to.is_local_pid()) {
    Process* p = find_process(to);
    if (p) send_exit(*p, c.process.pid, reason, nil);
    if (p == &c.process) return after_own_signal(c, atom::true_);
    return atom::true_;
  }
  if (to.is_local_port()) {
    if (process_hooks.port_exit) process_hooks.port_exit(c.process.pid, to, reason, false);
    return atom::true_;
  }
  if (is_external_pid(to)) {
    if (process_hooks.remote_exit && !process_hooks.remote_exit(c.process, to, reason)) return system_limit();
    return after_signal_to_pid(c, to, atom::true_);
  }
  if (to.is<ExternalPort>()) return atom::true_;
  return badarg();
}

}  // namespace

BIF(erlang, exit, 2) { return exit_to(c); }
BIF(erlang, exit_signal, 2) { return exit_to(c); }

}  // namespace joist
