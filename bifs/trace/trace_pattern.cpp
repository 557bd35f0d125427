// erlang:trace_pattern/3 and what erlang:trace_info/2 says of functions.
#include "bifs/bif.h"
#include "bifs/erlang/code_permission.h"
#include "bifs/list_builder.h"
#include "gc/collect.h"
#include "vm/term/arith.h"
#include "vm/trace/watch.h"

namespace joist {

using trace::Functions;
using trace::Pattern;
using trace::Watch;

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
  Functions functions;
  if (!parse_functions(what, &functions)) return c.badarg(atom::none);
  size_t count = trace::set_pattern(functions, pattern);
  c.charge(count);
  return Term::small(SWord(count));
}

namespace {

// What trace_info can be asked for; the answer to each is built when asked for.
struct Facts {
  Heap& heap;
  bool global_or_local = false;
  Term traced = atom::false_;
  const match::Program* spec = nullptr;
  bool has_meta = false;
  Term meta = atom::false_;
  const match::Program* meta_spec = nullptr;
  Term call_count = atom::false_, call_time = atom::false_;

  Term source(bool set, const match::Program* program) {
    if (!set) return atom::false_;
    if (!program) return nil;
    HeapWriter w = heap.reserve(Words(copy_size_with_literals(program->source)));
    return copy_into_with_literals(program->source, w);
  }
  // The non-value for an item that does not exist.
  Term item(Term key) {
    if (is(key, "traced")) return traced;
    if (is(key, "match_spec")) return source(global_or_local, spec);
    if (is(key, "meta")) return meta;
    if (is(key, "meta_match_spec")) return source(has_meta, meta_spec);
    if (is(key, "call_count")) return call_count;
    if (is(key, "call_time")) return call_time;
    return {};
  }
  Term all(std::initializer_list<const char*> keys) {
    Term list = nil;
    for (size_t i = keys.size(); i-- > 0;) {
      Term key = make_atom(keys.begin()[i]);
      Term value = item(key);
      HeapWriter w = heap.reserve(Words(3 + 2));
      list = w.cons(w.tuple(key, value), list);
    }
    return list;
  }
};

Term pair(Heap& heap, Term key, Term value) { return heap.reserve(Words(3)).tuple(key, value); }

NativeResult answer(NativeCall& c, Facts& facts, std::initializer_list<const char*> all_keys) {
  Term key = c.arg(1);
  Term value = key.same(atom::all) ? facts.all(all_keys) : facts.item(key);
  if (!value.is_value()) return badarg();
  return pair(c.heap(), key, value);
}

// [{Pid, Calls, Seconds, MicroSeconds}]
Term times_of(Heap& heap, const trace::CallTime& time) {
  Term list = nil;
  for (auto& row : time.rows()) {
    int64_t us = row.nanoseconds / 1000;
    HeapWriter w = heap.reserve(Words(5 + 2));
    list = w.cons(w.tuple(row.pid, Term::small(SWord(row.calls)), Term::small(us / 1000000), Term::small(us % 1000000)), list);
  }
  return list;
}

NativeResult function_info(NativeCall& c, const Tuple& mfa) {
  if (mfa.arity() != 3 || !mfa.at(0).is_atom() || !mfa.at(1).is_atom() || !mfa.at(2).is_small()) return badarg();
  auto found = trace::find_function(mfa.at(0), mfa.at(1), uint32_t(mfa.at(2).small_value()));
  if (!found.exists) return pair(c.heap(), c.arg(1), atom::undefined);
  if (!found.watch) return pair(c.heap(), c.arg(1), atom::false_);
  static const Term global = make_atom("global"), local = make_atom("local");
  const Watch& w = *found.watch;
  Facts facts{c.heap()};
  facts.global_or_local = w.calls;
  if (w.calls) facts.traced = found.global ? global : local;
  facts.spec = w.spec.get();
  facts.has_meta = w.meta != nullptr;
  facts.meta = nil;
  if (w.meta && !w.meta->gone.load()) facts.meta = w.meta->tracer.term();
  facts.meta_spec = w.meta_spec.get();
  if (w.count) facts.call_count = arith::make_integer(c.heap(), SWord(w.count->calls.load()));
  if (w.time && (c.arg(1).same(atom::all) || is(c.arg(1), "call_time"))) facts.call_time = times_of(c.heap(), *w.time);
  if (c.arg(1).same(atom::all) && !w.meta) facts.meta = atom::false_;
  return answer(c, facts, {"traced", "match_spec", "meta", "meta_match_spec", "call_time", "call_count"});
}

NativeResult on_load_info(NativeCall& c) {
  const trace::DefaultPattern& d = trace::default_pattern();
  if (!d.on) return pair(c.heap(), c.arg(1), atom::false_);
  static const Term global = make_atom("global"), local = make_atom("local");
  const Pattern& p = d.pattern;
  Facts facts{c.heap()};
  facts.global_or_local = p.local || !p.at_entries();
  facts.traced = !p.at_entries() ? global : p.local ? local : atom::false_;
  facts.spec = p.spec.get();
  facts.has_meta = p.meta;
  if (p.meta) facts.meta = p.meta_tracer.term();
  facts.meta_spec = d.meta_spec.get();
  facts.call_count = boolean(p.call_count);
  facts.call_time = boolean(p.call_time);
  return answer(c, facts, {"traced", "match_spec", "meta", "meta_match_spec", "call_count"});
}

}  // namespace

BIF(erlang, trace_info, 2) {
  if (!may_change_code(c)) return c.wait();
  if (is(c.arg(0), "on_load")) return on_load_info(c);
  if (auto mfa = c.arg(0).as<Tuple>()) return function_info(c, *mfa);
  return badarg();
}

}  // namespace joist
