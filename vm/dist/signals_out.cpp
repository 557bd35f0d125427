// What processes of this node do to those of others: the control messages for it.
//
// They are built as this node would like to say them; adapt() puts them in the words of older nodes, or when it is known that the other
// side is one (signals wait for a pending connection as terms).
#include "vm/dist/nodes.h"
#include "vm/dist/signals.h"
#include "vm/process/process_table.h"
#include "vm/process/send.h"
#include "vm/process/system_monitor.h"
#include "vm/process/trace_hooks.h"
#include "vm/term/arith.h"
#include "vm/term/identity.h"

namespace joist::dist {

namespace {

Term number_of(Control c) { return Term::small(SWord(c)); }

}  // namespace

bool adapt(uint64_t flags, Term* control, Term* payload, HeapWriter& w) {
  Tuple& t = *control->as<Tuple>();
  auto without_payload = [&](Control older) {
    if (flags & flag::exit_payload) return;
    auto* longer = w.tuple_of(t.arity() + 1);
    longer->elements[0] = number_of(older);
    for (size_t i = 1; i < t.arity(); i++) longer->elements[i] = t.at(i);
    longer->elements[t.arity()] = *payload;
    *control = Term::boxed(reinterpret_cast<Word*>(longer));
    *payload = Term();
  };
  switch (Control(t.at(0).small_value())) {
    case Control::SendSender:
      if (!(flags & flag::send_sender)) *control = w.tuple(number_of(Control::Send), atom::empty, t.at(2));
      return true;
    case Control::SendSenderTraced:
      if (!(flags & flag::send_sender)) *control = w.tuple(number_of(Control::SendTraced), atom::empty, t.at(2), t.at(3));
      return true;
    case Control::PayloadExit: without_payload(Control::Exit); return true;
    case Control::PayloadExitTraced: without_payload(Control::ExitTraced); return true;
    case Control::PayloadExit2: without_payload(Control::Exit2); return true;
    case Control::PayloadExit2Traced: without_payload(Control::Exit2Traced); return true;
    case Control::PayloadMonitorExit: without_payload(Control::MonitorExit); return true;
    case Control::Monitor: case Control::Demonitor: return flags & flag::dist_monitor;
    case Control::AliasSend: case Control::AliasSendTraced: return flags & flag::alias;
    case Control::SpawnRequest: case Control::SpawnRequestTraced: return flags & flag::spawn;
    case Control::UnlinkId:
      if (!(flags & flag::unlink_id)) *control = w.tuple(number_of(Control::Unlink), t.at(2), t.at(3));
      return true;
    case Control::UnlinkIdAck: return flags & flag::unlink_id;
    default: return true;
  }
}

SlicedSend::SlicedSend(Connection& c, Term control, Term payload) : connection_(c), encoder_(control, payload, c.flags()) { c.retain(); }

SendStatus SlicedSend::go_on(Process& sender) {
  constexpr size_t step = 4096;  // what a small message takes less than; larger ones cost reductions as they are encoded
  for (bool done = false; !done;) {
    size_t used = 0;
    done = encoder_.step(step, &used);
    sender.reductions -= SWord(used / 8);
    if (!done && sender.reductions <= 0) return SendStatus::Yield;
  }
  if (encoder_.failed()) return SendStatus::SystemLimit;
  connection_.send_encoded(sender.pid, encoder_.take());
  return SendStatus::Done;
}

ScratchControl::ScratchControl() : writer_(words_, words_ + most_words, &off_heap_) {}

namespace {

Term node_name_of(Term remote) { return node_of(remote).name; }

// A send of a large message, between slices of its sender.
struct SendUnderWay final : NativeState {
  SlicedSend send;
  SendUnderWay(Connection& c, Term control, Term message) : send(c, control, message) {}
  void visit_roots(RootVisitor& visitor) override { send.visit_roots(visitor); }
};

// On the sender's heap, where they may wait for the next slice.
Term send_control(Process& from, Term to, bool by_name, Term token) {
  bool traced = !token.is_nil();
  HeapWriter w = from.heap.reserve(Words(6));
  if (by_name) {
    return traced ? w.tuple(number_of(Control::RegSendTraced), from.pid, atom::empty, to, token)
                  : w.tuple(number_of(Control::RegSend), from.pid, atom::empty, to);
  }
  bool alias = is_ref(to);
  Control plain = alias ? Control::AliasSend : Control::SendSender, with_token = alias ? Control::AliasSendTraced : Control::SendSenderTraced;
  return traced ? w.tuple(number_of(with_token), from.pid, to, token) : w.tuple(number_of(plain), from.pid, to);
}

SendStatus remote_send(Process& from, Term to, Term node, Term message, bool by_name, bool no_suspend, bool no_connect) {
  if (auto* going = static_cast<SendUnderWay*>(from.native_state)) return going->send.go_on(from);
  Connection* c = connect_to(node, no_connect);
  if (!c) return no_connect ? SendStatus::NotConnected : SendStatus::Done;
  if (c->busy()) {
    if (!no_suspend) {
      report_busy_port(from, c->controller(), true);
      c->wait_until_not_busy(from);
    }
    return SendStatus::Suspend;
  }
  from.reductions -= 40;
  Term receiver = to;
  ScratchControl scratch;
  if (by_name && !from.sequence_token.is_nil()) receiver = scratch.writer().tuple(to, node);
  Term control = send_control(from, to, by_name, sequence_token_sent(from, receiver, message));
  if (c->state() != ConnectionState::Connected) return c->send(from.pid, control, message) ? SendStatus::Done : SendStatus::SystemLimit;
  Word words[adapted_words];
  OffHeap* none = nullptr;
  HeapWriter w(words, words + adapted_words, &none);
  Term adapted = control;
  if (!adapt(c->flags(), &adapted, &message, w)) return SendStatus::Done;
  if (!adapted.same(control)) return c->send(from.pid, control, message) ? SendStatus::Done : SendStatus::SystemLimit;
  auto* send = new SendUnderWay(*c, control, message);
  SendStatus status = send->send.go_on(from);
  if (status == SendStatus::Yield) from.native_state = send;
  else delete send;
  return status;
}

void remote_link(Process& from, Term pid) {
  Connection* c = connect_to(node_name_of(pid));
  if (!c) return send_link_exit(from, pid, atom::noconnection);
  c->relations.add_link(from.pid, pid);
  c->send(from.pid, ScratchControl().tuple(Control::Link, from.pid, pid));
}

void remote_unlink(Process& from, Term pid, Word id) {
  Connection* c = find_connection(node_name_of(pid));
  bool answers = false;  // it will acknowledge
  if (c) {
    c->relations.begin_unlink(from.pid, pid, id);
    answers = c->state() == ConnectionState::Pending || (c->state() == ConnectionState::Connected && (c->flags() & flag::unlink_id));
    ScratchControl scratch;
    Term number = scratch.unsigned_(id);
    c->send(from.pid, scratch.tuple(Control::UnlinkId, number, from.pid, pid));
  }
  if (answers) return;
  if (c) c->relations.end_unlink(from.pid, pid, id);
  send_unlink(from, pid, id, SignalKind::UnlinkAck);
}

void remote_unlink_ack(Term from, Term pid, Word id) {
  Connection* c = find_connection(node_name_of(pid));
  if (!c) return;
  ScratchControl scratch;
  Term number = scratch.unsigned_(id);
  c->send(from, scratch.tuple(Control::UnlinkIdAck, number, from, pid));
}

bool remote_exit(Process& from, Term pid, Term reason) {
  Connection* c = connect_to(node_name_of(pid));
  if (!c) return true;
  Term token = sequence_token_of_exit(from, pid, reason);
  ScratchControl scratch;
  Term control = token.is_nil() ? scratch.tuple(Control::PayloadExit2, from.pid, pid)
                                : scratch.tuple(Control::PayloadExit2Traced, from.pid, pid, token);
  return c->send(from.pid, control, reason);
}

// Of a signal whose reason is too large nobody can be told but by the connection's end.
void send_or_close(Connection& c, Term sender, Term control, Term reason) {
  if (!c.send(sender, control, reason)) c.close(atom::system_limit);
}

void remote_link_exit(Term from, Term pid, Term reason, Term token) {
  Connection* c = find_connection(node_name_of(pid));
  if (!c) return;
  c->relations.remove_link(from, pid);
  ScratchControl scratch;
  Term control = token.is_nil() ? scratch.tuple(Control::PayloadExit, from, pid) : scratch.tuple(Control::PayloadExitTraced, from, pid, token);
  send_or_close(*c, from, control, reason);
}

void remote_monitor(Process& from, Term target, Term node, RefKey ref) {
  Connection* c = connect_to(node);
  if (!c) return send_monitor_down(from, ref, atom::noconnection);
  c->relations.add_monitor(from.pid, ref);
  ScratchControl scratch;
  Term reference = scratch.reference(ref);
  c->send(from.pid, scratch.tuple(Control::Monitor, from.pid, target, reference));
}

void remote_demonitor(Process& from, Term target, Term node, RefKey ref) {
  Connection* c = find_connection(node);
  if (!c) return;
  c->relations.remove_monitor(ref);
  ScratchControl scratch;
  Term reference = scratch.reference(ref);
  c->send(from.pid, scratch.tuple(Control::Demonitor, from.pid, target, reference));
}

void remote_monitor_down(Term target, Term watcher, Term ref, Term reason) {
  Connection* c = find_connection(node_name_of(watcher));
  if (!c) return;
  c->relations.remove_monitored(ref_key(ref));
  send_or_close(*c, target.is_atom() ? Term() : target, ScratchControl().tuple(Control::PayloadMonitorExit, target, watcher, ref), reason);
}

void remote_group_leader(Process& from, Term leader, Term pid) {
  if (Connection* c = connect_to(node_name_of(pid))) c->send(from.pid, ScratchControl().tuple(Control::GroupLeader, leader, pid));
}

}  // namespace

void send_unlink(Process& to, Term from, Word id, SignalKind kind) {
  auto* s = new UnlinkSignal;
  s->kind = kind;
  s->id = id;
  FragmentTerm copy = copy_to_fragment(from);
  s->from = copy.term;
  s->fragment = copy.fragment;
  send_signal(to, s);
}

void install_signals() {
  process_hooks.remote_send = remote_send;
  process_hooks.remote_link = remote_link;
  process_hooks.remote_unlink = remote_unlink;
  process_hooks.remote_unlink_ack = remote_unlink_ack;
  process_hooks.remote_exit = remote_exit;
  process_hooks.remote_link_exit = remote_link_exit;
  process_hooks.remote_monitor = remote_monitor;
  process_hooks.remote_demonitor = remote_demonitor;
  process_hooks.remote_monitor_down = remote_monitor_down;
  process_hooks.remote_group_leader = remote_group_leader;
}

}  // namespace joist::dist
