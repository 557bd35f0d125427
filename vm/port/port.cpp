// Life of a port: created by open_port on the caller's thread, published in the table, then touched only by its turns. Closing sends
// exit signals to its links, DOWN to its monitors, and retires the struct. Signals that arrive later are answered as OTP answers for
// a port that does not exist.
#include "vm/port/port.h"

#include <memory>

#include "vm/base/reversed.h"
#include "vm/port/packet_batch.h"
#include "vm/port/port_messages.h"
#include "vm/port/port_table.h"
#include "vm/port/port_trace.h"
#include "vm/port/port_turn.h"
#include "vm/process/hooks.h"
#include "vm/process/registry.h"
#include "vm/process/send.h"
#include "vm/process/system_profile.h"
#include "vm/sched/quiescence.h"
#include "vm/sched/statistics.h"
#include "vm/sys/memory.h"
#include "vm/sys/poll.h"
#include "vm/term/bits.h"
#include "vm/term/etf/etf.h"

namespace joist {
namespace {

// What a signal takes of a port's turn, so that one that gets many leaves its scheduler to others in between.
constexpr uint32_t signal_percent = 1;

// Answers a native with the term that `build` makes: where it waits for it, or as {Ref, Term}.
template <class F>
void answer(Term port_id, const PortSignal& s, size_t words, F build) {
  if (s.answer) {
    HeapWriter w = s.heap->reserve(Words(words));
    *s.answer = build(w);
    s.heap->commit(w);
    return;
  }
  Process* from = process_of(s.from);
  if (!from) return;
  MessageBuilder message(3 + ref_words + words);
  Term ref = write_ref(message.writer(), s.ref);
  Term result = build(message.writer());
  message.send(*from, port_id, message.writer().tuple(ref, result));
}

// Signals to a port that is gone.
void answer_for_dead(Term port_id, std::unique_ptr<PortSignal> s) {
  Process* from = process_of(s->from);
  switch (s->kind) {
    case PortSignalKind::Link:
      if (from) send_link_exit(*from, port_id, atom::noproc);
      break;
    case PortSignalKind::Monitor:
      if (from) send_monitor_down(*from, s->ref, atom::noproc);
      break;
    case PortSignalKind::Unlink:
      if (from) {
        auto* ack = new UnlinkSignal;
        ack->kind = SignalKind::UnlinkAck;
        ack->from = port_id;
        ack->id = s->id;
        send_signal(*from, ack);
      }
      break;
    default:
      if (s->reply) answer(port_id, *s, 0, [&](HeapWriter&) { return s->kind == PortSignalKind::Info ? atom::undefined : atom::badarg; });
  }
}

std::unique_ptr<PortSignal> take_first(PortSignal** list) {
  std::unique_ptr<PortSignal> s(*list);
  *list = s->next;
  return s;
}

PortSignal* take_all(Port& port) { return reversed(port.incoming.exchange(nullptr, std::memory_order_seq_cst)); }

void bad_signal(Port& port, const PortSignal& s) {
  if (s.reply) port.reply(s, atom::badarg);
  else if (Process* sender = process_of(s.sender)) send_exit(*sender, port.id, atom::badsig);
}

void link_to(Port& port, Process& process) {
  port.links.insert(new Link(process.pid));
  trace_port_event(port, "getting_linked", process.pid);
  auto* link = new Signal;
  link->kind = SignalKind::Link;
  link->from = port.id;
  send_signal(process, link);
}

// {ok, Term} of what a driver answered in external format.
void answer_call(Port& port, const PortSignal& s, const std::string& encoded) {
  auto data = reinterpret_cast<const uint8_t*>(encoded.data());
  auto words = etf::decoded_words(data, encoded.size());
  if (!words) return bad_signal(port, s);
  answer(port.id, s, *words + 3, [&](HeapWriter& w) {
    auto decoded = etf::decode_into(w, data, encoded.size(), {});
    return decoded ? w.tuple(atom::ok, decoded->term) : atom::badarg;
  });
}

void act(Port& port, const PortSignal& s) {
  bool by_owner = s.from.raw() == port.owner.load();
  port.caller = s.from;
  switch (s.kind) {
    case PortSignalKind::Command:
      if (s.send_form && !by_owner) return bad_signal(port, s);
      trace_received(port, s);
      port.bytes_out += s.output_size();
      io_statistics.bytes_out.fetch_add(s.output_size(), std::memory_order_relaxed);
      if (s.pieces) port.driver->output_pieces(port, std::move(*s.pieces));
      else port.driver->output(port, std::move(const_cast<PortSignal&>(s).bytes));
      if (s.reply) port.reply(s, atom::true_);
      break;
    case PortSignalKind::Close:
      if (s.send_form && !by_owner) return bad_signal(port, s);
      trace_received(port, s);
      // Its name is gone, and linked processes know, when the asker hears.
      if (s.send_form) port.told_of_end = s.from;
      port.close(atom::normal);
      if (s.reply) port.reply(s, atom::true_);
      break;
    case PortSignalKind::Connect: {
      if (s.send_form && !by_owner) return bad_signal(port, s);
      Term owner = Term::from_raw(s.id);
      Process* next = process_of(owner);
      if (!next) return bad_signal(port, s);
      port.owner = owner.raw();
      // As in OTP, only port_connect/2 links the new owner.
      if (!s.send_form && !port.links.find(pid_key(owner))) link_to(port, *next);
      trace_received(port, s);
      if (s.send_form) tell(port, s.from, atom::connected);
      else trace_connected(port, s.from);
      if (s.reply) port.reply(s, atom::true_);
      break;
    }
    case PortSignalKind::Control: {
      trace_received(port, s);
      std::string out;
      port.answer_binary = false;
      if (!port.driver->control(port, unsigned(s.id), s.bytes, &out)) return bad_signal(port, s);
      trace_replied(port, s, out);
      if (port.answer_binary) answer(port.id, s, bits::allocate_words(8 * out.size()), [&](HeapWriter& w) { return write_binary(w, out); });
      else answer(port.id, s, 2 * out.size(), [&](HeapWriter& w) { return byte_list(w, out, nil); });
      break;
    }
    case PortSignalKind::Call: {
      trace_received(port, s);
      std::string out;
      if (!port.driver->call(port, unsigned(s.id), s.bytes, &out)) return bad_signal(port, s);
      trace_replied(port, s, out);
      answer_call(port, s, out);
      break;
    }
    case PortSignalKind::Info:
      answer(port.id, s, port_info_words(port), [&](HeapWriter& w) { return port_info(port, s.term, w); });
      break;
    case PortSignalKind::Link:
      if (port.links.find(pid_key(s.from))) break;
      port.links.insert(new Link(s.from));
      trace_port_event(port, "getting_linked", s.from);
      break;
    case PortSignalKind::Unlink: {
      Link* link = port.links.find(pid_key(s.from));
      if (link) {
        port.links.remove(link);
        delete link;
        trace_port_event(port, "getting_unlinked", s.from);
      }
      if (Process* from = process_of(s.from)) {
        auto* ack = new UnlinkSignal;
        ack->kind = SignalKind::UnlinkAck;
        ack->from = port.id;
        ack->id = s.id;
        send_signal(*from, ack);
      }
      break;
    }
    case PortSignalKind::UnlinkAck: break;
    case PortSignalKind::Exit:
      if (s.from_link) {
        Link* link = port.links.find(pid_key(s.from));
        if (link) {
          port.links.remove(link);
          delete link;
        } else if (!by_owner) {
          break;
        }
      }
      if (!s.term.same(atom::normal) || by_owner) port.close(s.term);
      break;
    case PortSignalKind::Monitor: {
      auto* m = new MonitoredBy;
      m->key = s.ref;
      m->watcher.term = s.from;
      m->name = s.term;
      port.monitors.insert(m);
      break;
    }
    case PortSignalKind::Demonitor:
      if (MonitoredBy* m = port.monitors.find(s.ref)) {
        port.monitors.remove(m);
        delete m;
      }
      break;
    case PortSignalKind::MonitorDown: port.driver->process_down(port, s.ref); break;
    case PortSignalKind::Event: s.event->run(port); break;
    case PortSignalKind::ChildStarted: port.driver->child_started(port, int(s.id), int(s.ref.a)); break;
    case PortSignalKind::ChildExited: port.driver->child_exited(port, int(s.id), int(s.ref.a)); break;
  }
}

void destroy_port(void* p) {
  auto* port = static_cast<Port*>(p);
  while (port->taken) answer_for_dead(port->id, take_first(&port->taken));
  PortSignal* late = take_all(*port);
  while (late) answer_for_dead(port->id, take_first(&late));
  while (port->held) answer_for_dead(port->id, take_first(&port->held));
  port->driver->port_gone();
  if (port->trace) trace_hooks.forget(port->trace);
  if (port->data_fragment) HeapFragment::destroy_chain(port->data_fragment);
  delete port;
}

// Signals that a driver which writes its last output needs.
bool is_for_driver(PortSignalKind kind) { return kind >= PortSignalKind::MonitorDown; }

void serve_signal(Port& port, std::unique_ptr<PortSignal> s) {
  if (port.closed || (port.closing && !is_for_driver(s->kind))) answer_for_dead(port.id, std::move(s));
  else act(port, *s);
}

void serve_released(Port& port) {
  while (PortSignal* s = take_released(port)) serve_signal(port, std::unique_ptr<PortSignal>(s));
}

// What has come, in order, until the turn's time is up.
void serve(Port& port) {
  port.turn_used = 0;
  serve_released(port);
  if (!port.taken) port.taken = take_all(port);
  while (port.taken && (port.turn_used < 100 || port.closed)) {
    auto s = take_first(&port.taken);
    port.turn_used += signal_percent;
    if (s->kind == PortSignalKind::Command) command_taken(port, s->output_size());
    if (must_hold(port, *s)) {
      hold_signal(port, s.release());
      continue;
    }
    serve_signal(port, std::move(s));
    serve_released(port);
  }
  unsigned events = port.ready_events.exchange(0, std::memory_order_seq_cst);
  if ((events & user_event) && port.user && !port.closing) port.user->ready(port);
  events &= ~user_event;
  if (events && port.driver && !port.closed) {
    port.driver->ready(port, events);
    serve_released(port);
  }
}

// True: there is more to do, the next turn is claimed and is to be scheduled.
bool end_turn(Port& port) {
  if (port.closed) {
    port.turn.store(PortTurn::Queued);  // nobody schedules it again
    profile_port(port.id, false);
    retire(&port, destroy_port);
    turn_ended();
    return false;
  }
  PortTurn running = PortTurn::Running;
  profile_port(port.id, false);
  // A turn that was given to what had been taken before has not seen what came while it was queued.
  bool more = port.taken || port.incoming.load(std::memory_order_seq_cst);
  if (!more && port.turn.compare_exchange_strong(running, PortTurn::Idle, std::memory_order_seq_cst)) {
    turn_ended();
    return false;
  }
  port.turn.store(PortTurn::Queued, std::memory_order_seq_cst);
  profile_port(port.id, true);
  return true;
}

// Not when all that has come is about tracing itself.
bool is_traced_turn(const Port& port) {
  if (port.ready_events.load(std::memory_order_relaxed) || port.held || port.taken) return true;
  PortSignal* s = port.incoming.load(std::memory_order_acquire);
  while (s && s->event && !s->event->is_traced()) s = s->next;
  return s;
}

bool run_turn(SchedulerTask* task) {
  auto& port = *reinterpret_cast<Port*>(task);
  port.turn.store(PortTurn::Running, std::memory_order_seq_cst);
  {
    WatchedTurn in(port);
    bool traced = trace_ever_used.load(std::memory_order_relaxed) && is_traced_turn(port);
    if (traced) [[unlikely]] trace_turn(port, true, nullptr);
    serve(port);
    if (traced) [[unlikely]] trace_turn(port, false, nullptr);
  }
  return end_turn(port);
}

}  // namespace

Port* create_port(PortDriver* driver, const PortOptions& options, Term owner) {
  auto* port = new Port;
  port->task.run = run_turn;
  port->driver = driver;
  port->options = options;
  port->owner = owner.raw();
  port->turn = PortTurn::Queued;  // published, but not to be run before schedule_port's caller is done
  if (publish_port(*port)) return port;
  port->driver = nullptr;
  delete port;
  return nullptr;
}

Port* create_linked_port(PortDriver* driver, const PortOptions& options, Process& owner) {
  Port* port = create_port(driver, options, owner.pid);
  if (!port) return nullptr;
  link_opener(*port, owner);
  driver->opened(*port);
  return port;
}

void link_opener(Port& port, Process& owner) {
  trace_opened(port, owner.pid);
  trace_process_event(owner, "link", port.id);
  port.links.insert(new Link(owner.pid));
  trace_port_event(port, "getting_linked", owner.pid);
  add_link(owner, port.id);
}

Port* create_port_for(PortDriver* driver, const PortOptions& options, Process& owner) {
  Port* port = create_port(driver, options, owner.pid);
  if (!port) return nullptr;
  trace_opened(*port, owner.pid);
  link_to(*port, owner);
  driver->opened(*port);
  return port;
}

void discard_port(Port& port) {
  port.closing = true;
  port.finish_close();
  end_turn(port);
}

void answer_opener(Port& port, Term result) {
  auto opener = std::move(port.opener);
  Process* to = opener ? process_of(opener->pid) : nullptr;
  if (!to) return;
  MessageBuilder message(3 + ref_words);
  Term ref = write_ref(message.writer(), opener->ref);
  message.send(*to, port.id, message.writer().tuple(ref, result));
}

bool post_to_port(Term id, std::unique_ptr<PortEvent> event) {
  QuiescentSection section;
  Port* port = find_port(id);
  if (!port) return false;
  auto* s = new PortSignal;
  s->kind = PortSignalKind::Event;
  s->event = std::move(event);
  send_to_port(*port, s);
  return true;
}

Term port_of(Term id_or_name) {
  if (id_or_name.is_local_port()) return id_or_name;
  if (!id_or_name.is_atom()) return Term();
  Term t = whereis(id_or_name);
  return t.is_value() && t.is_local_port() ? t : Term();
}

void emergency_close_ports() {
  for_each_port([](Port& port, void*) { port.driver->emergency_close(); }, nullptr);
}

void schedule_port(Port& port) {
  PortTurn now = port.turn.load(std::memory_order_seq_cst);
  for (;;) {
    PortTurn then = now == PortTurn::Idle ? PortTurn::Queued : now == PortTurn::Running ? PortTurn::RunningAgain : now;
    if (then == now) return;
    if (port.turn.compare_exchange_weak(now, then, std::memory_order_seq_cst)) {
      if (now == PortTurn::Idle) {
        profile_port(port.id, true);
        schedule_task(&port.task);
      }
      return;
    }
  }
}

void schedule_opened(Port& port) {
  port.turn.store(PortTurn::Idle, std::memory_order_seq_cst);
  if (port.incoming.load(std::memory_order_seq_cst) || port.ready_events.load(std::memory_order_seq_cst)) schedule_port(port);
  else turn_ended();
}

sys::PollWatch* watch_for_port(const Port& port, int fd, bool is_socket) {
  // The callback carries the port's id: the port may be gone when it comes.
  auto on_ready = [](void* id, unsigned events) {
    QuiescentSection section;
    if (Port* port = find_port(Term::from_raw(reinterpret_cast<Word>(id)))) mark_ready(*port, events);
  };
  return sys::poll_watch(fd, on_ready, reinterpret_cast<void*>(port.id.raw()), is_socket);
}

namespace {

void queue_signal(Port& port, PortSignal* signal) {
  if (signal->kind == PortSignalKind::Command) command_sent(port, signal->output_size());
  PortSignal* head = port.incoming.load(std::memory_order_relaxed);
  do signal->next = head;
  while (!port.incoming.compare_exchange_weak(head, signal, std::memory_order_seq_cst, std::memory_order_relaxed));
}

}  // namespace

void send_to_port(Port& port, PortSignal* signal) {
  queue_signal(port, signal);
  schedule_port(port);
}

void serve_port_now(Port& port, PortSignal* signal) {
  queue_signal(port, signal);
  PortTurn idle = PortTurn::Idle;
  if (!port.turn.compare_exchange_strong(idle, PortTurn::Queued, std::memory_order_seq_cst)) return schedule_port(port);
  profile_port(port.id, true);
  if (run_turn(&port.task)) schedule_task(&port.task);
}

bool run_port_now(Port& port, PortSignal* signal, Process& caller, Term* answer) {
  PortTurn idle = PortTurn::Idle;
  if (!port.turn.compare_exchange_strong(idle, PortTurn::Running, std::memory_order_seq_cst)) return false;
  profile_port(port.id, true);
  InTurn in(port);
  serve(port);
  if (port.taken || must_hold(port, *signal)) {
    if (end_turn(port)) schedule_task(&port.task);
    return false;
  }
  std::unique_ptr<PortSignal> s(signal);
  s->heap = &caller.heap;
  s->answer = answer;
  const char* operation = operation_name(s->kind);
  if (caller.trace) [[unlikely]] trace_hooks.schedule(caller, TraceSwitch::OutToPort);
  trace_turn(port, true, operation);
  serve_signal(port, std::move(s));
  serve_released(port);
  trace_turn(port, false, operation);
  if (caller.trace) [[unlikely]] trace_hooks.schedule(caller, TraceSwitch::InFromPort);
  if (end_turn(port)) schedule_task(&port.task);
  return true;
}

void mark_ready(Port& port, unsigned events) {
  port.ready_events.fetch_or(events, std::memory_order_seq_cst);
  schedule_port(port);
}

// For drivers that have nothing better: one command after the other.
void PortDriver::output_packets(Port& port, PacketBatch& batch) {
  for (size_t i = 0; i < batch.count; i++) {
    if (port.closing) return;
    port.caller = nil;
    IoVector vector;
    std::string bytes;
    for (PacketBatch::Packet::Piece& piece : batch.packets[i].pieces) {
      if (!piece.size) continue;
      if (!takes_pieces()) {
        bytes.append(reinterpret_cast<const char*>(piece.data), piece.size);
        continue;
      }
      vector.pieces.push_back({std::exchange(piece.owner, nullptr), const_cast<uint8_t*>(piece.data), piece.size});
      vector.bytes += piece.size;
    }
    if (takes_pieces()) output_pieces(port, std::move(vector));
    else output(port, std::move(bytes));
  }
}

void wake_port_user(Term id) {
  QuiescentSection section;
  if (Port* port = find_port(id)) mark_ready(*port, user_event);
}

void Port::reply(const PortSignal& s, Term immediate) {
  answer(id, s, 0, [&](HeapWriter&) { return immediate; });
}

void Port::close(Term reason) {
  if (closing) return;
  closing = true;
  end_busy(*this);  // who waits to send hears that it is closed
  exit_reason = reason;
  if (reason.same(atom::kill)) reason = atom::killed;  // what others hear
  trace_port_event(*this, "closed", reason);
  if (Word name = registered_name.exchange(0)) {
    unregister_port(Term::from_raw(name), id);
    trace_port_event(*this, "unregister", Term::from_raw(name));
  }
  if (user) user->closed(*this, reason);
  while (Link* link = links.take_any()) {
    if (Process* p = process_of(link->peer)) send_link_exit(*p, id, reason);
    delete link;
  }
  while (MonitoredBy* m = monitors.take_any()) {
    if (Process* p = process_of(m->watcher.term)) send_monitor_down(*p, m->key, reason);
    delete m;
  }
  if (driver->stop(*this)) finish_close();
}

void Port::close_unlinked(Term reason) {
  Term to = Term::from_raw(owner.load());
  if (Link* link = links.find(pid_key(to))) {
    links.remove(link);
    delete link;
    if (Process* p = process_of(to)) {
      auto* unlink = new UnlinkSignal;
      unlink->kind = SignalKind::Unlink;
      unlink->from = id;
      send_signal(*p, unlink);
    }
  }
  close(reason);
}

void Port::finish_close() {
  set_queued(0);
  end_busy(*this);
  closed = true;
  // The turn that is running ends the port's life; nobody finds it any more.
  remove_port(*this);
  if (told_of_end.is_value()) tell(*this, told_of_end, atom::closed, true);
}

}  // namespace joist
