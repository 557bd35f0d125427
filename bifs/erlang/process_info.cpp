// process_info/1,2. A process answers about itself directly; about others by a request signal, which the other answers on its own
// thread, so that all items of one call are of one moment and everything sent to it before has taken effect.
#include "bifs/erlang/process_info.h"

#include <algorithm>
#include <vector>

#include "bifs/bif.h"
#include "bifs/erlang/wait_reply.h"
#include "bifs/list_builder.h"
#include "vm/dist/nodes.h"
#include "vm/port/port.h"
#include "vm/nif/resource.h"
#include "vm/process/collection.h"
#include "vm/process/dictionary.h"
#include "vm/process/hooks.h"
#include "vm/process/receive.h"
#include "vm/process/relations.h"
#include "vm/process/saved_calls.h"
#include "vm/sched/spawn_options.h"
#include "vm/term/arith.h"
#include "vm/term/bits.h"
#include "vm/term/compare.h"
#include "vm/term/map.h"
#include "vm/term/node.h"
#include "vm/term/shared_bytes.h"

namespace joist {

Term priority_atom(Priority p) {
  switch (p) {
    case Priority::Max: return atom::max;
    case Priority::High: return atom::high;
    case Priority::Normal: return atom::normal;
    case Priority::Low: return atom::low;
  }
  return atom::normal;
}

Term max_heap_term(Heap& heap, uint64_t size, bool kill, bool log) {
  Term pairs[] = {atom::error_logger, boolean(log), atom::kill, boolean(kill), atom::size, Term::small(SWord(size))};
  return map::from_pairs(heap, pairs, 3);
}

namespace {

Term copied(Heap& heap, Term t) {
  HeapWriter w = heap.reserve(Words(copy_size(t)));
  return copy_into(t, w);
}

Term pair(Heap& heap, Term a, Term b) { return heap.reserve(Words(3)).tuple(a, b); }

Term status(Process& p, bool self) {
  uint32_t s = p.load_state();
  if (s & process_state::Exiting) return atom::exiting;
  if (s & process_state::Collecting) return atom::garbage_collecting;
  if (self || s & process_state::DirtyRunning) return atom::running;
  if (s & process_state::Suspended) return atom::suspended;
  // Another asks, and is answered between two turns.
  static const Term runnable = make_atom("runnable");
  if (s & process_state::Active) return runnable;
  return waits_for_port(p.pid) || dist::waits_for_connection(p.pid) ? atom::suspended : atom::waiting;
}

Term messages(Process& p) {
  std::vector<Term> all;
  for (Signal* m = p.messages.first; m; m = m->next)
    all.push_back(m->adopted || !m->fragment ? m->payload : copied(p.heap, m->payload));
  return list_of(p.heap, all);
}

Term links(Process& p) {
  std::vector<Term> all;
  if (p.relations)
    p.relations->links.each([&](Link& l) {
      if (!l.unlink_id) all.push_back(copied(p.heap, l.peer));
    });
  // In an order that does not change from run to run: oldest first, as long as their numbers do not wrap.
  std::sort(all.begin(), all.end(), [](Term a, Term b) { return compare_terms(a, b) < 0; });
  return list_of(p.heap, all);
}

Term monitors(Process& p) {
  std::vector<Term> all;
  if (p.relations)
    p.relations->monitors.each([&](Monitor& m) {
      Term type = m.type == MonitorType::Port ? atom::port : m.type == MonitorType::TimeOffset ? atom::time_offset : atom::process;
      if (m.type == MonitorType::Node || m.type == MonitorType::Nodes) return;
      Term item = m.name.is_value() ? pair(p.heap, m.name, m.node) : copied(p.heap, m.target.term);
      all.push_back(pair(p.heap, type, item));
    });
  return list_of(p.heap, all);
}

Term monitored_by(Process& p) {
  std::vector<Term> all;
  if (p.relations)
    p.relations->monitored_by.each([&](MonitoredBy& m) {
      Term watcher = m.watcher.term;
      watcher = watcher.is<MagicRef>() ? nif::watching_resource(p.heap, watcher) : copied(p.heap, watcher);
      if (watcher.is_value()) all.push_back(watcher);
    });
  return list_of(p.heap, all);
}

Term suspending(Process& p) {
  std::vector<Term> all;
  if (p.relations)
    p.relations->suspended.each([&](Suspension& s) {
      all.push_back(p.heap.reserve(Words(4)).tuple(s.pid, Term::small(SWord(s.count)), Term::small(SWord(s.pending))));
    });
  return list_of(p.heap, all);
}

Term binaries(Process& p) {
  std::vector<Term> all;
  auto collect = [&](OffHeap* o) {
    for (; o; o = o->next) {
      if (header_kind(o->header) != Kind::RefcBits) continue;
      auto* b = reinterpret_cast<RefcBits*>(o);
      Term id = arith::make_unsigned(p.heap, reinterpret_cast<Word>(b->shared));
      Term size = Term::small(SWord(b->shared->capacity));
      all.push_back(p.heap.reserve(Words(4)).tuple(id, size, Term::small(b->shared->references.load())));
    }
  };
  collect(p.heap.off_heap);
  collect(p.heap.old_off_heap);
  for (HeapFragment* f = p.heap.fragments; f; f = f->next) collect(f->off_heap);
  return list_of(p.heap, all);
}

// Taken before the answer is built, which is not to be counted.
struct Sizes {
  size_t fragments;  // words of heap fragments
  size_t messages;   // words of those of messages
  explicit Sizes(const Process& p) : fragments(adopted_fragment_words(p)), messages(queued_message_words(p)) {}
};

size_t block_words(const Heap& h) { return size_t(h.end - h.start); }
// Messages that are kept off the heap do not count.
size_t total_words(const Process& p, const Sizes& sizes) {
  size_t n = block_words(p.heap) + size_t(p.heap.old_end - p.heap.old_start) + sizes.fragments;
  return p.off_heap_messages ? n : n + sizes.messages;
}
size_t memory_bytes(const Process& p, const Sizes& sizes) {
  size_t words = block_words(p.heap) + size_t(p.heap.old_end - p.heap.old_start) + sizes.fragments + sizes.messages;
  size_t n = sizeof(Process) + words * sizeof(Word) + p.messages.length * sizeof(Signal) + p.dictionary_capacity * sizeof(Term);
  if (p.saved_x != p.inline_x) n += p.saved_capacity * sizeof(Term);
  if (p.relations)
    n += sizeof(Relations) + p.relations->links.size() * (sizeof(Link) + 16) + p.relations->monitors.size() * (sizeof(Monitor) + 64) +
         p.relations->monitored_by.size() * (sizeof(MonitoredBy) + 16) + p.relations->aliases.size() * (sizeof(Alias) + 16);
  return n;
}

Term small(size_t n) { return Term::small(SWord(n)); }

Term garbage_collection(Process& p) {
  Heap& h = p.heap;
  std::vector<Term> all;
  all.push_back(pair(h, atom::max_heap_size, max_heap_term(h, p.seldom_used().max_heap_size, p.max_heap_kill, p.max_heap_log)));
  all.push_back(pair(h, atom::min_bin_vheap_size, small(h.min_virtual_size)));
  all.push_back(pair(h, atom::min_heap_size, small(h.min_size)));
  all.push_back(pair(h, atom::fullsweep_after, small(h.fullsweep_after)));
  all.push_back(pair(h, atom::minor_gcs, small(h.generation)));
  return list_of(h, all);
}

Term garbage_collection_info(Process& p, const Sizes& sizes) {
  HeapWriter w = p.heap.reserve(Words(collection_info_words));
  return write_collection_info(w, p, sizes.fragments);
}

// Oldest first: {Module, Function, Arity}, and send, receive, timeout.
Term last_calls(Process& p) {
  std::vector<Term> all;
  for (const SavedCall& call : saved_calls(p))
    all.push_back(call.function.is_value() ? p.heap.reserve(Words(4)).tuple(call.module, call.function, Term::small(call.arity)) : call.module);
  return list_of(p.heap, all);
}

// {Item, Value}, built on the process's own heap; the non-value for an item that does not exist. self: asked by the process itself.
Term item_of(Process& p, const Sizes& sizes, Term item, bool self) {
  Heap& h = p.heap;
  Term v;
  switch (item.is_atom() ? item.atom_index() : ~0u) {
    case atom::index_registered_name: {
      Word raw = p.registered_name.load();
      v = raw ? Term::from_raw(raw) : nil;
      break;
    }
    case atom::index_current_function: case atom::index_current_location: case atom::index_current_stacktrace:
    case atom::index_backtrace:
      v = process_hooks.current_place ? process_hooks.current_place(p, h, item) : atom::undefined;
      break;
    case atom::index_initial_call: v = h.reserve(Words(4)).tuple(p.initial_module, p.initial_function, small(p.initial_arity)); break;
    case atom::index_status: v = status(p, self); break;
    case atom::index_messages: v = p.sensitive ? nil : messages(p); break;
    case atom::index_message_queue_len: v = small(p.messages.length); break;
    case atom::index_links: v = links(p); break;
    case atom::index_monitors: v = monitors(p); break;
    case atom::index_monitored_by: v = monitored_by(p); break;
    case atom::index_suspending: v = suspending(p); break;
    case atom::index_dictionary: v = p.sensitive ? nil : dictionary::to_list(h, p); break;
    case atom::index_trap_exit: v = boolean(p.trap_exit); break;
    case atom::index_error_handler: v = p.seldom_used().error_handler; break;
    case atom::index_heap_size: v = small(block_words(h)); break;
    case atom::index_total_heap_size: v = small(total_words(p, sizes)); break;
    case atom::index_stack_size: v = small(size_t(h.end - h.stack)); break;
    case atom::index_memory: v = small(memory_bytes(p, sizes)); break;
    case atom::index_fullsweep_after: v = small(h.fullsweep_after); break;
    case atom::index_min_heap_size: v = small(h.min_size); break;
    case atom::index_min_bin_vheap_size: v = small(h.min_virtual_size); break;
    case atom::index_max_heap_size: v = max_heap_term(h, p.seldom_used().max_heap_size, p.max_heap_kill, p.max_heap_log); break;
    case atom::index_garbage_collection: v = garbage_collection(p); break;
    case atom::index_garbage_collection_info: v = garbage_collection_info(p, sizes); break;
    case atom::index_group_leader: v = p.group_leader; break;
    case atom::index_reductions: v = small(p.total_reductions()); break;
    case atom::index_priority: v = priority_atom(p.priority); break;
    case atom::index_trace: v = small(0); break;
    case atom::index_binary: v = binaries(p); break;
    case atom::index_sequential_trace_token: v = copied(h, p.sequence_token); break;
    case atom::index_catchlevel: v = small(p.catches); break;
    case atom::index_last_calls: v = p.save_calls ? last_calls(p) : atom::false_; break;
    case atom::index_message_queue_data: v = p.off_heap_messages ? atom::off_heap : atom::on_heap; break;
    case atom::index_parent: v = p.parent; break;
    case atom::index_magic_ref: v = nil; break;
    default: return {};
  }
  return pair(h, item, v);
}

const Term default_items[] = {atom::registered_name, atom::current_function, atom::initial_call, atom::status, atom::message_queue_len,
                              atom::links, atom::dictionary, atom::trap_exit, atom::error_handler, atom::priority, atom::group_leader,
                              atom::total_heap_size, atom::heap_size, atom::stack_size, atom::reductions, atom::garbage_collection,
                              atom::suspending};

enum class Form : uint8_t { All, One, List };

// The non-value for a bad item.
Term info(Process& p, Form form, const std::vector<Term>& items, bool self) {
  Sizes sizes(p);
  std::vector<Term> all;
  for (Term item : items) {
    Term t = item_of(p, sizes, item, self);
    if (!t.is_value()) return {};
    bool no_name = item.same(atom::registered_name) && t.as<Tuple>()->at(1).is_nil();
    if (form == Form::One) return no_name ? nil : t;
    if (form == Form::All && no_name) continue;
    all.push_back(t);
  }
  return list_of(p.heap, all);
}

struct InfoRequest final : AskRequest {
  Form form = Form::All;
  std::vector<Term> items;  // atoms
  Term answer(Process& p) override { return info(p, form, items, false); }
};

const Term more_items[] = {atom::current_location, atom::current_stacktrace, atom::backtrace, atom::messages, atom::monitors,
                           atom::monitored_by, atom::memory, atom::fullsweep_after, atom::min_heap_size, atom::min_bin_vheap_size,
                           atom::max_heap_size, atom::garbage_collection_info, atom::trace, atom::binary,
                           atom::sequential_trace_token, atom::catchlevel, atom::last_calls, atom::message_queue_data,
                           atom::parent, atom::magic_ref};

bool known_item(Term item) {
  for (Term t : default_items)
    if (t.same(item)) return true;
  for (Term t : more_items)
    if (t.same(item)) return true;
  return false;
}

NativeResult process_info(NativeCall& c, Form form, std::vector<Term> items) {
  if (auto* w = waiting(c)) return w->done ? NativeResult(w->result) : c.wait();
  Term pid = c.arg(0);
  if (!pid.is_local_pid()) {
    if (is_external_pid(pid) && reinterpret_cast<External*>(pid.boxed_words())->node->name.same(local_node_name())) return atom::undefined;
    return badarg();
  }
  for (Term item : items)
    if (!known_item(item)) return badarg();
  if (pid.same(c.process.pid)) {
    handle_signals(c.process, SIZE_MAX);  // what it has sent itself is among them
    if (c.process.exiting()) return NativeResult::Exited;
    c.charge(items.size() * 2);
    return info(c.process, form, items, true);
  }
  Process* p = find_process(pid);
  if (!p) return atom::undefined;
  auto* request = new InfoRequest;
  request->form = form;
  request->items = static_cast<std::vector<Term>&&>(items);
  return ask(c, *p, request);
}

}  // namespace

size_t process_memory_bytes(const Process& p) { return memory_bytes(p, Sizes(p)); }

Term process_info_items(Heap& heap) {
  ListBuilder list(heap, std::size(default_items) + std::size(more_items));
  for (Term t : default_items) list.push(t);
  for (Term t : more_items) list.push(t);
  return list.finish();
}

BIF(erlang, process_info, 1) {
  return process_info(c, Form::All, std::vector<Term>(std::begin(default_items), std::end(default_items)));
}

BIF(erlang, process_info, 2) {
  Term spec = c.arg(1);
  if (spec.is_atom()) return process_info(c, Form::One, {spec});
  std::vector<Term> items;
  for (; spec.is_cons(); spec = spec.as_cons()->tail) items.push_back(spec.as_cons()->head);
  if (!spec.is_nil()) return badarg();
  return process_info(c, Form::List, static_cast<std::vector<Term>&&>(items));
}

}  // namespace joist
