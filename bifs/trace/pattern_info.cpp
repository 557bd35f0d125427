// erlang:trace_info/2 of functions, of those in modules that will be loaded, and of messages.
#include "bifs/trace/pattern_info.h"

#include "bifs/erlang/code_permission.h"
#include "gc/collect.h"
#include "vm/term/arith.h"
#include "vm/trace/message_pattern.h"
#include "vm/trace/watch.h"

namespace joist {

using trace::Pattern;
using trace::Watch;

namespace {

bool is(Term t, const char* text) { return t.is_atom() && atom_text(t) == text; }

Term source_of(Heap& heap, const match::Program& program) {
  HeapWriter w = heap.reserve(Words(copy_size_with_literals(program.source)));
  return copy_into_with_literals(program.source, w);
}

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
    return program ? source_of(heap, *program) : nil;
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
  if (w.meta && !w.meta->gone.load()) facts.meta = w.meta->tracer.term(c.heap());
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
  if (p.meta) facts.meta = p.meta_tracer.term(c.heap());
  facts.meta_spec = d.meta_spec.get();
  facts.call_count = boolean(p.call_count);
  facts.call_time = boolean(p.call_time);
  return answer(c, facts, {"traced", "match_spec", "meta", "meta_match_spec", "call_count"});
}

bool is_message_event(Term what) { return is(what, "send") || is(what, "receive"); }

NativeResult message_info(NativeCall& c) {
  if (!is(c.arg(1), "match_spec")) return badarg();
  auto& pattern = message_pattern(is(c.arg(0), "send") ? trace::MessageEvent::Send : trace::MessageEvent::Receive);
  Term value = pattern.spec ? source_of(c.heap(), *pattern.spec) : boolean(pattern.on);
  return pair(c.heap(), c.arg(1), value);
}

}  // namespace

bool is_about_patterns(Term what) { return what.is<Tuple>() || is(what, "on_load") || is_message_event(what); }

NativeResult trace_info_of_pattern(NativeCall& c) {
  if (!may_change_code(c)) return c.wait();
  if (is_message_event(c.arg(0))) return message_info(c);
  auto mfa = c.arg(0).as<Tuple>();
  return mfa ? function_info(c, *mfa) : on_load_info(c);
}

}  // namespace joist
