#include "vm/process/collection.h"

#include <iterator>
#include <string>

#include "gc/effort.h"
#include "vm/base/tunables.h"
#include "vm/process/exit.h"
#include "vm/process/logger.h"
#include "vm/process/system_monitor.h"
#include "vm/process/trace_hooks.h"
#include "vm/sys/clock.h"
#include "vm/sys/microstates.h"
#include "vm/sys/threads.h"
#include "vm/term/node.h"

namespace joist {

namespace {

void report(Process& p, size_t words) {
  bool alive = !local_node_name().same(atom::nonode_nohost);
  Word buffer[collection_info_words + 2 * 8];
  OffHeap* none = nullptr;
  HeapWriter w(buffer, std::end(buffer), &none);
  Term info = write_collection_info(w, p, adopted_fragment_words(p));
  Term args = w.cons(info, nil);
  args = w.cons(Term::small(SWord(p.messages.length)), args);
  args = w.cons(atom::true_, args);
  args = w.cons(boolean(p.max_heap_kill), args);
  args = w.cons(Term::small(SWord(words)), args);
  args = w.cons(Term::small(SWord(p.seldom_used().max_heap_size)), args);
  if (alive) args = w.cons(local_node_name(), args);
  args = w.cons(p.pid, args);
  constexpr std::string_view rest =
      "~n     Context:            maximum heap size reached~n"
      "     Max Heap Size:      ~p~n"
      "     Total Heap Size:    ~p~n"
      "     Kill:               ~p~n"
      "     Error Logger:       ~p~n"
      "     Message Queue Len:  ~p~n"
      "     GC Info:            ~p~n";
  std::string format = alive ? "     Process:            ~p on node ~p" : "     Process:            ~p ";
  format += rest;
  log_event(p, atom::error, format, args);
}

// What max_heap_size limits.
size_t limited_words(const Process& p) {
  const Heap& h = p.heap;
  size_t words = size_t(h.end - h.start) + size_t(h.old_end - h.old_start) + h.fragment_words;
  return p.off_heap_messages ? words : words + queued_message_words(p);
}
bool over_limit(const Process& p) {
  uint64_t most = p.seldom_used().max_heap_size;
  return most && p.exit_reason.is_non_value() && limited_words(p) > most;
}

// began: when a watch is on; else 0.
void after_collection(Process& p, const CollectResult& r, int64_t began) {
  collect_statistics.collections.fetch_add(1, std::memory_order_relaxed);
  collect_statistics.words_reclaimed.fetch_add(r.reclaimed_words, std::memory_order_relaxed);
  p.reductions -= SWord(r.reductions);
  if (p.trace) [[unlikely]] trace_hooks.collection(p, r.major ? TraceCollection::MajorEnd : TraceCollection::MinorEnd, r.reclaimed_words);
  if (began) [[unlikely]] {
    if (int64_t more = system_monitor.collection_sleep.load(std::memory_order_relaxed)) sys::sleep_thread(more);
    watch_collection(p, sys::monotonic_time() - began);
  }
  if (!over_limit(p)) [[likely]] return;
  size_t words = limited_words(p);
  if (p.trace) [[unlikely]] trace_hooks.collection(p, TraceCollection::MaxHeapSize, words);
  if (p.max_heap_log) report(p, words);
  if (!p.max_heap_kill) return;
  begin_exit(p, atom::killed);
  p.reductions = 0;
}

void starts(Process& p, bool minor, size_t need) {
  if (p.trace) [[unlikely]] trace_hooks.collection(p, minor ? TraceCollection::MinorStart : TraceCollection::MajorStart, need);
}

int64_t watch_from() { return system_monitor.receiver.load(std::memory_order_relaxed) ? sys::monotonic_time() : 0; }

}  // namespace

size_t adopted_fragment_words(const Process& p) {
  size_t words = 0;
  for (HeapFragment* f = p.heap.fragments; f; f = f->next) words += f->used;
  return words;
}

Term write_collection_info(HeapWriter& w, const Process& p, size_t fragments) {
  const Heap& h = p.heap;
  const struct {
    Term name;
    size_t value;
  } rows[] = {{atom::old_heap_block_size, h.old_block_words()},
              {atom::heap_block_size, h.block_words()},
              {atom::mbuf_size, fragments},
              {atom::recent_size, size_t(h.high_water ? h.high_water - h.start : 0)},
              {atom::stack_size, h.stack_words()},
              {atom::old_heap_size, size_t(h.old_top - h.old_start)},
              {atom::heap_size, h.heap_words()},
              {atom::bin_vheap_size, h.virtual_size},
              {atom::bin_vheap_block_size, h.virtual_limit},
              {atom::bin_old_vheap_size, h.old_virtual_size},
              {atom::bin_old_vheap_block_size, h.old_virtual_limit}};
  static_assert(collection_info_words == std::size(rows) * 5);
  Term info = nil;
  for (size_t i = std::size(rows); i-- > 0;) info = w.cons(w.tuple(rows[i].name, Term::small(SWord(rows[i].value))), info);
  return info;
}

size_t queued_message_words(const Process& p) {
  size_t words = 0;
  for (const Signal* m = p.messages.first; m; m = m->next)
    if (m->fragment) words += m->fragment->used;
  return words;
}

void collect_process(Process& p, Roots& roots, Words need, Collection kind) {
  sys::InMicrostate in(sys::Microstate::Gc);
  int64_t began = watch_from();
  starts(p, kind == Collection::Wanted && next_is_minor(p.heap), need.value);
  CollectResult r = kind == Collection::Wanted  ? collect(p.heap, roots, need)
                    : kind == Collection::Major ? collect_major(p.heap, roots, need)
                                                : collect_hibernate(p.heap, roots);
  // A block is as large as what was garbage needed: with a limit, what lives counts.
  if (kind == Collection::Wanted && over_limit(p)) [[unlikely]] r = collect_major(p.heap, roots, need);
  after_collection(p, r, began);
}

void collect_process_literals(Process& p, Roots& roots, const LiteralArea& area) {
  sys::InMicrostate in(sys::Microstate::Gc);
  int64_t began = watch_from();
  starts(p, false, 0);
  after_collection(p, collect_literals(p.heap, roots, area), began);
}

namespace {
struct EndOfTurn {
  bool collects = false;
  LongCollection collection;
};
thread_local EndOfTurn end_of_turn;
}  // namespace

bool takes_long(const Process& p, Collection kind) {
  return words_to_collect(p.heap, kind != Collection::Wanted) > long_collection_words && p.scheduler;
}

void end_turn_with(const LongCollection& c) {
  if (!end_of_turn.collects) end_of_turn = {true, c};
}

bool take_long_collection(LongCollection* c) {
  if (!end_of_turn.collects) [[likely]] return false;
  end_of_turn.collects = false;
  *c = end_of_turn.collection;
  return true;
}

void collect_long(Process& p, const LongCollection& c) {
  Roots roots{&p, {p.saved_x, p.saved_live}};
  if (!c.area) collect_process(p, roots, c.need, c.kind);
  else if (may_refer_to(p.heap, roots, *c.area)) collect_process_literals(p, roots, *c.area);
}

}  // namespace joist
