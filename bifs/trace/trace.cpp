// erts_internal:trace/3, erlang:trace_delivered/1.
#include <vector>

#include "bifs/bif.h"
#include "vm/port/port.h"
#include "vm/process/process_table.h"
#include "vm/process/relations.h"
#include "vm/sys/clock.h"
#include "vm/term/node.h"
#include "vm/trace/set_trace.h"

namespace joist {

namespace {

constexpr size_t slots_a_step = 4096;

struct Request {
  bool on = false;
  bool cpu_timestamp = false;
  uint32_t flags = 0;
  trace::Tracer tracer;
};

bool parse_flags(Term list, Request* r) {
  static const Term cpu_timestamp = make_atom("cpu_timestamp"), tracer = make_atom("tracer");
  for (; list.is_cons(); list = list.as_cons()->tail) {
    Term item = list.as_cons()->head;
    if (item.same(cpu_timestamp)) r->cpu_timestamp = true;
    else if (uint32_t flag = item.is_atom() ? trace::flag_of(item) : 0) r->flags |= flag;
    else if (!trace::Tracer::parse(tracer, item, &r->tracer)) return false;
  }
  return list.is_nil();
}

// Whose tracing an atom says: those there are, those to come.
struct Scope {
  bool processes = false, ports = false;
  bool existing = false, future = false;
};

bool parse_scope(Term t, Scope* s) {
  static const struct {
    Term name;
    Scope scope;
  } names[] = {{atom::all, {true, true, true, true}},
               {make_atom("existing"), {true, true, true, false}},
               {make_atom("new"), {true, true, false, true}},
               {make_atom("processes"), {true, false, true, true}},
               {make_atom("existing_processes"), {true, false, true, false}},
               {make_atom("new_processes"), {true, false, false, true}},
               {make_atom("ports"), {false, true, true, true}},
               {make_atom("existing_ports"), {false, true, true, false}},
               {make_atom("new_ports"), {false, true, false, true}}};
  for (const auto& n : names)
    if (n.name.same(t)) {
      *s = n.scope;
      return true;
    }
  return false;
}

trace::Change change_of(const Request& r) {
  trace::Change c;
  (r.on ? c.set : c.clear) = r.flags;
  c.tracer = r.tracer;
  return c;
}

// Waits for the processes to change their flags.
struct Setting final : NativeState {
  std::shared_ptr<trace::Batch> batch = std::make_shared<trace::Batch>();
  Request request;
  Scope scope;
  std::unique_ptr<ProcessSnapshot> snapshot;  // while processes are looked for
  bool single = false;
};

// An own change takes place at once; that of another process is under way.
void send_to(NativeCall& c, Term pid, const trace::Change& change, Setting& s) {
  if (pid.same(c.process.pid)) {
    if (trace::change(c.process.trace, change)) s.batch->changed.fetch_add(1, std::memory_order_relaxed);
  } else if (Process* p = find_process(pid)) {
    trace::send_change(*p, change, s.batch, c.process.priority);
  }
}

NativeResult wait_for(NativeCall& c, Setting& s) {
  if (!s.batch->complete()) return c.wait();
  size_t changed = s.batch->changed.load(std::memory_order_relaxed);
  if (s.single && changed == 0) return badarg();
  return Term::small(SWord(changed));
}

NativeResult go_on(NativeCall& c, Setting& s) {
  if (!s.snapshot) return wait_for(c, s);
  bool all = s.snapshot->collect(slots_a_step);
  c.charge(slots_a_step / 8);
  if (!all) return c.again();
  trace::Change change = change_of(s.request);
  change.set &= trace::process_flags;
  for (Term pid : s.snapshot->pids) send_to(c, pid, change, s);
  s.snapshot.reset();
  s.batch->answered(false);
  return wait_for(c, s);
}

NativeResult begin(NativeCall& c, const Request& r) {
  Term whom = c.arg(0);
  auto* s = new Setting;
  s->request = r;
  s->batch->asker = c.process.pid;
  trace::Change change = change_of(r);
  if (whom.is_local_pid()) {
    c.set_state(s);
    s->single = true;
    send_to(c, whom, change, *s);
    s->batch->answered(false);
    return wait_for(c, *s);
  }
  Scope& scope = s->scope;
  if (!parse_scope(whom, &scope)) {
    delete s;
    return badarg();
  }
  c.set_state(s);
  if (r.cpu_timestamp) trace::cpu_timestamps = r.on;
  trace::Change of_processes = change;
  of_processes.set &= trace::process_flags;
  of_processes.clear &= trace::process_flags;
  if (scope.future && scope.processes && r.flags & trace::process_flags) trace::change_new_processes(of_processes);
  // Flags that mean something to ports only leave processes alone, unless they are named.
  bool own = r.flags & (trace::process_flags & ~trace::shared_flags), shared = r.flags & trace::shared_flags;
  if (scope.existing && scope.processes && (own || shared)) {
    s->snapshot = std::make_unique<ProcessSnapshot>();
    return go_on(c, *s);
  }
  s->batch->answered(false);
  return wait_for(c, *s);
}

}  // namespace

BIF(erts_internal, trace, 3) {
  if (auto* s = c.state<Setting>()) return go_on(c, *s);
  Request r;
  if (!parse_flags(c.arg(2), &r)) return c.badarg(atom::badopt);
  if (c.arg(1).same(atom::true_)) r.on = true;
  else if (!c.arg(1).same(atom::false_)) return badarg();
  if (r.on && r.tracer.none()) r.tracer = trace::Tracer(c.process.pid);
  if (r.cpu_timestamp && !c.arg(0).same(atom::all)) return badarg();
  return begin(c, r);
}

namespace {

struct Delivering final : NativeState {
  ProcessSnapshot snapshot;
};

NativeResult ask_delivered(NativeCall& c, const std::vector<Term>& pids) {
  RefKey ref = fresh_ref_key();
  trace::send_trace_delivered(pids, c.process.pid, c.arg(0), ref);
  HeapWriter w = c.heap().reserve(Words(ref_words));
  return write_ref(w, ref);
}

}  // namespace

BIF(erlang, trace_delivered, 1) {
  if (c.arg(0).is_local_pid()) return ask_delivered(c, {c.arg(0)});
  if (!c.arg(0).same(atom::all)) return badarg();
  auto* s = c.state<Delivering>();
  if (!s) c.set_state(s = new Delivering);
  bool all = s->snapshot.collect(slots_a_step);
  c.charge(slots_a_step / 8);
  return all ? ask_delivered(c, s->snapshot.pids) : c.again();
}

}  // namespace joist
