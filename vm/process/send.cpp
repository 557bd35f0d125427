// The sender's side.
#include "vm/process/send.h"

#include "vm/process/process_table.h"
#include "vm/process/registry.h"
#include "vm/process/relations.h"
#include "vm/process/system_profile.h"
#include "vm/process/trace_hooks.h"
#include "vm/term/node.h"

namespace joist {

using namespace process_state;

void wake_process(Process& p, uint32_t bits) {
  uint32_t old = p.state.load(std::memory_order_seq_cst);
  uint32_t fresh;
  do {
    // Bits already set while it is queued or running: the runner clears them before it looks, so it will see our cause.
    if ((old & bits) == bits && (old & (Queued | Running))) return;
    fresh = old | bits;
    if (!(old & (Queued | Running | Dead))) fresh |= Queued;
  } while (!p.state.compare_exchange_weak(old, fresh, std::memory_order_seq_cst));
  if ((fresh & Queued) && !(old & Queued)) {
    if (!(old & DirtyRunning)) profile_process(p, true);
    process_hooks.enqueue(p);
  }
}

void send_signal(Process& to, Signal* signal) {
  to.incoming.push(signal);
  wake_process(to, Signals);
}

void send_signal_as(Process& to, Signal* signal, Priority sender) {
  bool raises = sender < Priority::Normal;
  if (raises) {
    uint8_t old = to.raised.load(std::memory_order_relaxed);
    while (uint8_t(sender) < old && !to.raised.compare_exchange_weak(old, uint8_t(sender), std::memory_order_seq_cst)) {}
  }
  send_signal(to, signal);
  if (raises && process_hooks.raise) process_hooks.raise(to);
}

namespace {

// Copies `message` and the token, if it is one, to the signal. Returns the words copied.
size_t fill(Signal& s, Term message, Term token) {
  s.payload = message;
  s.token = token;
  size_t size = message.is_pointer() ? copy_size(message) : 0;
  if (token.is_pointer()) size += copy_size(token);
  if (size) {
    MessageBuilder b(size);
    s.payload = b.copy(message);
    if (token.is_pointer()) s.token = b.copy(token);
    s.fragment = b.finish();
  }
  return size;
}

}  // namespace

size_t send_message(Process& to, Term from, Term message, Term token) {
  Signal* s = new Signal;
  s->from = from;
  size_t size = fill(*s, message, token);
  send_signal(to, s);
  return size;
}

void send_fragment(Process& to, Term from, Term message, HeapFragment* fragment, Term token) {
  send_signal(to, message_signal(from, message, fragment, token));
}

bool send_to_pid(Term pid, Term from, Term message) {
  if (!pid.is_local_pid()) return false;
  Process* p = find_process(pid);
  if (!p) return false;
  send_message(*p, from, message);
  return true;
}

namespace {

void charge_send(Process& from, size_t words) { from.reductions -= SWord(4 + words / 64); }

SendStatus send_local(Process& from, Term pid, Term message) {
  if (Process* to = find_process(pid)) charge_send(from, send_message(*to, from.pid, message, sequence_token_sent(from, pid, message)));
  return SendStatus::Done;
}

SendStatus send_port(Process& from, Term port, Term message, bool no_suspend) {
  if (!process_hooks.port_send) return SendStatus::Done;
  SendStatus status = process_hooks.port_send(from, port, message, no_suspend);
  if (status == SendStatus::Done) sequence_token_sent(from, port, message);
  return status;
}

SendStatus send_remote(Process& from, Term to, Term node, Term message, bool by_name, bool no_suspend, bool no_connect) {
  if (!process_hooks.remote_send) return no_connect ? SendStatus::NotConnected : SendStatus::Done;
  return process_hooks.remote_send(from, to, node, message, by_name, no_suspend, no_connect);
}

void send_alias(Process& from, Term alias, Term message) {
  auto ref = alias.as<Ref>();
  if (!ref || !ref->has_pid()) return;
  Process* to = find_process(ref->pid());
  if (!to) return;
  AliasSignal* s = new AliasSignal;
  s->kind = SignalKind::AliasMessage;
  s->from = from.pid;
  s->alias = {ref->words[0], ref->words[1]};
  charge_send(from, fill(*s, message, sequence_token_sent(from, alias, message)));
  send_signal(*to, s);
}

SendStatus send_name(Process& from, Term name, Term message, bool badarg_if_none, bool no_suspend) {
  Term target = whereis(name);
  if (!target.is_value()) return badarg_if_none ? SendStatus::Badarg : SendStatus::Done;
  if (target.is_local_pid()) return send_local(from, target, message);
  return send_port(from, target, message, no_suspend);
}

// Not to a local pid.
SendStatus send_elsewhere(Process& from, Term to, Term message, bool no_suspend, bool no_connect) {
  if (to.is_atom()) return send_name(from, to, message, true, no_suspend);
  if (to.is_local_port()) return send_port(from, to, message, no_suspend);
  if (is_local_ref(to)) {
    send_alias(from, to, message);
    return SendStatus::Done;
  }
  if (is_external_pid(to) || to.is<ExternalRef>()) {
    auto* e = reinterpret_cast<External*>(to.boxed_words());
    if (e->node->name.same(local_node_name())) return SendStatus::Done;  // an earlier incarnation of this node
    return send_remote(from, to, e->node->name, message, false, no_suspend, no_connect);
  }
  if (to.is<ExternalPort>()) return SendStatus::Done;
  if (auto t = to.as<Tuple>(); t && t->arity() == 2 && t->at(0).is_atom() && t->at(1).is_atom()) {
    if (t->at(1).same(local_node_name())) return send_name(from, t->at(0), message, false, no_suspend);
    return send_remote(from, t->at(0), t->at(1), message, true, no_suspend, no_connect);
  }
  return SendStatus::Badarg;
}

}  // namespace

SendStatus send_to_any(Process& from, Term to, Term message, bool no_suspend, bool no_connect) {
  if (to.is_local_pid()) {
    if (from.trace) [[unlikely]] trace_hooks.send(from, to, message);
    return send_local(from, to, message);
  }
  SendStatus status = send_elsewhere(from, to, message, no_suspend, no_connect);
  // The others are tried again.
  bool ended = status == SendStatus::Done || status == SendStatus::Badarg;
  if (from.trace && ended) [[unlikely]] trace_hooks.send(from, to, message);
  return status;
}

namespace {

ExitSignal* exit_signal(Term from, Term reason, Term token) {
  ExitSignal* s = new ExitSignal;
  s->kind = SignalKind::Exit;
  if (reason.is_pointer() || from.is_pointer() || token.is_pointer()) {
    MessageBuilder b(copy_size(reason) + copy_size(from) + (token.is_pointer() ? copy_size(token) : 0));
    s->payload = b.copy(reason);
    s->from = b.copy(from);
    s->token = token.is_pointer() ? b.copy(token) : token;
    s->fragment = b.finish();
  } else {
    s->payload = reason;
    s->from = from;
    s->token = token;
  }
  return s;
}

}  // namespace

void send_exit(Process& to, Term from, Term reason, Term token) {
  ExitSignal* s = exit_signal(from, reason, token);
  s->kill = reason.same(atom::kill);
  send_signal(to, s);
}

void send_link_exit(Process& to, Term from, Term reason, Term token) {
  ExitSignal* s = exit_signal(from, reason, token);
  s->from_link = true;
  send_signal(to, s);
}

void send_monitor_down(Process& watcher, RefKey ref, Term reason) {
  MonitorSignal* s = new MonitorSignal;
  s->kind = SignalKind::MonitorDown;
  s->ref = ref;
  FragmentTerm f = copy_to_fragment(reason);
  s->payload = f.term;
  s->fragment = f.fragment;
  send_signal(watcher, s);
}

}  // namespace joist
