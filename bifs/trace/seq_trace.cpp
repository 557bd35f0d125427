// erlang:seq_trace/2, seq_trace_info/1, seq_trace_print/1,2.
#include "bifs/trace/seq_trace.h"

#include "bifs/trace/round_state.h"
#include "vm/trace/sequence.h"

namespace joist {

BIF(erlang, seq_trace, 2) {
  Term before = trace::change_sequence_token(c.process, c.arg(0), c.arg(1), true);
  return before.is_value() ? NativeResult(before) : badarg();
}
BIF(erlang, seq_trace_info, 1) {
  Term info = trace::sequence_token_info(c.process, c.arg(0));
  return info.is_value() ? NativeResult(info) : badarg();
}
BIF(erlang, seq_trace_print, 1) { return boolean(trace::print_sequence(c.process, nullptr, c.arg(0))); }
BIF(erlang, seq_trace_print, 2) { return boolean(trace::print_sequence(c.process, &c.args[0], c.arg(1))); }

Term sequential_tracer(Heap& heap) {
  trace::Tracer tracer = trace::sequence_tracer();
  return tracer.none() ? atom::false_ : tracer.term(heap);
}

NativeResult set_sequential_tracer(NativeCall& c) {
  Term before = sequential_tracer(c.heap());
  trace::Tracer tracer;
  if (!c.arg(1).same(atom::false_) && !trace::Tracer::of(c.arg(1), &tracer)) return badarg();
  return trace::set_sequence_tracer(tracer) ? NativeResult(before) : badarg();
}

namespace {

struct ResetRound final : trace::Round {
  using Round::Round;
  bool act(Process& p) override {
    trace::reset_sequence(p);
    return true;
  }
};

}  // namespace

NativeResult reset_all_sequences(NativeCall& c) {
  auto* state = c.state<RoundState>();
  if (!state) c.set_state(state = new RoundState(std::make_shared<ResetRound>(c.process.pid), true));
  return state->go_on(c) ? NativeResult(atom::true_) : state->not_yet(c);
}

}  // namespace joist
