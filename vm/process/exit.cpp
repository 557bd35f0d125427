// Exiting.
//
// A process exits in steps, each in slices: (0) it loses its name and leaves the table, so that nobody finds it any more;
// (1) owners above release what it held (ETS tables, sockets …); (2) its signals are answered; (3) links, (4) those who monitor
// it and (5) those it monitors are told. A linked port that is idle has closed before (4): who is told that a process is gone
// may open its file or address again. Then the struct is retired: whoever found it in the table before step 0 may still push
// signals until its next quiescent point, so what is in the queue is answered once more when the struct is freed.
#include "vm/process/exit.h"

#include "vm/process/dictionary.h"
#include "vm/process/hooks.h"
#include "vm/process/process_table.h"
#include "vm/process/registry.h"
#include "vm/process/relations.h"
#include "vm/process/saved_calls.h"
#include "vm/process/send.h"
#include "vm/process/spawn.h"
#include "vm/process/suspend.h"
#include "vm/process/trace_hooks.h"
#include "vm/term/node.h"

namespace joist {

void begin_exit(Process& p, Term reason) {
  if (p.exit_reason.is_value()) return;
  p.exit_reason = reason;
  p.exit_step = 0;
  if (p.load_state() & process_state::System && process_hooks.system_process_exit) process_hooks.system_process_exit(p, reason);
  p.state.fetch_or(process_state::Exiting, std::memory_order_seq_cst);
}

namespace {

void tell_link_exit(Process& p, Term from, Term to, Term reason) {
  if (to.is_local_pid()) {
    if (Process* other = find_process(to)) send_link_exit(*other, from, reason, sequence_token_of_exit(p, to, reason));
  } else if (is_port(to)) {
    if (process_hooks.port_link_exit) process_hooks.port_link_exit(from, to, reason);
    p.reductions -= task_reductions;
  } else if (process_hooks.remote_link_exit) {
    process_hooks.remote_link_exit(p.pid, to, reason, sequence_token_of_exit(p, to, reason));
  }
}

// The term itself when no part of it is a literal.
Term own_literals(Heap& heap, Term t) {
  size_t words = copy_size_with_literals(t);
  if (words == copy_size(t)) return t;
  HeapWriter w = heap.reserve(Words(words));
  return copy_into_with_literals(t, w);
}

bool drain(Process& p) {
  while (Signal* s = p.deferred) {
    p.deferred = s->next;
    answer_for_the_dead(p.pid, s);
    if (--p.reductions <= 0) return false;
  }
  while (Signal* s = p.messages.first) {
    p.messages.first = s->next;
    destroy_signal(s);
    if (--p.reductions <= 0) return false;
  }
  p.messages.adopted_last = nullptr;
  p.messages.adopted = 0;
  p.messages.last = p.messages.save = &p.messages.first;
  p.messages.length = 0;
  if (Signal* s = p.incoming.take_all()) {
    p.deferred = s;
    return drain(p);
  }
  return true;
}

bool fan_out(Process& p) {
  Relations* r = p.relations;
  if (!r) return true;
  while (Link* link = r->links.take_any()) {
    if (!link->unlink_id) tell_link_exit(p, p.pid, link->peer, p.exit_reason);
    delete link;
    if ((p.reductions -= 4) <= 0) return false;
  }
  while (MonitoredBy* m = r->monitored_by.take_any()) {
    Term watcher = m->watcher.term;
    if (watcher.is_local_pid()) {
      if (Process* w = find_process(watcher)) send_monitor_down(*w, m->key, p.exit_reason);
    } else if (is_port(watcher)) {
      if (process_hooks.port_monitor_down) process_hooks.port_monitor_down(watcher, m->key, p.pid, p.exit_reason);
    } else if (watcher.is<MagicRef>()) {
      process_hooks.resource_monitor_down(watcher, p.pid);
    } else if (process_hooks.remote_monitor_down) {
      process_hooks.remote_monitor_down(m->name.is_value() ? m->name : p.pid, watcher, m->ref.term, p.exit_reason);
    }
    delete m;
    if ((p.reductions -= 4) <= 0) return false;
  }
  while (Monitor* m = r->monitors.take_any()) {
    r->monitors.insert(m);  // drop_monitor tells the other side and deletes
    drop_monitor(p, m->key);
    if ((p.reductions -= 2) <= 0) return false;
  }
  while (SpawnRequest* request = r->spawn_requests.take_any()) {
    process_hooks.spawn_request_left(p, *request);
    delete request;
    if ((p.reductions -= 4) <= 0) return false;
  }
  while (Suspension* s = r->suspended.take_any()) {
    if (Process* other = find_process(s->pid)) send_resume(*other, s->count);
    delete s;
    if ((p.reductions -= 2) <= 0) return false;
  }
  return true;
}

void bury(void* object) {
  auto* p = static_cast<Process*>(object);
  for (Signal* s = p->incoming.take_all(); s;) {
    Signal* next = s->next;
    answer_for_the_dead(p->pid, s);
    s = next;
  }
  destroy_process(p);
}

}  // namespace

bool continue_exit(Process& p) {
  if (p.exit_step == 0) {
    trace_process_event(p, "exit", p.exit_reason);
    if (process_hooks.cancel_receive_timer) process_hooks.cancel_receive_timer(p);
    // Nobody finds the process any more who could ask it to let go of literals.
    p.exit_reason = own_literals(p.heap, p.exit_reason);
    remove_process(p);
    if (process_hooks.cancel_timers) process_hooks.cancel_timers(p);
    if (p.save_calls) set_save_calls(p, 0);
    delete p.native_state;
    p.native_state = nullptr;
    p.exit_step = 1;
  }
  constexpr size_t steps = sizeof process_hooks.exit_steps / sizeof process_hooks.exit_steps[0];
  while (p.exit_step <= steps) {
    auto step = process_hooks.exit_steps[p.exit_step - 1];
    if (step && !step(p)) return false;
    // Tables first: whoever sees that the name is free finds those of the tables free as well.
    if (p.exit_step++ == 1 && unregister_process(p))
      trace_process_event(p, "unregister", Term::from_raw(p.registered_name.load(std::memory_order_relaxed)));
  }
  if (p.exit_step == steps + 1) {
    if (!drain(p)) return false;
    p.exit_step++;
  }
  if (!fan_out(p)) return false;
  p.exit_step = 255;
  return true;
}

void retire_process(Process& p) { process_hooks.retire(&p, bury); }

void answer_for_the_dead(Term pid, Signal* s) {
  switch (s->kind) {
    case SignalKind::Link:
      if (s->from.is_local_pid()) {
        if (Process* other = find_process(s->from)) send_link_exit(*other, pid, atom::noproc);
      } else if (is_port(s->from) && process_hooks.port_exit) {
        process_hooks.port_exit(pid, s->from, atom::noproc, true);
      } else if (process_hooks.remote_link_exit) {
        process_hooks.remote_link_exit(pid, s->from, atom::noproc, nil);
      }
      break;
    case SignalKind::Unlink:
      if (s->from.is_local_pid()) {
        if (Process* other = find_process(s->from)) {
          UnlinkSignal* ack = new UnlinkSignal;
          ack->kind = SignalKind::UnlinkAck;
          ack->from = pid;
          ack->id = static_cast<UnlinkSignal*>(s)->id;
          send_signal(*other, ack);
        }
      } else if (is_port(s->from) && process_hooks.port_unlink_ack) {
        process_hooks.port_unlink_ack(pid, s->from, static_cast<UnlinkSignal*>(s)->id);
      } else if (process_hooks.remote_unlink_ack) {
        process_hooks.remote_unlink_ack(pid, s->from, static_cast<UnlinkSignal*>(s)->id);
      }
      break;
    case SignalKind::Monitor:
      if (s->from.is_local_pid()) {
        if (Process* other = find_process(s->from)) send_monitor_down(*other, static_cast<MonitorSignal*>(s)->ref, atom::noproc);
      } else if (is_port(s->from) && process_hooks.port_monitor_down) {
        process_hooks.port_monitor_down(s->from, static_cast<MonitorSignal*>(s)->ref, pid, atom::noproc);
      } else if (s->from.is<MagicRef>()) {
        process_hooks.resource_monitor_down(s->from, pid);
      } else if (process_hooks.remote_monitor_down) {
        Term name = static_cast<MonitorSignal*>(s)->name;
        process_hooks.remote_monitor_down(name.is_value() ? name : pid, s->from, s->payload, atom::noproc);
      }
      break;
    case SignalKind::Request: static_cast<RequestSignal*>(s)->receiver_gone(); break;
    default: break;
  }
  destroy_signal(s);
}

}  // namespace joist
