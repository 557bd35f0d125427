// erlang:trace_pattern/3.
#include "bifs/bif.h"
#include "bifs/erlang/code_permission.h"
#include "vm/trace/message_pattern.h"
#include "vm/trace/watch.h"

namespace joist {

using trace::Functions;
using trace::Pattern;

namespace {

bool is(Term t, const char* text) { return t.is_atom() && atom_text(t) == text; }

// {M, F, A}: '_' from some place on.
bool parse_functions(Term t, Functions* out) {
  auto mfa = t.as<Tuple>();
  if (!mfa || mfa->arity() != 3 || !mfa->at(0).is_atom() || !mfa->at(1).is_atom()) return false;
  bool any_arity = mfa->at(2).same(atom::underscore);
  if (!mfa->at(2).is_small() && !any_arity) return false;
  int given = 0;
  while (given < 3 && !mfa->at(size_t(given)).same(atom::underscore)) given++;
  for (size_t i = size_t(given); i < 3; i++)
    if (!mfa->at(i).same(atom::underscore)) return false;
  *out = {mfa->at(0), mfa->at(1), any_arity ? 0 : uint32_t(mfa->at(2).small_value()), given};
  return true;
}

bool parse_flags(NativeCall& c, Term list, Pattern* out) {
  static const Term meta = make_atom("meta");
  bool global = false;
  for (; list.is_cons(); list = list.as_cons()->tail) {
    Term flag = list.as_cons()->head;
    if (is(flag, "global")) {
      if (out->at_entries()) return false;
      global = true;
      continue;
    }
    if (flag.is<Tuple>()) {
      if (!trace::Tracer::parse(meta, flag, &out->meta_tracer)) return false;
      out->meta = true;
      continue;
    }
    if (global) return false;
    if (is(flag, "local")) out->local = true;
    else if (is(flag, "call_count")) out->call_count = true;
    else if (is(flag, "call_time")) out->call_time = true;
    else if (flag.same(meta)) {
      out->meta = true;
      if (out->meta_tracer.none()) out->meta_tracer = trace::Tracer(c.process.pid);
    } else return false;
  }
  return list.is_nil();
}

}  // namespace

// How many functions the pattern includes.
BIF(erts_internal, trace_pattern, 3) {
  if (!may_change_code(c)) return c.wait();
  static const Term on_load = make_atom("on_load"), send = make_atom("send"), receive = make_atom("receive");
  Term what = c.arg(0), spec = c.arg(1);
  Pattern pattern;
  pattern.on = Pattern::Switch::On;
  if (spec.same(atom::false_)) pattern.on = Pattern::Switch::Off;
  else if (is(spec, "restart")) pattern.on = Pattern::Switch::Restart;
  else if (is(spec, "pause")) pattern.on = Pattern::Switch::Pause;
  else if (!spec.is_nil() && !spec.same(atom::true_)) {
    match::CompileOptions options;
    options.dialect = match::Dialect::Trace;
    options.call_trace = !what.same(send) && !what.same(receive);
    options.allow_trace_ops = !what.same(receive);
    pattern.spec = trace::compile_spec(c.heap(), spec, options);
    if (!pattern.spec) return c.badarg(make_atom("match_spec"));
  }
  if (!parse_flags(c, c.arg(2), &pattern)) return c.badarg(atom::badopt);
  bool only_counts = (pattern.call_count || pattern.call_time) && !pattern.local && !pattern.meta;
  if (pattern.spec && only_counts) return c.badarg(make_atom("call_count"));
  if (what.same(on_load)) {
    trace::set_default_pattern(pattern);
    return Term::small(0);
  }
  if (what.same(send) || what.same(receive)) {
    bool plain = pattern.on == Pattern::Switch::On || pattern.on == Pattern::Switch::Off;
    if (!c.arg(2).is_nil() || !plain) return c.badarg(atom::none);
    set_message_pattern(what.same(send) ? trace::MessageEvent::Send : trace::MessageEvent::Receive, {pattern.on == Pattern::Switch::On, pattern.spec});
    return Term::small(1);
  }
  Functions functions;
  if (!parse_functions(what, &functions)) return c.badarg(atom::none);
  size_t count = trace::set_pattern(functions, pattern);
  c.charge(count);
  return Term::small(SWord(count));
}

// The debugger's: calls of the functions go to error_handler:breakpoint/3. How many they are.
BIF(erts_debug, breakpoint, 2) {
  Functions functions;
  bool on = c.arg(1).same(atom::true_);
  if ((!on && !c.arg(1).same(atom::false_)) || !parse_functions(c.arg(0), &functions)) return badarg();
  if (!may_change_code(c)) return c.wait();
  Pattern pattern;
  pattern.on = on ? Pattern::Switch::On : Pattern::Switch::Off;
  pattern.debug = true;
  return Term::small(SWord(trace::set_pattern(functions, pattern)));
}

}  // namespace joist
