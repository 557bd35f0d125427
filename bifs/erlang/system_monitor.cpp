// erlang:system_monitor/0,1,2: who is told of what (vm/process/system_monitor.h).
#include "vm/process/system_monitor.h"

#include "bifs/bif.h"
#include "vm/process/process_table.h"
#include "vm/sys/lock.h"

namespace joist {

namespace {

sys::Mutex lock{sys::LockRank::Leaf};  // one change at a time

constexpr int64_t millisecond = 1000000;
constexpr SWord least_large_heap = 16384;  // words; OTP takes smaller limits for this

struct Settings {
  int64_t long_gc = 0, long_schedule = 0;
  size_t large_heap = 0;
  bool busy_port = false, busy_dist_port = false;
  bool any() const { return long_gc || long_schedule || large_heap || busy_port || busy_dist_port; }
};

Term name_of(const char* text) { return make_atom(text); }

bool parse(Term options, Settings* out) {
  for (; options.is_cons(); options = options.as_cons()->tail) {
    Term o = options.as_cons()->head;
    if (o.same(name_of("busy_port"))) {
      out->busy_port = true;
    } else if (o.same(name_of("busy_dist_port"))) {
      out->busy_dist_port = true;
    } else {
      auto t = o.as<Tuple>();
      if (!t || t->arity() != 2 || !t->at(1).is_small() || t->at(1).small_value() < 0) return false;
      SWord n = t->at(1).small_value();
      SWord time = (n < 1 ? 1 : n > INT64_MAX / millisecond ? INT64_MAX / millisecond : n) * millisecond;
      if (t->at(0).same(name_of("long_gc"))) out->long_gc = time;
      else if (t->at(0).same(name_of("long_schedule"))) out->long_schedule = time;
      else if (t->at(0).same(name_of("large_heap"))) out->large_heap = size_t(n < least_large_heap ? least_large_heap : n);
      else return false;
    }
  }
  return options.is_nil();
}

void apply(Term receiver, const Settings& s) {
  SystemMonitor& m = system_monitor;
  m.receiver.store(s.any() ? receiver.raw() : 0);
  m.long_gc.store(s.long_gc);
  m.long_schedule.store(s.long_schedule);
  m.large_heap.store(s.large_heap);
  m.busy_port.store(s.busy_port);
  m.busy_dist_port.store(s.busy_dist_port);
}

// {Pid, Options}, or undefined. One whose process is gone is over.
Term current(Heap& heap) {
  SystemMonitor& m = system_monitor;
  Word receiver = m.receiver.load();
  if (!receiver) return atom::undefined;
  if (!find_process(Term::from_raw(receiver))) {
    apply(atom::undefined, {});
    return atom::undefined;
  }
  HeapWriter w = heap.reserve(Words(3 + 5 * 5));
  Term list = nil;
  auto pair = [&](const char* name, int64_t value) {
    if (value) list = w.cons(w.tuple(name_of(name), Term::small(value)), list);
  };
  auto flag = [&](const char* name, bool on) {
    if (on) list = w.cons(name_of(name), list);
  };
  pair("long_gc", m.long_gc.load() / millisecond);
  pair("long_schedule", m.long_schedule.load() / millisecond);
  pair("large_heap", int64_t(m.large_heap.load()));
  flag("busy_port", m.busy_port.load());
  flag("busy_dist_port", m.busy_dist_port.load());
  Term t = w.tuple(Term::from_raw(receiver), list);
  heap.commit(w);
  return t;
}

NativeResult turn_off(NativeCall& c) {
  sys::Locked guard(lock);
  Term before = current(c.heap());
  apply(atom::undefined, {});
  return before;
}

NativeResult change(NativeCall& c, Term receiver, Term options) {
  if (receiver.same(atom::undefined) || options.is_nil()) return turn_off(c);
  Settings s;
  if (!receiver.is_local_pid() || !parse(options, &s) || !find_process(receiver)) return badarg();
  sys::Locked guard(lock);
  Term before = current(c.heap());
  apply(receiver, s);
  return before;
}

}  // namespace

BIF(erlang, system_monitor, 0) {
  sys::Locked guard(lock);
  return current(c.heap());
}
BIF(erlang, system_monitor, 1) {
  if (c.arg(0).same(atom::undefined)) return turn_off(c);
  auto t = c.arg(0).as<Tuple>();
  if (!t || t->arity() != 2) return badarg();
  return change(c, t->at(0), t->at(1));
}
BIF(erlang, system_monitor, 2) { return change(c, c.arg(0), c.arg(1)); }

}  // namespace joist
