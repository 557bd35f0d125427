// erts_debug:dirty_cpu/2, dirty_io/2 and dirty/3: things done on a scheduler of a given kind, for tests of dirty scheduling.
//
// Each goes on as an entry for the kind of scheduler, and may change the kind; what is to be done is in its state. The entries bear the
// caller's name: in a stacktrace it is the call that was made.
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

struct Work final : NativeState {
  Term operation, argument;
  void visit_roots(RootVisitor& visitor) override {
    visitor.visit(operation);
    visitor.visit(argument);
  }
};

NativeResult perform_work(NativeCall& c);

// Of the three natives, in the order of SchedulerKind; each of them for the three kinds.
struct Places {
  NativeEntry rows[3][3] = {};
  Places() {
    static constexpr const char* names[] = {"dirty", "dirty_cpu", "dirty_io"};
    static constexpr NativeKind kinds[] = {NativeKind::Long, NativeKind::DirtyCpu, NativeKind::DirtyIo};
    for (size_t native = 0; native < 3; native++)
      for (size_t kind = 0; kind < 3; kind++) {
        NativeEntry& e = rows[native][kind];
        e.module_text = "erts_debug", e.function_text = names[native];
        e.module = make_atom(e.module_text), e.function = make_atom(e.function_text);
        e.arity = native == 0 ? 3 : 2;
        e.export_ = find_native(e.module, e.function, e.arity)->export_;
        e.kind = kinds[kind];
        e.gate = e.kind;
        e.fn = perform_work;
      }
  }
};

NativeResult go_on(NativeCall& c, size_t native, SchedulerKind kind, Term operation, Term argument) {
  static Places places;
  auto* work = c.state<Work>();
  if (!work) c.set_state(work = new Work);
  work->operation = operation;
  work->argument = argument;
  work->owner = &places.rows[native][size_t(kind)];
  return c.elsewhere();
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
  size_t native = c.entry->arity == 3 ? 0 : c.entry->function.same(kind_atom(SchedulerKind::DirtyCpu)) ? 1 : 2;
  if (!left.is_small() || left.small_value() < 0) return badarg();
  SWord n = left.small_value();
  if (n == 0) return atom::ok;
  if (n % 4 == 0)
    kind = kind == SchedulerKind::DirtyCpu ? SchedulerKind::DirtyIo
           : kind == SchedulerKind::DirtyIo ? SchedulerKind::Normal : SchedulerKind::DirtyCpu;
  return go_on(c, native, kind, operation, Term::small(n - 2));
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

NativeResult perform_work(NativeCall& c) {
  auto* work = c.state<Work>();
  return perform(c, work->operation, work->argument);
}

}  // namespace

BIF(erts_debug, dirty_cpu, 2) { return go_on(c, 1, SchedulerKind::DirtyCpu, c.arg(0), c.arg(1)); }
BIF(erts_debug, dirty_io, 2) { return go_on(c, 2, SchedulerKind::DirtyIo, c.arg(0), c.arg(1)); }
BIF(erts_debug, dirty, 3) {
  for (SchedulerKind kind : {SchedulerKind::Normal, SchedulerKind::DirtyCpu, SchedulerKind::DirtyIo})
    if (c.arg(0).same(kind_atom(kind))) return go_on(c, 0, kind, c.arg(1), c.arg(2));
  return badarg();
}

}  // namespace joist
