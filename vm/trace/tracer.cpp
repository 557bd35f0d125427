#include "vm/trace/tracer.h"

#include <iterator>

#include "vm/process/process_table.h"
#include "vm/process/send.h"
#include "vm/process/trace_hooks.h"
#include "vm/sched/scheduler.h"

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

bool Tracer::parse(Term tag, Term t, Tracer* out) {
  auto pair = t.as<Tuple>();
  if (!pair || pair->arity() != 2 || !pair->at(0).same(tag)) return false;
  Term target = pair->at(1);
  if (!target.is_local_pid() && !target.is_local_port()) return false;
  *out = Tracer(target);
  return true;
}

bool Tracer::alive() const {
  if (none()) return false;
  if (target_.is_local_pid()) return find_process(target_) != nullptr;
  return port_tracing.alive && port_tracing.alive(target_);
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
  if (s->tracer.alive()) return true;
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

bool deliver(const Tracer& tracer, uint32_t flags, Term tracee, const Event& event) {
  if (!tracer.alive()) return false;
  Term to = tracer.term();
  if (to.same(tracee)) return true;
  return tell(to, words_of(tracee, event), [&](MessageBuilder& b) { return message_of(b, flags, tracee, event); });
}

void deliver_sequence(const Tracer& tracer, uint32_t flags, Term label, Term message) {
  static const Term seq_trace = make_atom("seq_trace");
  if (!tracer.alive()) return;
  Timestamp time = timestamp_of(flags);
  size_t words = 5 + timestamp_words + copy_size(label) + copy_size(message);
  tell(tracer.term(), words, [&](MessageBuilder& b) {
    Term l = b.copy(label), m = b.copy(message);
    HeapWriter& w = b.writer();
    if (time == Timestamp::None) return w.tuple(seq_trace, l, m);
    Term at = write_timestamp(w, time);
    return w.tuple(seq_trace, l, m, at);
  });
}

}  // namespace joist::trace
