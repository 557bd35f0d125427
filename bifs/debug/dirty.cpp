// erts_debug:dirty_cpu/2, dirty_io/2 and dirty/3: things done on a scheduler of a given kind, for tests of dirty scheduling.
#include "bifs/bif.h"
#include "vm/process/process_table.h"
#include "vm/process/send.h"
#include "vm/sched/quiescence.h"
#include "vm/sched/scheduler.h"
#include "vm/sys/threads.h"
#include "vm/term/arith.h"

namespace joist {
namespace {

Term kind_atom(SchedulerKind kind) {
  static const Term dirty_cpu = make_atom("dirty_cpu"), dirty_io = make_atom("dirty_io");
  if (kind == SchedulerKind::Normal) return atom::normal;
  return kind == SchedulerKind::DirtyCpu ? dirty_cpu : dirty_io;
}

Export* entry_of(SchedulerKind kind) {
  static const Term module = make_atom("erts_debug"), dirty = make_atom("dirty");
  bool normal = kind == SchedulerKind::Normal;
  return find_native(module, normal ? dirty : kind_atom(kind), normal ? 3 : 2)->export_;
}

NativeResult go_to(NativeCall& c, SchedulerKind kind, Term operation, Term argument) {
  Export* entry = entry_of(kind);
  if (kind == SchedulerKind::Normal) return c.trap(entry, atom::normal, operation, argument);
  return c.trap(entry, operation, argument);
}

// {What, self()}
void tell(NativeCall& c, Term to, Term what) {
  QuiescentSection section;
  Term message = c.heap().reserve(Words(3)).tuple(what, c.process.pid);
  send_to_pid(to, c.process.pid, message);
}

NativeResult error_of(NativeCall& c, Term reason) {
  static const Term notsup = make_atom("notsup");
  if (reason.same(notsup) || reason.same(atom::undef) || reason.same(atom::badarith) || reason.same(atom::noproc) ||
      reason.same(atom::system_limit))
    return c.error(reason);
  return badarg();
}

bool sleep_milliseconds(Term t) {
  if (!t.is_small() || t.small_value() < 0) return false;
  sys::sleep_thread(t.small_value() * 1000000);
  return true;
}

// The caller's own process is a shadow here: what it says of itself does not change during the call.
bool has_exited(Term pid) {
  QuiescentSection section;
  Process* p = find_process(pid);
  return !p || p->exiting();
}

// Counts down by two a hop, changing the kind of scheduler when divisible by four; an odd number ends badly.
NativeResult hop(NativeCall& c, SchedulerKind kind, Term operation, Term left) {
  if (!left.is_small() || left.small_value() < 0) return badarg();
  SWord n = left.small_value();
  if (n == 0) return atom::ok;
  if (n % 4 == 0)
    kind = kind == SchedulerKind::DirtyCpu ? SchedulerKind::DirtyIo
           : kind == SchedulerKind::DirtyIo ? SchedulerKind::Normal : SchedulerKind::DirtyCpu;
  return go_to(c, kind, operation, Term::small(n - 2));
}

NativeResult copies(NativeCall& c, Term t) {
  constexpr size_t count = 1000;
  size_t words = copy_size(t);
  Term list = nil;
  for (size_t i = 0; i < count; i++) {
    HeapWriter w = c.heap().reserve(Words(words + 2));
    Term copy = copy_into(t, w);
    list = w.cons(copy, list);
  }
  return list;
}

NativeResult perform(NativeCall& c, Term operation, Term argument) {
  static const Term wait = make_atom("wait"), reschedule = make_atom("reschedule"), send = make_atom("send"), ready = make_atom("ready"),
                    ready_wait6_done = make_atom("ready_wait6_done"), done = make_atom("done"),
                    alive = make_atom("alive"), alive_waitexiting = make_atom("alive_waitexiting");
  SchedulerKind kind = current_scheduler()->kind;
  if (operation.same(atom::scheduler)) return argument.same(atom::type) ? NativeResult(kind_atom(kind)) : badarg();
  if (operation.same(atom::error)) return error_of(c, argument);
  if (operation.same(atom::copy)) return copies(c, argument);
  if (operation.same(wait)) return sleep_milliseconds(argument) ? NativeResult(atom::ok) : badarg();
  if (operation.same(reschedule)) return hop(c, kind, operation, argument);
  if (operation.same(send)) {
    tell(c, argument, atom::ok);
    return atom::ok;
  }
  if (operation.same(alive_waitexiting)) {
    tell(c, argument, alive);
    while (!has_exited(c.process.pid)) sys::sleep_thread(10'000'000);
    sys::sleep_thread(1'000'000'000);
    return atom::ok;
  }
  if (operation.same(ready_wait6_done)) {
    tell(c, argument, ready);
    sys::sleep_thread(int64_t(6) * 1000000000);
    tell(c, argument, done);
    return atom::ok;
  }
  return badarg();
}

}  // namespace

BIF(erts_debug, dirty_cpu, 2) { return perform(c, c.arg(0), c.arg(1)); }
BIF(erts_debug, dirty_io, 2) { return perform(c, c.arg(0), c.arg(1)); }
BIF(erts_debug, dirty, 3) {
  if (c.arg(0).same(atom::normal)) return perform(c, c.arg(1), c.arg(2));
  for (SchedulerKind kind : {SchedulerKind::DirtyCpu, SchedulerKind::DirtyIo})
    if (c.arg(0).same(kind_atom(kind))) return go_to(c, kind, c.arg(1), c.arg(2));
  return badarg();
}

}  // namespace joist
