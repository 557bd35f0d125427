// What processes of other nodes do to those of this one.
//
// A signal comes as a control message, decoded, and a payload that still is in external format. Everything of it may be malformed, though
// not the terms themselves: whatever is not as the protocol says ends the connection.
#include "vm/dist/nodes.h"
#include "vm/dist/signals.h"
#include "vm/dist/spawn.h"
#include "vm/process/process_table.h"
#include "vm/process/receive.h"
#include "vm/process/registry.h"
#include "vm/process/send.h"
#include "vm/term/boxed.h"
#include "vm/term/identity.h"

namespace joist::dist {

namespace {

// One signal, and what its control message says.
class Act {
 public:
  Act(Connection& connection, IncomingSignal& signal) : connection_(connection), signal_(signal) {}
  bool run();

 private:
  // The elements of the control message behind its operation.
  Term at(size_t i) const { return control_->at(i); }
  bool has(size_t arity, bool payload) const { return control_->arity() == arity && !signal_.payload.is_empty() == payload; }
  static bool is_number(Term t, Word* out);
  Process* local(Term pid) const { return pid.is_local_pid() ? find_process(pid) : nullptr; }

  bool link();
  bool unlink(size_t from, Word id);
  bool unlink_ack();
  bool exit(Term token, bool with_payload, bool of_link);
  bool monitor();
  bool demonitor();
  bool monitor_exit(bool with_payload);
  bool group_leader();
  bool send(Process* to, size_t token = 0, Term alias = Term());
  Process* named(Term name) const;
  bool reason(bool with_payload, size_t arity, Term* out);

  Connection& connection_;
  IncomingSignal& signal_;
  Tuple* control_ = nullptr;
  FragmentTerm reason_{Term(), nullptr};

 public:
  ~Act() { if (reason_.fragment) HeapFragment::destroy_chain(reason_.fragment); }
  Act(const Act&) = delete;
  Act& operator=(const Act&) = delete;
};

bool Act::is_number(Term t, Word* out) {
  if (t.is_small()) return t.small_value() > 0 && (*out = Word(t.small_value()), true);
  auto big = t.as<Bignum>();
  return big && !big->negative() && big->limb_count() == 1 && (*out = big->limbs[0], true);
}

// The message of a signal: its parts beside the payload are those of the control message.
struct MessageParts {
  Term control;  // tuple
  size_t token;  // where; 0: none
  Term alias;    // or the non-value

  // The signal that carries it. False: malformed.
  bool decode(const Payload& payload, Signal** out) const;
};

bool MessageParts::decode(const Payload& payload, Signal** out) const {
  FragmentTerm message;
  Term sender = control.as<Tuple>()->at(1), copy;
  if (!payload.decode(&message, token ? control : sender, &copy)) return false;
  sender = token ? copy.as<Tuple>()->at(1) : copy;
  Signal* s;
  if (alias.is_value()) {
    auto* a = new AliasSignal;
    a->kind = SignalKind::AliasMessage;
    a->alias = ref_key(alias);
    s = a;
  } else {
    s = new Signal;
  }
  s->payload = message.term;
  s->fragment = message.fragment;
  s->from = sender.is_atom() ? Term() : sender;
  s->token = token ? copy.as<Tuple>()->at(token) : nil;
  *out = s;
  return true;
}

// A large message: its receiver decodes it.
struct LargeMessage final : RequestSignal {
  LargeMessage(Connection& c, IncomingSignal& s, MessageParts parts) : connection_(c), signal_(std::move(s)), parts_(parts) { connection_.retain(); }
  ~LargeMessage() override { connection_.release(); }
  bool run(Process& receiver) override {
    receiver.reductions -= SWord(signal_.payload.size() / 64);
    Signal* message;
    // Sent to itself, it would come behind what has come since.
    if (parts_.decode(signal_.payload, &message)) take_message(receiver, message);
    else connection_.close(atom::killed);
    return true;
  }
  void receiver_gone() override {}

