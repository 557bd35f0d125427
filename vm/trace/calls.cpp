// Calls, returns and exceptions of watched functions, as their tracers are told.
//
// A call is told to the process's own tracer when the process has the flag `call` (local and global call tracing), or to the function's
// (meta tracing), which knows no process flags. A match specification decides whether, may change what is told, and asks for
// returns: then a frame is pushed in front of the return address, so that a return or an exception passes through it.
#include "vm/interp/bits_match.h"
#include "vm/interp/dispatch.h"
#include "vm/interp/exceptions.h"
#include "vm/interp/trace_frames.h"
#include "vm/trace/watch.h"

namespace joist::trace {

namespace {

constexpr size_t max_arity = 255;

// A frame's tracer when it is the process's own, whichever that is then.
const Term own_tracer = atom::true_;

Term function_tuple(Heap& heap, Term module, Term function, Term arity_or_args) {
  return heap.reserve(Words(4)).tuple(module, function, arity_or_args);
}
Term function_tuple(Heap& heap, const Export& e) { return function_tuple(heap, e.module, e.function, Term::small(e.arity)); }

void tell(Process& p, const Tracer& tracer, uint32_t flags, const Event& event) {
  if (!deliver(tracer, flags, p.pid, event) && state_of(p) && state_of(p)->tracer.same(tracer)) stop(p.trace);
}

// Arguments as terms: a binary that is being matched is a context.
void readable(Process& p, size_t arity, Term* out) {
  for (size_t i = 0; i < arity; i++) {
    out[i] = p.x[i];
    if (out[i].is<MatchContext>()) out[i] = bits_match::tail(p.heap, bits_match::context(out[i]));
  }
}

// Words that frames need above the return address.
void make_room(Process& p, size_t words, size_t arity) {
  if (!p.heap.has_room(Words(words))) collect_live(p, words, arity);
}

struct Call {
  Process& p;
  const Breakpoint& breakpoint;
  Tracer tracer;
  bool meta;      // the function's tracer
  bool local;     // also the function returned to may be told
  const Spec& spec;

  uint32_t flags() const { return meta ? meta_flags : flags_of(p); }
  Event event(const Term* args, Term result) {
    static const Term call = make_atom("call");
    Heap& heap = p.heap;
    size_t arity = breakpoint.arity;
    Term what = Term::small(SWord(arity));
    if (!(flags() & flag_arity)) {
      HeapWriter w = heap.reserve(Words(2 * arity));
      what = nil;
      for (size_t i = arity; i-- > 0;) what = w.cons(args[i], what);
    }
    return {call, function_tuple(heap, breakpoint.module, breakpoint.function, what), Term(), result};
  }

  void trace() {
    Word room[max_arity + 1];  // not Terms: they would be cleared
    Term* args = reinterpret_cast<Term*>(room);
    readable(p, breakpoint.arity, args);
    bool returns_to;
    MatchActions actions;
    actions.caller = caller_behind_frames(p.heap.stack, &returns_to);
    Term result = atom::true_;
    if (spec) {
      result = run_spec(*spec, p, args, breakpoint.arity, actions);
      if (result.is_non_value()) return;
    }
    if (!meta && (flags() & flag_silent)) return;
    bool tell_return_to = false;
    if (!result.same(atom::false_)) {
      tell_return_to = !meta && local && (flags() & flag_return_to);
      tell(p, tracer, flags(), event(args, result));
    }
    push_frames(tell_return_to && !returns_to, actions);
  }

