// The receiver's side: taking signals in and acting on them, in order.
#include "vm/process/signal.h"

#include <utility>

#include "vm/process/exit.h"
#include "vm/process/hooks.h"
#include "vm/process/process_table.h"
#include "vm/process/receive.h"
#include "vm/process/relations.h"
#include "vm/process/send.h"
#include "vm/process/trace_hooks.h"

namespace joist {

void destroy_signal(Signal* s) {
  if (s->fragment) HeapFragment::destroy_chain(s->fragment);
  switch (s->kind) {
    case SignalKind::Message: case SignalKind::Link: delete s; break;
    case SignalKind::AliasMessage: delete static_cast<AliasSignal*>(s); break;
    case SignalKind::Unlink: case SignalKind::UnlinkAck: delete static_cast<UnlinkSignal*>(s); break;
    case SignalKind::Monitor: case SignalKind::Demonitor: case SignalKind::MonitorDown:
      delete static_cast<MonitorSignal*>(s);
      break;
    case SignalKind::Exit: delete static_cast<ExitSignal*>(s); break;
    case SignalKind::Request: delete static_cast<RequestSignal*>(s); break;
  }
}

namespace {

void link_message(Process& p, Signal* s) {
  s->next = nullptr;
  s->order = ++p.messages.arrivals;
  *p.messages.last = s;
  p.messages.last = &s->next;
  p.messages.length++;
  if (p.trace) [[unlikely]] trace_hooks.receive(p, s->from, s->payload);
}

// Active alias? A reply mode ends with this message.
bool alias_takes(Process& p, RefKey ref) {
  Alias* a = p.relations ? p.relations->aliases.find(ref) : nullptr;
  if (!a) return false;
  AliasMode mode = a->mode;
  if (mode == AliasMode::Reply || mode == AliasMode::ReplyDemonitor) drop_alias(p, ref);
  if (mode == AliasMode::ReplyDemonitor) drop_monitor(p, ref);
  return true;
}

void handle_link(Process& p, Signal* s) {
  // A record that is there is either the same link already, or one being unlinked: then the peer has yet to see that.
  if (relations_of(p).links.find(pid_key(s->from))) return;
  add_link(p, s->from);
  trace_process_event(p, "getting_linked", s->from);
}

void send_unlink_ack(Process& p, Term to, Word id) {
  if (to.is_local_pid()) {
    Process* other = find_process(to);
    if (!other) return;
    UnlinkSignal* ack = new UnlinkSignal;
    ack->kind = SignalKind::UnlinkAck;
    ack->from = p.pid;
    ack->id = id;
    send_signal(*other, ack);
  } else if (is_port(to)) {
    if (process_hooks.port_unlink_ack) process_hooks.port_unlink_ack(p.pid, to, id);
  } else if (process_hooks.remote_unlink_ack) {
    process_hooks.remote_unlink_ack(p.pid, to, id);
  }
}

void drop_link(Process& p, Link* link) {
  p.relations->links.remove(link);
  delete link;
}

void handle_unlink(Process& p, UnlinkSignal* s) {
  Link* link = p.relations ? p.relations->links.find(pid_key(s->from)) : nullptr;
  if (link && !link->unlink_id) {
    drop_link(p, link);
    trace_process_event(p, "getting_unlinked", s->from);
  }
  send_unlink_ack(p, s->from, s->id);
}

void handle_unlink_ack(Process& p, UnlinkSignal* s) {
  Link* link = p.relations ? p.relations->links.find(pid_key(s->from)) : nullptr;
  if (link && link->unlink_id == s->id) drop_link(p, link);
}

// What an exit signal does to p. True when it became a message.
bool take_exit(Process& p, ExitSignal* s) {
  if (s->kill) {
    begin_exit(p, atom::killed);
    return false;
  }
  if (p.trap_exit) {
    MessageBuilder b(4 + copy_size(s->from) + copy_size(s->payload) + (s->token.is_pointer() ? copy_size(s->token) : 0));
    Term from = b.copy(s->from), reason = b.copy(s->payload), token = s->token.is_pointer() ? b.copy(s->token) : s->token;
    Term message = b.writer().tuple(atom::EXIT, from, reason);
    append_message(p, s->from.is_local_pid() ? s->from : Term(), message, b.finish(), token);
    return true;
  }
  if (s->payload.same(atom::normal) && !s->from.same(p.pid)) return false;
  if (s->fragment) {
    p.heap.adopt(s->fragment);
    s->fragment = nullptr;
  }
  begin_exit(p, s->payload);
  return false;
}

bool handle_exit(Process& p, ExitSignal* s) {
  if (!s->from_link) return take_exit(p, s);
  Link* link = p.relations ? p.relations->links.find(pid_key(s->from)) : nullptr;
  if (!link) return false;
  bool active = !link->unlink_id;
  drop_link(p, link);
  if (!active) return false;
  if (p.trap_exit || s->payload.same(atom::normal)) trace_process_event(p, "getting_unlinked", s->from);
  return take_exit(p, s);
}

}  // namespace

Signal* message_signal(Term from, Term message, HeapFragment* fragment, Term token) {
  Signal* s = new Signal;
  s->from = from;
  s->payload = message;
  s->fragment = fragment;
  s->token = token;
  return s;
}

void append_message(Process& p, Term from, Term message, HeapFragment* fragment, Term token) {
  link_message(p, message_signal(from, message, fragment, token));
}

void take_message(Process& p, Signal* s) {
  if (s->kind == SignalKind::Message) return link_message(p, s);
  if (alias_takes(p, static_cast<AliasSignal*>(s)->alias)) append_message(p, s->from, s->payload, std::exchange(s->fragment, nullptr), s->token);
  destroy_signal(s);
}

bool handle_signals(Process& p, size_t budget) {
  p.state.fetch_and(~uint32_t(process_state::Signals), std::memory_order_seq_cst);
  if (Signal* fresh = p.incoming.take_all()) {
    if (p.deferred) p.deferred_last->next = fresh;
    else p.deferred = fresh;
    while (fresh->next) fresh = fresh->next;
    p.deferred_last = fresh;
  }
  // During a dirty call, and while collections are turned off, a request that must collect stays and lets those behind it pass. Such
  // ones do not count, else many of them would be all that is ever looked at.
  Signal* kept = nullptr;
  Signal** at = &p.deferred;
  size_t done = 0;
  auto take = [&](Signal* s) {
    done++;
    *at = s->next;
    if (!s->next) p.deferred_last = kept;
  };
  bool messages = false;
  while (Signal* s = *at) {
    if (done >= budget) {
      p.state.fetch_or(process_state::Signals, std::memory_order_seq_cst);
      break;
    }
    if (s->kind == SignalKind::Request) {
      size_t before = p.messages.length;
      bool finished = static_cast<RequestSignal*>(s)->run(p);
      messages |= p.messages.length != before;
      if (!finished) {
        if ((p.load_state() & process_state::Dirty) || (p.collecting_off && p.may_collect)) {
          kept = s;
          at = &s->next;
          continue;
        }
        p.state.fetch_or(process_state::Signals, std::memory_order_seq_cst);
        break;
      }
      take(s);
      destroy_signal(s);
      if (p.exiting()) break;
      continue;
    }
    take(s);
    switch (s->kind) {
      case SignalKind::Message:
        link_message(p, s);
        messages = true;
        continue;
      case SignalKind::AliasMessage: {
        size_t before = p.messages.length;
        take_message(p, s);
        messages |= p.messages.length != before;
        continue;
      }
      case SignalKind::Link: handle_link(p, s); break;
      case SignalKind::Unlink: handle_unlink(p, static_cast<UnlinkSignal*>(s)); break;
      case SignalKind::UnlinkAck: handle_unlink_ack(p, static_cast<UnlinkSignal*>(s)); break;
      case SignalKind::Monitor: {
        auto* m = static_cast<MonitorSignal*>(s);
        add_monitored_by(p, m->ref, m->from, m->name, m->payload);
        break;
      }
      case SignalKind::Demonitor: {
        MonitoredBy* m = p.relations ? p.relations->monitored_by.find(static_cast<MonitorSignal*>(s)->ref) : nullptr;
        if (m) {
          p.relations->monitored_by.remove(m);
          delete m;
        }
        break;
      }
      case SignalKind::MonitorDown: {
        size_t before = p.messages.length;
        deliver_down(p, static_cast<MonitorSignal*>(s)->ref, s->payload);
        messages |= p.messages.length != before;
        break;
      }
      case SignalKind::Exit: messages |= handle_exit(p, static_cast<ExitSignal*>(s)); break;
      case SignalKind::Request: break;
    }
    destroy_signal(s);
    if (p.exiting()) break;
  }
  // Who turns collections on asks again.
  if (kept && !p.collecting_off && !(p.load_state() & process_state::Dirty)) p.state.fetch_or(process_state::Signals, std::memory_order_seq_cst);
  p.reductions -= SWord(done / 4);
  if (messages) p.state.fetch_or(process_state::Active, std::memory_order_seq_cst);
  return messages;
}

}  // namespace joist
