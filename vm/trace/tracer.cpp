#include "vm/trace/tracer.h"

#include <iterator>
#include <string_view>

#include "vm/process/process_table.h"
#include "vm/process/relations.h"
#include "vm/process/send.h"
#include "vm/process/trace_hooks.h"
#include "vm/sched/scheduler.h"
#include "vm/term/compare.h"

namespace joist::trace {

namespace {

struct FlagName {
  Flag flag;
  Term atom;
};

// In the order of the bits.
const FlagName* flag_names() {
  static const FlagName names[] = {
      {flag_timestamp, make_atom("timestamp")},
      {flag_strict_monotonic_timestamp, make_atom("strict_monotonic_timestamp")},
      {flag_monotonic_timestamp, make_atom("monotonic_timestamp")},
      {flag_send, make_atom("send")},
      {flag_receive, make_atom("receive")},
      {flag_set_on_spawn, make_atom("set_on_spawn")},
      {flag_call, make_atom("call")},
      {flag_procs, make_atom("procs")},
      {flag_set_on_first_spawn, make_atom("set_on_first_spawn")},
      {flag_set_on_link, make_atom("set_on_link")},
      {flag_set_on_first_link, make_atom("set_on_first_link")},
      {flag_running, atom::running},
      {flag_exiting, atom::exiting},
      {flag_garbage_collection, atom::garbage_collection},
      {flag_arity, make_atom("arity")},
      {flag_return_to, make_atom("return_to")},
      {flag_silent, make_atom("silent")},
      {flag_scheduler_id, make_atom("scheduler_id")},
      {flag_ports, make_atom("ports")},
      {flag_running_ports, make_atom("running_ports")},
      {flag_running_procs, make_atom("running_procs")},
  };
  static_assert(std::size(names) == flag_count);
  return names;
}

// A scheduler's number, of any kind; 0 on other threads.
SWord scheduler_number() {
  Scheduler* s = current_scheduler();
  return s ? SWord(s->number) : 0;
}

// The message's tuple, in w, which has the room that words_of says. Terms of the event are copied.
size_t words_of(Term tracee, const Event& e) {
  return 9 + timestamp_words + copy_size(tracee) + copy_size(e.message) + (e.extra.is_value() ? copy_size(e.extra) : 0) +
         copy_size(e.result);
}

Term message_of(MessageBuilder& b, uint32_t flags, Term tracee, const Event& e) {
  static const Term trace_ts = make_atom("trace_ts");
  Term elements[8];
  size_t n = 0;
  Timestamp time = timestamp_of(flags);
  elements[n++] = time == Timestamp::None ? atom::trace : trace_ts;
  elements[n++] = b.copy(tracee);
  elements[n++] = e.tag;
  elements[n++] = b.copy(e.message);
  if (e.extra.is_value()) elements[n++] = b.copy(e.extra);
  if (!e.result.same(atom::true_)) elements[n++] = b.copy(e.result);
  if (flags & flag_scheduler_id) elements[n++] = Term::small(scheduler_number());
  if (time != Timestamp::None) elements[n++] = write_timestamp(b.writer(), time);
  Tuple* t = b.writer().tuple_of(n);
  for (size_t i = 0; i < n; i++) t->elements[i] = elements[i];
  return t->term();
}

}  // namespace

uint32_t flag_of(Term atom) {
  if (atom.same(atom::all)) return all_flags;
  const FlagName* names = flag_names();
  for (uint32_t i = 0; i < flag_count; i++)
    if (names[i].atom.same(atom)) return names[i].flag;
  return 0;
}

Term flag_list(HeapWriter& w, uint32_t flags) {
  const FlagName* names = flag_names();
  Term list = nil;
  for (uint32_t i = 0; i < flag_count; i++)
    if (flags & names[i].flag) list = w.cons(names[i].atom, list);
  return list;
}

Timestamp timestamp_of(uint32_t flags) {
  if (!(flags & timestamp_flags)) return Timestamp::None;
  if (flags & flag_timestamp) return cpu_timestamps.load(std::memory_order_relaxed) ? Timestamp::Cpu : Timestamp::Now;
  return flags & flag_strict_monotonic_timestamp ? Timestamp::StrictMonotonic : Timestamp::Monotonic;
}

struct TracerModule {
  Term module;
  KeptTerm state;
  TracerModule(Term m, Term s) : module(m), state(s) {}
};

bool Tracer::of(Term t, Tracer* out) {
  if (t.is_local_pid() || t.is_local_port()) {
    *out = Tracer(t);
    return true;
  }
  auto pair = t.as<Tuple>();
  if (!pair || pair->arity() != 2 || !pair->at(0).is_atom()) return false;
  static const Term erl_tracer = make_atom("erl_tracer");
  if (pair->at(0).same(erl_tracer)) return pair->at(1).is<Tuple>() ? false : of(pair->at(1), out);
  if (!module_tracing.exists || !module_tracing.exists(pair->at(0))) return false;
  *out = Tracer();
  out->module_ = std::make_shared<const TracerModule>(pair->at(0), pair->at(1));
  return true;
}

bool Tracer::parse(Term tag, Term t, Tracer* out) {
  auto tuple = t.as<Tuple>();
  if (!tuple || tuple->arity() < 2 || !tuple->at(0).same(tag)) return false;
  if (tuple->arity() == 2) return !tuple->at(1).is<Tuple>() && of(tuple->at(1), out);
  if (tuple->arity() != 3) return false;
  Word words[3];
  OffHeap* none = nullptr;
  return of(HeapWriter(words, words + 3, &none).tuple(tuple->at(1), tuple->at(2)), out);
}

bool Tracer::same(const Tracer& other) const {
  if (!module_ || !other.module_) return module_ == other.module_ && target_.same(other.target_);
  return module_ == other.module_ ||
         (module_->module.same(other.module_->module) && terms_equal(module_->state.term, other.module_->state.term));
}

bool Tracer::alive(Term tracee) const {
  static const Term trace_status = make_atom("trace_status"), remove = make_atom("remove");
  if (none()) return false;
  if (module_) return !module_tracing.enabled(module_->module, nullptr, trace_status, module_->state.term, tracee).same(remove);
  if (target_.is_local_pid()) return find_process(target_) != nullptr;
  return port_tracing.alive && port_tracing.alive(target_);
}

bool Tracer::wants_call(Term tracee) const {
  static const Term call = make_atom("call");
  return !module_ || module_tracing.enabled(module_->module, "call", call, module_->state.term, tracee).same(atom::trace);
}

size_t Tracer::words() const { return module_ ? 3 + copy_size_with_literals(module_->state.term) : 0; }

Term Tracer::term(HeapWriter& w) const {
  if (none()) return nil;
  if (!module_) return target_;
  Term state = copy_into_with_literals(module_->state.term, w);
  return w.tuple(module_->module, state);
}

Term Tracer::term(Heap& heap) const {
  HeapWriter w = heap.reserve(Words(words()));
  return term(w);
}

void stop(void*& slot) {
  auto* s = static_cast<State*>(slot);
  if (!s) return;
  if (!s->sequence_serial && !s->sequence_last) return forget(slot);
  s->flags = 0;
  s->tracer = Tracer();
}

void forget(void*& slot) {
  delete static_cast<State*>(slot);
  slot = nullptr;
}

bool traced(Process& p, uint32_t flags) {
  State* s = state_of(p);
  if (!s || !(s->flags & flags)) return false;
  if (s->tracer.alive(p.pid)) return true;
  stop(p.trace);
  return false;
}

bool change(void*& slot, const Change& c) {
  State* s = static_cast<State*>(slot);
  if (s && !c.replaces && !c.tracer.none() && !s->tracer.same(c.tracer) && s->tracer.alive()) return false;
  uint32_t flags = ((s ? s->flags : 0) & ~c.clear) | c.set;
  if (!flags) {
    stop(slot);
    return true;
  }
  if (!s) {
    slot = s = new State;
    trace_ever_used.store(true, std::memory_order_relaxed);
  }
  s->flags = flags;
  if (!c.tracer.none()) s->tracer = c.tracer;
  return true;
}

void deliver(Process& tracee, const Event& event) {
  State* s = state_of(tracee);
  if (s && !deliver(s->tracer, s->flags, tracee.pid, event)) stop(tracee.trace);
}

namespace {

// To a tracer that is there. build(b) makes the message.
template <class Build>
bool tell(Term to, size_t words, Build&& build) {
  MessageBuilder b(words);
  if (to.is_local_pid()) {
    Process* p = find_process(to);
    Term message = build(b);
    if (p) b.send(*p, Term(), message);
    else HeapFragment::destroy_chain(b.finish());
    return p;
  }
  Term message = build(b);
  port_tracing.tell(to, message);
  HeapFragment::destroy_chain(b.finish());
  return true;
}

}  // namespace

namespace {

// The second name of a tracer's functions for this kind of event.
const char* topic_of(Term tag, Term tracee) {
  static const struct {
    Term tag;
    const char* topic;
  } topics[] = {{make_atom("send"), "send"}, {make_atom("send_to_non_existing_process"), "send"},
                {make_atom("receive"), "receive"}, {make_atom("call"), "call"},
                {make_atom("return_to"), "call"}, {make_atom("return_from"), "call"},
                {make_atom("exception_from"), "call"}, {make_atom("gc_minor_start"), "garbage_collection"},
                {make_atom("gc_minor_end"), "garbage_collection"}, {make_atom("gc_major_start"), "garbage_collection"},
                {make_atom("gc_major_end"), "garbage_collection"}, {make_atom("gc_max_heap_size"), "garbage_collection"},
                {make_atom("in_exiting"), "running_procs"}, {make_atom("out_exiting"), "running_procs"},
                {make_atom("out_exited"), "running_procs"}};
  for (const auto& t : topics)
    if (t.tag.same(tag)) return t.topic;
  static const Term in = make_atom("in"), out = make_atom("out");
  bool port = tracee.is_local_port();
  if (tag.same(in) || tag.same(out)) return port ? "running_ports" : "running_procs";
  return port ? "ports" : "procs";
}

// What a process does itself, while it runs.
bool is_own_doing(const char* topic) {
  for (const char* own : {"send", "call", "running_procs", "garbage_collection"})
    if (topic == std::string_view(own)) return true;
  return false;
}

// False: the module has said that it is over.
bool deliver_to_module(Term module, uint32_t flags, const char* topic, ModuleEvent event, Term about) {
  static const Term discard = make_atom("discard");
  if (topic != std::string_view("call")) {  // see wants_call
    Term verdict = module_tracing.enabled(module, topic, event.tag, event.state, about);
    if (!verdict.same(atom::trace)) return verdict.same(discard);
  }
  if (flags & flag_scheduler_id) event.scheduler = scheduler_number();
  event.timestamp = timestamp_of(flags);
  if (about.is_local_pid() && is_own_doing(topic)) event.self = find_process(about);
  module_tracing.trace(module, topic, event);
  return true;
}

}  // namespace

bool deliver(const Tracer& tracer, uint32_t flags, Term tracee, const Event& event) {
  if (const auto& m = tracer.module_)
    return deliver_to_module(m->module, flags, topic_of(event.tag, tracee),
                             {event.tag, m->state.term, tracee, event.message, event.extra, event.result}, tracee);
  if (!tracer.alive()) return false;
  Term to = tracer.target();
  if (to.same(tracee)) return true;
  return tell(to, words_of(tracee, event), [&](MessageBuilder& b) { return message_of(b, flags, tracee, event); });
}

void deliver_sequence(const Tracer& tracer, uint32_t flags, const Process& about, Term label, Term message) {
  static const Term seq_trace = make_atom("seq_trace");
  if (const auto& m = tracer.module_) {
    deliver_to_module(m->module, flags, "seq_trace", {seq_trace, m->state.term, label, message, Term()}, about.pid);
    return;
  }
  if (!tracer.alive() || tracer.target().same(about.pid)) return;
  Timestamp time = timestamp_of(flags);
  size_t words = 5 + timestamp_words + copy_size(label) + copy_size(message);
  tell(tracer.target(), words, [&](MessageBuilder& b) {
    Term l = b.copy(label), m = b.copy(message);
    HeapWriter& w = b.writer();
    if (time == Timestamp::None) return w.tuple(seq_trace, l, m);
    Term at = write_timestamp(w, time);
    return w.tuple(seq_trace, l, m, at);
  });
}

}  // namespace joist::trace