  void push_frames(bool return_to, const MatchActions& actions) {
    bool returns = actions.return_trace || actions.exception_trace;
    if (!return_to && !returns) return;
    make_room(p, 4 + tracer.words(), breakpoint.arity);
    if (return_to) push_trace_frame(p, {reinterpret_cast<Word>(own_code(OwnCode::ReturnTo))});
    if (!returns) return;
    const Word* code = own_code(actions.exception_trace ? OwnCode::ExceptionTrace : OwnCode::ReturnTrace);
    Term told = meta ? tracer.term(p.heap) : own_tracer;
    Export& function = *get_export(breakpoint.module, breakpoint.function, breakpoint.arity);
    push_trace_frame(p, {reinterpret_cast<Word>(code), function_in_frame(function).raw(), told.raw()});
    p.exception_frames = true;
  }
};

void call_of_process(Process& p, const Breakpoint& b, const Watch& w) {
  uint32_t flags = call_flags(p);
  if (!flags || p.sensitive) return;
  Tracer tracer = state_of(p)->tracer;
  if (tracer.target().same(p.pid) || !tracer.wants_call(p.pid)) return;
  Call{p, b, tracer, false, !b.calls_of, w.spec}.trace();
}

void call_of_function(Process& p, const Breakpoint& b, const Watch& w) {
  MetaTracer& m = *w.meta;
  if (p.sensitive || m.gone.load(std::memory_order_relaxed)) return;
  if (!m.tracer.alive(p.pid)) return m.gone.store(true, std::memory_order_relaxed);
  if (m.tracer.target().same(p.pid) || !m.tracer.wants_call(p.pid)) return;
  Call{p, b, m.tracer, true, true, w.meta_spec}.trace();
}

// ---- time

Term in_frame(CallTimeKey key) { return key.time ? Term::small(SWord(reinterpret_cast<Word>(key.time) >> 3)) : nil; }
CallTimeKey key_of_frame(const Term previous[2]) {
  if (!previous[0].is_small()) return {};
  return {reinterpret_cast<CallTime*>(Word(previous[0].small_value()) << 3), uint32_t(previous[1].small_value())};
}

void timed_call(Process& p, const Breakpoint& b, const Watch& w) {
  State* s = state_of(p);
  if (!s) return;
  CallTimeKey before = w.time->enter(p, s->clock);
  p.timed = true;
  if (trace_frame_words(reinterpret_cast<const Word*>(*p.heap.stack))) return;
  make_room(p, 3, b.arity);
  push_trace_frame(p, {reinterpret_cast<Word>(own_code(OwnCode::ReturnTime)), in_frame(before).raw(), Term::small(before.generation).raw()});
}

void time_returned(Process& p, const Term previous[2]) {
  if (State* s = state_of(p)) CallTime::leave(p, s->clock, key_of_frame(previous));
}

void time_slice(Process& p, bool begins) {
  // A tracer that is gone ends it.
  if ((!begins || traced(p, all_flags)) && p.trace) CallTime::slice(p, state_of(p)->clock, begins);
  else p.timed = false;
}

// ---- hooks

bool called(Process& p, const Breakpoint& b, const BreakpointSettings& settings) {
  auto& w = static_cast<const Watch&>(settings);
  bool flagged = flags_of(p) & flag_call;
  if (w.calls && flagged) call_of_process(p, b, w);
  if (w.meta) call_of_function(p, b, w);
  if (w.counting) w.count->calls.fetch_add(1, std::memory_order_relaxed);
  if (w.timing && flagged) timed_call(p, b, w);
  return !w.debugged;
}

// To the tracer that a frame names; its process's only while calls of that are traced.
void tell_of_frame(Process& p, Term tracer, const Event& event) {
  if (tracer.same(own_tracer)) {
    if (call_flags(p)) deliver(p, event);
  } else {
    Tracer of_function;
    if (Tracer::of(tracer, &of_function)) deliver(of_function, meta_flags, p.pid, event);
  }
}

void returned(Process& p, const Export& function, Term tracer) {
  static const Term return_from = make_atom("return_from");
  tell_of_frame(p, tracer, {return_from, function_tuple(p.heap, function), p.x[0]});
}

void failed(Process& p, const Export& function, Term tracer) {
  static const Term exception_from = make_atom("exception_from");
  Term what = p.heap.reserve(Words(3)).tuple(class_atom(p.exception().class_), p.exception().reason);
  tell_of_frame(p, tracer, {exception_from, function_tuple(p.heap, function), what});
}

void returned_to(Process& p, const Word* return_address) {
  static const Term return_to = make_atom("return_to");
  if (!traced(p, flag_return_to)) return;
  CodeLocation at = locate(return_address - 1);
  Term function = atom::undefined;
  if (at.function) function = function_tuple(p.heap, at.instance->module, at.function->function, Term::small(at.function->arity));
  deliver(p, {return_to, function, Term()});
}

}  // namespace

void init_call_tracing() {
  init_code_watching();
  call_hooks = {called, returned, failed, returned_to, time_returned, time_slice};
}

}  // namespace joist::trace
