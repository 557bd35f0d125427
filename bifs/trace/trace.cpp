// erts_internal:trace/3, erlang:trace_delivered/1.
#include "bifs/trace/ports.h"
#include "bifs/trace/round_state.h"
#include "vm/trace/set_trace.h"

namespace joist {

namespace {

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

NativeResult changed(NativeCall& c, RoundState& state) {
  if (!state.go_on(c)) return state.not_yet(c);
  size_t count = state.round->count();
  bool one = c.arg(0).is_local_pid() || c.arg(0).is_local_port();
  return one && count == 0 ? badarg() : NativeResult(Term::small(SWord(count)));
}

// Of one process or port.
NativeResult change_one(NativeCall& c, const trace::Change& change) {
  Term id = c.arg(0);
  if (id.same(c.process.pid)) return trace::change(c.process.trace, change) ? NativeResult(Term::small(1)) : badarg();
  Process* p = find_process(id);
  if (id.is_local_pid() && !p) return badarg();
  auto* state = new RoundState(trace::change_round(c.process.pid, change));
  c.set_state(state);
  if (p) trace::Round::ask(state->round, *p, c.process.priority);
  else ask_port(state->round, id, change);
  state->round->sent_all();
  return changed(c, *state);
}

// Flags of all the shared ones alone concern processes and ports alike.
NativeResult change_many(NativeCall& c, const Request& r, const Scope& scope) {
  trace::Change of_processes = change_of(r), of_ports = of_processes;
  if (r.cpu_timestamp) trace::cpu_timestamps = r.on;
  of_processes.set &= trace::process_flags;
  of_processes.clear &= trace::process_flags;
  of_ports.set &= trace::port_flags;
  of_ports.clear &= trace::port_flags;
  bool processes = scope.processes && r.flags & trace::process_flags, ports = scope.ports && r.flags & trace::port_flags;
  if (scope.future && processes) trace::change_new_processes(of_processes);
  if (scope.future && ports) trace::change_new_ports(of_ports);
  if (!scope.existing || (!processes && !ports)) return Term::small(0);
  auto* state = new RoundState(trace::change_round(c.process.pid, of_processes), processes);
  c.set_state(state);
  if (ports) ask_all_ports(state->round, of_ports);
  if (!processes) state->round->sent_all();
  return changed(c, *state);
}

}  // namespace

BIF(erts_internal, trace, 3) {
  if (auto* state = c.state<RoundState>()) return changed(c, *state);
  Request r;
  if (!parse_flags(c.arg(2), &r)) return c.badarg(atom::badopt);
  if (c.arg(1).same(atom::true_)) r.on = true;
  else if (!c.arg(1).same(atom::false_)) return badarg();
  if (r.on && r.tracer.none()) r.tracer = trace::Tracer(c.process.pid);
  if (r.cpu_timestamp && !c.arg(0).same(atom::all)) return badarg();
  if (c.arg(0).is_local_pid() || c.arg(0).is_local_port()) return change_one(c, change_of(r));
  Scope scope;
  if (!parse_scope(c.arg(0), &scope)) return badarg();
  return change_many(c, r, scope);
}

BIF(erlang, trace_delivered, 1) {
  auto* state = c.state<RoundState>();
  bool one = c.arg(0).is_local_pid();
  if (!state) {
    if (!one && !c.arg(0).same(atom::all)) return badarg();
    RefKey ref = fresh_ref_key();
    state = new RoundState(trace::delivery_round(c.process.pid, c.arg(0), ref), !one);
    state->ref = ref;
    c.set_state(state);
    if (one) {
      if (Process* p = find_process(c.arg(0))) trace::Round::ask(state->round, *p, c.process.priority);
      state->round->sent_all();
    }
  }
  if (!state->asked_all(c)) return c.again();
  HeapWriter w = c.heap().reserve(Words(ref_words));
  return write_ref(w, state->ref);
}

}  // namespace joist
