// What happens to traced processes, as vm/process and vm/sched say it (trace_hooks.h), made into trace messages.
#include "vm/trace/process_events.h"

#include "vm/interp/native_result.h"
#include "vm/process/collection.h"
#include "vm/process/place.h"
#include "vm/process/process_table.h"
#include "vm/process/spawn.h"
#include "vm/process/trace_hooks.h"
#include "vm/term/identity.h"
#include "vm/term/node.h"
#include "vm/trace/message_pattern.h"
#include "vm/trace/set_trace.h"
#include "vm/trace/spawn_call.h"
#include "vm/trace/tracer.h"

namespace joist::trace {

namespace {

// Room on the C stack for the few words that a message has beside what it tells of.
template <size_t N>
struct Scratch {
  Word words[N];
  OffHeap* none = nullptr;
  HeapWriter w{words, words + N, &none};
};

bool gone(Term to) {
  if (to.is_local_pid()) return !find_process(to);
  return is_external_pid(to) && reinterpret_cast<External*>(to.boxed_words())->node->name.same(local_node_name());
}

void on_send(Process& from, Term to, Term message) {
  if (!traced(from, flag_send)) return;
  static const Term send = make_atom("send"), to_nobody = make_atom("send_to_non_existing_process");
  Term arguments[] = {to, message}, result;
  if (!message_wanted(MessageEvent::Send, from, arguments, 2, &result)) return;
  deliver(from, {gone(to) ? to_nobody : send, message, to, result});
}

void on_receive(Process& p, Term from, Term message) {
  if (!traced(p, flag_receive)) return;
  static const Term receive = make_atom("receive");
  Term node = atom::undefined, sender = atom::undefined, result;
  if (from.is_value() && from.is_atom()) {
    node = from;
  } else if (from.is_value() && is_pid(from)) {
    sender = from;
    node = node_of(from).name;
  }
  Term arguments[] = {node, sender, message};
  if (!message_wanted(MessageEvent::Receive, p, arguments, 3, &result)) return;
  deliver(p, {receive, message, Term(), result});
}

void on_process_event(Process& p, Term tag, Term value) {
  if (traced(p, flag_procs)) deliver(p, {tag, value, Term()});
}

void on_schedule(Process& p, TraceSwitch what) {
  bool turn = what == TraceSwitch::In || what == TraceSwitch::Out, call = what == TraceSwitch::OutToPort || what == TraceSwitch::InFromPort;
  if (!traced(p, turn ? flag_running | flag_running_procs : call ? flag_running_procs : flag_exiting)) return;
  static const Term in = make_atom("in"), out = make_atom("out");
  static const Term tags[] = {in, out, make_atom("in_exiting"), make_atom("out_exiting"), make_atom("out_exited"), out, in};
  Scratch<4> scratch;
  deliver(p, {tags[size_t(what)], turn || call ? write_place(scratch.w, p, Term::small(0)) : Term::small(0), Term()});
}

void on_collection(Process& p, TraceCollection what, size_t words) {
  if (!traced(p, flag_garbage_collection)) return;
  static const Term tags[] = {make_atom("gc_minor_start"), make_atom("gc_minor_end"), make_atom("gc_major_start"),
                              make_atom("gc_major_end"), make_atom("gc_max_heap_size")};
  static const Term wordsize = make_atom("wordsize");
  Scratch<collection_info_words + 5> scratch;
  Term info = write_collection_info(scratch.w, p, adopted_fragment_words(p));
  if (what != TraceCollection::MaxHeapSize) {
    Term size = scratch.w.tuple(wordsize, Term::small(SWord(words)));
    info = scratch.w.cons(size, info);
  }
  deliver(p, {tags[size_t(what)], info, Term()});
}

// An heir gets all of p's flags when p has `always` or `once`; after `once` neither of them keeps these two.
void hand_on(Process& p, uint32_t always, uint32_t once, Change* heir) {
  uint32_t flags = flags_of(p);
  if (!(flags & (always | once))) return;
  heir->tracer = state_of(p)->tracer;
  heir->replaces = true;
  heir->set |= flags;
  if (!(flags & once)) return;
  heir->set &= ~(always | once);
  heir->clear |= always | once;
  change(p.trace, {.clear = always | once});
}

void on_linking(Process& p, Process& peer) {
  if (!traced(p, flag_set_on_link | flag_set_on_first_link)) return;
  Change heir;
  hand_on(p, flag_set_on_link, flag_set_on_first_link, &heir);
  auto round = change_round(Term(), heir);
  Round::ask(round, peer, p.priority);
  round->sent_all();
}

void on_spawned(Process* parent, Process& child, const SpawnOptions& o) {
  change(child.trace, new_process_change());
  if (parent && traced(*parent, all_flags)) {
    Change heir;
    hand_on(*parent, flag_set_on_spawn, flag_set_on_first_spawn, &heir);
    if (o.link) hand_on(*parent, flag_set_on_link, flag_set_on_first_link, &heir);
    change(child.trace, heir);
  }
  static const Term spawn = make_atom("spawn"), spawned = make_atom("spawned"), link = make_atom("link"),
                    getting_linked = make_atom("getting_linked");
  Scratch<4> scratch;
  SpawnCall as_told(o);
  Term call = scratch.w.tuple(as_told.module, as_told.function, as_told.args);
  Term by = parent ? parent->pid : o.parent.is_value() ? o.parent : atom::undefined;
  if (parent && traced(*parent, flag_procs)) {
    deliver(*parent, {spawn, child.pid, call});
    if (o.link) deliver(*parent, {link, child.pid, Term()});
  }
  if (traced(child, flag_procs)) {
    deliver(child, {spawned, by, call});
    if (o.link) deliver(child, {getting_linked, by, Term()});
  }
}

}  // namespace

void init_process_events() {
  trace_hooks.send = on_send;
  trace_hooks.receive = on_receive;
  trace_hooks.process_event = on_process_event;
  trace_hooks.schedule = on_schedule;
  trace_hooks.collection = on_collection;
  trace_hooks.linking = on_linking;
  trace_hooks.spawned = on_spawned;
  trace_hooks.forget = forget;
}

}  // namespace joist::trace
