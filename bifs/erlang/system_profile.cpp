// erlang:system_profile/0,2: who is told what (vm/process/system_profile.h).
#include "vm/process/system_profile.h"

#include "bifs/bif.h"
#include "vm/process/process_table.h"
#include "vm/sched/scheduler.h"
#include "vm/sys/lock.h"
#include "vm/trace/tracer.h"

namespace joist {

namespace {

sys::Mutex lock{sys::LockRank::Leaf};  // one change at a time

struct Settings {
  bool processes = false, ports = false, schedulers = false, exclusive = false;
  Timestamp timestamp = Timestamp::Now;
};

bool parse(Term options, Settings* out) {
  static const Term processes = make_atom("runnable_procs"), ports = make_atom("runnable_ports"), exclusive = make_atom("exclusive"),
                    scheduler = make_atom("scheduler"), timestamp = make_atom("timestamp"),
                    monotonic = make_atom("monotonic_timestamp"), strict = make_atom("strict_monotonic_timestamp");
  for (; options.is_cons(); options = options.as_cons()->tail) {
    Term o = options.as_cons()->head;
    if (o.same(processes)) out->processes = true;
    else if (o.same(ports)) out->ports = true;
    else if (o.same(exclusive)) out->exclusive = true;
    else if (o.same(scheduler)) out->schedulers = true;
    else if (o.same(timestamp)) out->timestamp = Timestamp::Now;
    else if (o.same(monotonic)) out->timestamp = Timestamp::Monotonic;
    else if (o.same(strict)) out->timestamp = Timestamp::StrictMonotonic;
    else return false;
  }
  return options.is_nil();
}

void apply(Term receiver, const Settings& s) {
  SystemProfile& p = system_profile;
  if (s.schedulers) p.active_schedulers.store(active_schedulers());
  p.timestamp.store(s.timestamp);
  p.receiver.store(receiver.same(atom::undefined) ? 0 : receiver.raw());
  p.processes.store(s.processes);
  p.ports.store(s.ports);
  p.schedulers.store(s.schedulers);
  p.exclusive.store(s.exclusive);
}

bool exists(Term receiver) { return trace::Tracer(receiver).alive(); }

// {Receiver, Options}, or undefined. One that is gone is over.
Term current(Heap& heap) {
  SystemProfile& p = system_profile;
  Word receiver = p.receiver.load();
  if (!receiver) return atom::undefined;
  if (!exists(Term::from_raw(receiver))) {
    apply(atom::undefined, {});
    return atom::undefined;
  }
  HeapWriter w = heap.reserve(Words(3 + 2 * 5));
  Term list = nil;
  auto add = [&](bool on, const char* name) {
    if (on) list = w.cons(make_atom(name), list);
  };
  // In OTP's order, the last one first.
  add(p.ports, "runnable_ports");
  add(p.processes, "runnable_procs");
  add(p.schedulers, "scheduler");
  add(p.exclusive, "exclusive");
  Term t = w.tuple(Term::from_raw(receiver), list);
  heap.commit(w);
  return t;
}

}  // namespace

BIF(erlang, system_profile, 0) {
  sys::Locked guard(lock);
  return current(c.heap());
}

BIF(erlang, system_profile, 2) {
  Term receiver = c.arg(0), options = c.arg(1);
  Settings s;
  bool off = receiver.same(atom::undefined) || options.is_nil();
  if (!off) {
    if (!receiver.is_local_pid() && !receiver.is_local_port()) return badarg();
    if (!exists(receiver) || !parse(options, &s)) return badarg();
  }
  sys::Locked guard(lock);
  Term before = current(c.heap());
  apply(off ? atom::undefined : receiver, s);
  return before;
}

}  // namespace joist
