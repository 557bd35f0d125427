// Busy ports: what the driver holds and the commands that wait for a turn are counted in bytes; above a limit senders wait, listed
// here, until both fall below theirs. Halting waits for the same counts.
#include <vector>

#include "vm/port/port_table.h"
#include "vm/process/process_table.h"
#include "vm/process/send.h"
#include "vm/process/system_monitor.h"
#include "vm/sched/quiescence.h"
#include "vm/sys/lock.h"
#include "vm/sys/threads.h"

namespace joist {
namespace {

struct Waiter {
  Term pid;
  Term port;
};
sys::Mutex waiters_lock(sys::LockRank::PortWaiters);
std::vector<Waiter> waiters;
std::atomic<size_t> waiter_count{0};   // so that asking for one costs no lock while there is none

std::atomic<int64_t> queued_bytes{0};  // of all ports whose output is kept
std::atomic<bool> flushing{false};
sys::Event progress;                   // set while flushing, whenever a port may have written all it has

void wake_senders(Term port) {
  std::vector<Term> pids;
  {
    sys::Locked lock(waiters_lock);
    std::erase_if(waiters, [&](const Waiter& w) {
      if (!w.port.same(port)) return false;
      pids.push_back(w.pid);
      return true;
    });
    waiter_count = waiters.size();
  }
  for (Term pid : pids)
    if (Process* p = find_process(pid)) wake_waiting(*p);
}

void apply_limits(Port& port, const BusyLimits& limits, size_t bytes, BusyReason reason) {
  if (limits.disabled) return;
  if (bytes >= limits.high) {
    port.busy.fetch_or(reason, std::memory_order_seq_cst);
  } else if (bytes < limits.low && (port.busy.load() & reason)) {
    if (port.busy.fetch_and(uint8_t(~reason), std::memory_order_seq_cst) == reason) wake_senders(port.id);
  }
}

bool is_at_rest(Port& p) { return p.turn.load() == PortTurn::Idle && !p.incoming.load(); }

}  // namespace

void wait_for_port(Process& process, Port& port) {
  report_busy_port(process, port.id, false);
  {
    sys::Locked lock(waiters_lock);
    bool listed = false;
    for (const Waiter& w : waiters) listed = listed || (w.pid.same(process.pid) && w.port.same(port.id));
    if (!listed) waiters.push_back({process.pid, port.id});
    waiter_count = waiters.size();
  }
  if (!port.busy.load(std::memory_order_seq_cst)) wake_waiting(process);
}

bool waits_for_port(Term pid) {
  if (!waiter_count.load(std::memory_order_relaxed)) return false;
  sys::Locked lock(waiters_lock);
  for (const Waiter& w : waiters)
    if (w.pid.same(pid)) return true;
  return false;
}

void command_sent(Port& port, size_t bytes) {
  size_t now = port.waiting_bytes.fetch_add(bytes, std::memory_order_seq_cst) + bytes;
  apply_limits(port, port.options.command_limits, now, busy_commands);
}

void command_taken(Port& port, size_t bytes) {
  size_t now = port.waiting_bytes.fetch_sub(bytes, std::memory_order_seq_cst) - bytes;
  apply_limits(port, port.options.command_limits, now, busy_commands);
}

namespace {

Term sender_of(const PortSignal& s) { return s.sender.is_value() ? s.sender : s.from; }

}  // namespace

bool must_hold(const Port& port, const PortSignal& s) {
  if (!port.driver->holds_commands() || port.closing) return false;
  if (s.kind == PortSignalKind::Command && !s.force && (port.busy.load() & busy_queue)) return true;
  Term sender = sender_of(s);
  for (const PortSignal* h = port.held; h; h = h->next)
    if (sender.is_value() && sender_of(*h).same(sender) && !s.force) return true;
  return false;
}

void hold_signal(Port& port, PortSignal* s) {
  s->next = nullptr;
  *port.held_end = s;
  port.held_end = &s->next;
}

PortSignal* take_released(Port& port) {
  PortSignal* s = port.held;
  if (!s || ((port.busy.load() & busy_queue) && !port.closing)) return nullptr;
  port.held = s->next;
  if (!port.held) port.held_end = &port.held;
  return s;
}

void end_busy(Port& port) {
  if (port.busy.exchange(0)) wake_senders(port.id);
}

void Port::set_queued(size_t bytes) {
  if (driver->keeps_output()) queued_bytes.fetch_add(int64_t(bytes) - int64_t(queued));
  queued = bytes;
  if (!closing) apply_limits(*this, options.queue_limits, bytes, busy_queue);
}

void Port::set_busy(bool now) {
  if (now) {
    busy.fetch_or(busy_queue, std::memory_order_seq_cst);
    return;
  }
  if (!(busy.load() & busy_queue)) return;
  if (busy.fetch_and(uint8_t(~busy_queue), std::memory_order_seq_cst) == busy_queue) wake_senders(id);
  if (user) mark_ready(*this, user_event);
  if (driver->holds_commands()) schedule_port(*this);
}

void turn_ended() {
  if (flushing.load(std::memory_order_relaxed)) progress.set();
}

void flush_ports() {
  flushing = true;
  // Turns already queued run first: their commands count only once they reach the driver.
  for (;;) {
    progress.reset();
    bool pending = false;
    {
      QuiescentSection section;
      for_each_port([](Port& p, void* out) { *static_cast<bool*>(out) |= !is_at_rest(p); }, &pending);
    }
    if (!pending && queued_bytes.load() <= 0) return;
    progress.wait();
  }
}

}  // namespace joist
