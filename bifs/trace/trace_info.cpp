// erlang:trace_info/2 of processes and of what new ones get.
#include "bifs/erlang/wait_reply.h"
#include "bifs/trace/pattern_info.h"
#include "bifs/trace/ports.h"
#include "bifs/trace/round_state.h"
#include "vm/term/node.h"
#include "vm/trace/set_trace.h"

namespace joist {

namespace {

bool is_known(Term key) { return key.same(make_atom("flags")) || key.same(make_atom("tracer")); }

// {flags, [Flag]} or {tracer, Tracer}; `key` is one of these.
Term info(Heap& heap, Term key, uint32_t flags, const trace::Tracer& tracer) {
  HeapWriter w = heap.reserve(Words(3 + 2 * trace::flag_count + tracer.words()));
  Term value = key.same(make_atom("flags")) ? trace::flag_list(w, flags) : tracer.term(w);
  Term t = w.tuple(key, value);
  heap.commit(w);
  return t;
}

Term info_of(Process& p, Term key) {
  trace::traced(p, trace::all_flags);  // ends what a tracer that is gone has left
  trace::State* s = trace::state_of(p);
  return info(p.heap, key, s ? s->flags : 0, s ? s->tracer : trace::Tracer());
}

struct InfoRequest final : AskRequest {
  Term key;
  explicit InfoRequest(Term k) : key(k) {}
  Term answer(Process& p) override { return info_of(p, key); }
};

NativeResult of_process(NativeCall& c, Term pid, Term key) {
  if (pid.same(c.process.pid)) return info_of(c.process, key);
  Process* p = find_process(pid);
  if (!p) return atom::undefined;
  return ask(c, *p, new InfoRequest(key));
}

// Waits for the port's answer.
NativeResult of_port(NativeCall& c, Term port, Term key) {
  auto* state = c.state<RoundState>();
  if (!state) {
    auto round = std::make_shared<PortInfoRound>(c.process.pid);
    c.set_state(state = new RoundState(round));
    ask_port_info(round, port);
    round->sent_all();
  }
  if (!state->go_on(c)) return state->not_yet(c);
  auto& answer = static_cast<PortInfoRound&>(*state->round);
  return answer.count() ? info(c.heap(), key, answer.flags, answer.tracer) : atom::undefined;
}

}  // namespace

BIF(erlang, trace_info, 2) {
  if (is_about_patterns(c.arg(0))) return trace_info_of_pattern(c);
  if (c.arg(0).is_local_port()) return is_known(c.arg(1)) ? of_port(c, c.arg(0), c.arg(1)) : badarg();
  if (auto* w = waiting(c)) return w->done ? NativeResult(w->result) : c.wait();
  static const Term new_ = make_atom("new"), new_processes = make_atom("new_processes"), new_ports = make_atom("new_ports");
  Term what = c.arg(0), key = c.arg(1);
  bool known = is_known(key);
  if (what.is_local_pid()) return known ? of_process(c, what, key) : badarg();
  if (is_external_pid(what)) {
    bool former = reinterpret_cast<External*>(what.boxed_words())->node->name.same(local_node_name());
    return former ? NativeResult(atom::undefined) : c.badarg(atom::badopt);
  }
  if (what.same(new_) || what.same(new_processes) || what.same(new_ports)) {
    if (!known) return badarg();
    trace::Change change = what.same(new_ports) ? trace::new_port_change() : trace::new_process_change();
    return info(c.heap(), key, change.set, change.tracer);
  }
  return c.badarg(atom::badopt);
}

}  // namespace joist