 private:
  Connection& connection_;
  IncomingSignal signal_;
  MessageParts parts_;
};

bool Act::send(Process* to, size_t token, Term alias) {
  if (!to) return true;
  MessageParts parts{signal_.control, token, alias};
  if (signal_.payload.size() > fragment_bytes) {
    send_signal(*to, new LargeMessage(connection_, signal_, parts));
    return true;
  }
  Signal* message;
  if (!parts.decode(signal_.payload, &message)) return false;
  send_signal(*to, message);
  return true;
}

Process* Act::named(Term name) const {
  Term pid = whereis(name);
  return pid.is_value() ? local(pid) : nullptr;
}

bool Act::link() {
  if (!has(3, false) || !is_external_pid(at(1)) || !is_pid(at(2))) return false;
  Process* to = local(at(2));
  if (!to) {
    process_hooks.remote_link_exit(at(2), at(1), atom::noproc, nil);
    return true;
  }
  connection_.relations.add_link(at(2), at(1));
  auto* s = new Signal;
  s->kind = SignalKind::Link;
  s->from = at(1);
  s->fragment = std::exchange(signal_.fragment, nullptr);
  send_signal(*to, s);
  return true;
}

// from: where the sender is; the receiver follows. id 0: of a node that knows no ids.
bool Act::unlink(size_t from, Word id) {
  if (!has(from + 2, false) || !is_external_pid(at(from)) || !is_pid(at(from + 1))) return false;
  Process* to = local(at(from + 1));
  connection_.relations.remove_link(at(from + 1), at(from));
  if (to) send_unlink(*to, at(from), id, SignalKind::Unlink);
  else if (id) process_hooks.remote_unlink_ack(at(from + 1), at(from), id);
  return true;
}

bool Act::unlink_ack() {
  Word id;
  if (!has(4, false) || !is_number(at(1), &id) || !is_external_pid(at(2)) || !is_pid(at(3))) return false;
  connection_.relations.end_unlink(at(3), at(2), id);
  if (Process* to = local(at(3))) send_unlink(*to, at(2), id, SignalKind::UnlinkAck);
  return true;
}

// The reason of an exit: the payload, or what stands behind `arity` elements of the control message.
bool Act::reason(bool with_payload, size_t arity, Term* out) {
  if (!has(with_payload ? arity : arity + 1, with_payload)) return false;
  if (!with_payload) {
    *out = at(arity);
    return true;
  }
  if (!signal_.payload.decode(&reason_)) return false;
  *out = reason_.term;
  return true;
}

bool Act::exit(Term token, bool with_payload, bool of_link) {
  Term why;
  if (!reason(with_payload, token.is_nil() ? 3 : 4, &why) || !is_external_pid(at(1)) || !is_pid(at(2))) return false;
  if (of_link) connection_.relations.remove_link(at(2), at(1));
  Process* to = local(at(2));
  if (!to) return true;
  if (of_link) send_link_exit(*to, at(1), why, token);
  else send_exit(*to, at(1), why, token);
  return true;
}

bool Act::monitor() {
  if (!has(4, false) || !is_external_pid(at(1)) || !(is_pid(at(2)) || at(2).is_atom()) || !at(3).is<ExternalRef>()) return false;
  Process* to = at(2).is_atom() ? named(at(2)) : local(at(2));
  if (!to) {
    process_hooks.remote_monitor_down(at(2), at(1), at(3), atom::noproc);
    return true;
  }
  connection_.relations.add_monitored(to->pid, ref_key(at(3)));
  auto* s = new MonitorSignal;
  s->kind = SignalKind::Monitor;
  s->from = at(1);
  s->ref = ref_key(at(3));
  s->name = at(2).is_atom() ? at(2) : Term();
  s->payload = at(3);
  s->fragment = std::exchange(signal_.fragment, nullptr);
  send_signal(*to, s);
  return true;
}

bool Act::demonitor() {
  if (!has(4, false) || !is_external_pid(at(1)) || !(is_pid(at(2)) || at(2).is_atom()) || !is_ref(at(3))) return false;
  Term pid = connection_.relations.remove_monitored(ref_key(at(3)));
  Process* to = pid.is_value() ? local(pid) : nullptr;
  if (!to) return true;
  auto* s = new MonitorSignal;
  s->kind = SignalKind::Demonitor;
  s->ref = ref_key(at(3));
  send_signal(*to, s);
  return true;
}

bool Act::monitor_exit(bool with_payload) {
  Term why;
  if (!reason(with_payload, 4, &why) || !(is_pid(at(1)) || at(1).is_atom()) || !is_pid(at(2)) || !is_ref(at(3))) return false;
  RefKey ref = ref_key(at(3));
  connection_.relations.remove_monitor(ref);
  if (Process* to = local(at(2))) send_monitor_down(*to, ref, why);
  return true;
}

struct NewGroupLeader final : RequestSignal {
  bool run(Process& receiver) override {
    if (fragment) receiver.heap.adopt(std::exchange(fragment, nullptr));
    receiver.group_leader = payload;
    return true;
  }
  void receiver_gone() override {}
};

bool Act::group_leader() {
  if (!has(3, false) || !is_pid(at(1)) || !is_pid(at(2))) return false;
  Process* to = local(at(2));
  if (!to) return true;
  auto* s = new NewGroupLeader;
  s->payload = at(1);
  s->fragment = std::exchange(signal_.fragment, nullptr);
  send_signal(*to, s);
  return true;
}

bool Act::run() {
  if (!signal_.control.is<Tuple>()) return false;
  control_ = reinterpret_cast<Tuple*>(signal_.control.boxed_words());
  if (control_->arity() == 0 || !control_->at(0).is_small()) return false;
  SWord operation = control_->at(0).small_value();
  if (operation < 0 || operation > SWord(Control::UnlinkIdAck)) return false;
  Word id;
  switch (Control(operation)) {
    case Control::Link: return link();
    case Control::Unlink: return unlink(1, 0);
    case Control::UnlinkId: return control_->arity() == 4 && is_number(at(1), &id) && unlink(2, id);
    case Control::UnlinkIdAck: return unlink_ack();
    case Control::Send: case Control::SendSender: return has(3, true) && is_pid(at(2)) && send(local(at(2)));
    case Control::SendTraced: case Control::SendSenderTraced: return has(4, true) && is_pid(at(2)) && send(local(at(2)), 3);
    case Control::RegSend: return has(4, true) && is_external_pid(at(1)) && at(3).is_atom() && send(named(at(3)));
    case Control::RegSendTraced: return has(5, true) && is_external_pid(at(1)) && at(3).is_atom() && send(named(at(3)), 4);
    case Control::AliasSend: case Control::AliasSendTraced: {
      bool traced = Control(operation) == Control::AliasSendTraced;
      if (!has(traced ? 4 : 3, true) || !is_external_pid(at(1)) || !is_ref(at(2))) return false;
      auto ref = at(2).as<Ref>();
      return send(ref && ref->has_pid() ? find_process(ref->pid()) : nullptr, traced ? 3 : 0, at(2));
    }
    case Control::Exit: return exit(nil, false, true);
    case Control::ExitTraced: return control_->arity() == 5 && exit(at(3), false, true);
    case Control::PayloadExit: return exit(nil, true, true);
    case Control::PayloadExitTraced: return control_->arity() == 4 && exit(at(3), true, true);
    case Control::Exit2: return exit(nil, false, false);
    case Control::Exit2Traced: return control_->arity() == 5 && exit(at(3), false, false);
    case Control::PayloadExit2: return exit(nil, true, false);
    case Control::PayloadExit2Traced: return control_->arity() == 4 && exit(at(3), true, false);
    case Control::Monitor: return monitor();
    case Control::Demonitor: return demonitor();
    case Control::MonitorExit: return monitor_exit(false);
    case Control::PayloadMonitorExit: return monitor_exit(true);
    case Control::GroupLeader: return group_leader();
    case Control::SpawnRequest: case Control::SpawnRequestTraced: return spawn_requested(connection_, signal_);
    case Control::SpawnReply: case Control::SpawnReplyTraced: return spawn_replied(connection_, signal_);
  }
  return false;
}

}  // namespace

bool act_on(Connection& connection, IncomingSignal& signal) { return Act(connection, signal).run(); }

}  // namespace joist::dist
