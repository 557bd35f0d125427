// erlang:statistics/1.
#include <vector>

#include "bifs/bif.h"
#include "vm/process/collection.h"
#include "vm/process/hooks.h"
#include "vm/process/process_table.h"
#include "vm/process/relations.h"
#include "vm/process/send.h"
#include "vm/sched/dirty.h"
#include "vm/sched/scheduler.h"
#include "vm/sched/statistics.h"
#include "vm/sys/clock.h"
#include "vm/sys/microstates.h"
#include "vm/term/arith.h"
#include "vm/term/map.h"

namespace joist {

namespace {

bool is(Term atom, const char* text) { return atom.is_atom() && atom_text(atom) == text; }

std::atomic<int64_t> last_wall{0}, last_runtime{0};
std::atomic<uint64_t> last_reductions{0};

// {Total, SinceLastCall}
Term since(NativeCall& c, uint64_t total, uint64_t before) {
  Term a = arith::make_unsigned(c.heap(), total), b = arith::make_unsigned(c.heap(), total - before);
  return c.heap().reserve(Words(3)).tuple(a, b);
}

uint64_t reductions_now(NativeCall& c) {
  SWord running = c.process.slice - c.process.reductions;
  return total_reductions() + uint64_t(running > 0 ? running : 0);
}

size_t queue_length(uint32_t i) { return scheduler(i).queue.length(); }

// Ready processes a scheduler's queue; with `running`, those that run count as well.
Term lengths(NativeCall& c, bool running, bool dirty_io) {
  uint32_t n = scheduler_count();
  std::vector<Term> items;
  for (uint32_t i = 1; i <= n; i++)
    items.push_back(Term::small(SWord(queue_length(i) + (running && scheduler(i).current.load(std::memory_order_relaxed) ? 1 : 0))));
  items.push_back(Term::small(SWord(dirty_queue_length(false))));
  if (dirty_io) items.push_back(Term::small(SWord(dirty_queue_length(true))));
  HeapWriter w = c.heap().reserve(Words(2 * items.size()));
  Term list = nil;
  for (size_t i = items.size(); i-- > 0;) list = w.cons(items[i], list);
  return list;
}

size_t total_length(bool running, bool dirty_io) {
  size_t total = dirty_queue_length(false) + (dirty_io ? dirty_queue_length(true) : 0);
  for (uint32_t i = 1; i <= scheduler_count(); i++) total += queue_length(i) + (running && scheduler(i).current.load(std::memory_order_relaxed) ? 1 : 0);
  return total;
}

// [#{type, id, counters}]
Term microstates(Heap& heap) {
  struct Walk {
    Heap& heap;
    Term list = nil;
  } walk{heap};
  sys::for_each_accounted_thread([](sys::Microstates& thread, void* argument) {
    auto& w = *static_cast<Walk*>(argument);
    Term counters[2 * sys::microstate_count];
    for (size_t i = 0; i < sys::microstate_count; i++) {
      counters[2 * i] = make_atom(sys::microstate_names[i]);
      counters[2 * i + 1] = arith::make_unsigned(w.heap, sys::microstate_time(thread, sys::Microstate(i)));
    }
    Term pairs[] = {make_atom("counters"), map::from_pairs(w.heap, counters, sys::microstate_count), atom::id, Term::small(thread.id),
                    atom::type, make_atom(thread.type)};
    Term row = map::from_pairs(w.heap, pairs, 3);
    w.list = w.heap.reserve(Words(2)).cons(row, w.list);
  }, &walk);
  return walk.list;
}

// A message {Ref, [{Id, Active, Total}]} a scheduler, as the Erlang code that gathers them expects.
NativeResult wall_time(NativeCall& c, bool all) {
  int64_t began = wall_time_measured_since();
  if (!began) return atom::undefined;
  Term ref = make_ref(c.heap());
  int64_t now = sys::monotonic_time();
  uint32_t normal = scheduler_count(), dirty = dirty_cpu_count();
  for (uint32_t i = 1; i <= normal; i++) {
    MessageBuilder b(3 + ref_words + (2 + 4 + 2 * arith::integer_words) * (1 + (i == 1 ? all_scheduler_count() : 0)));
    Term list = nil;
    auto row = [&](uint32_t id) {
      Scheduler& s = scheduler(id);
      int64_t since = s.busy_since.load(std::memory_order_relaxed);
      int64_t active = s.busy_nanoseconds.load(std::memory_order_relaxed) + (since ? now - since : 0);
      if (active > now - began) active = now - began;
      Term a = arith::write_integer(b.writer(), active), t = arith::write_integer(b.writer(), now - began);
      list = b.writer().cons(b.writer().tuple(Term::small(id), a, t), list);
    };
    row(i);
    if (i == 1)
      for (uint32_t id = normal + 1; id <= normal + dirty + (all ? dirty_io_count() : 0); id++) row(id);
    Term r = b.copy(ref);
    Term message = b.writer().tuple(r, list);
    b.send(c.process, Term(), message);
  }
  return c.trap(get_export(atom::erts_internal, make_atom("gather_sched_wall_time_result"), 1), ref);
}

}  // namespace

BIF(erlang, statistics, 1) {
  Term item = c.arg(0);
  Heap& heap = c.heap();
  if (is(item, "reductions") || is(item, "exact_reductions")) {
    uint64_t now = reductions_now(c);
    uint64_t before = last_reductions.exchange(now);
    return since(c, now, before > now ? now : before);
  }
  if (is(item, "wall_clock")) {
    int64_t now = (sys::monotonic_time() - sys::monotonic_start()) / 1000000;
    return since(c, uint64_t(now), uint64_t(last_wall.exchange(now)));
  }
  if (is(item, "runtime")) {
    int64_t now = sys::process_user_time() / 1000000;
    return since(c, uint64_t(now), uint64_t(last_runtime.exchange(now)));
  }
  if (is(item, "context_switches"))
    return heap.reserve(Words(3)).tuple(Term::small(SWord(total_context_switches())), Term::small(0));
  if (is(item, "garbage_collection")) {
    Term words = arith::make_unsigned(heap, collect_statistics.words_reclaimed.load());
    return heap.reserve(Words(4)).tuple(Term::small(SWord(collect_statistics.collections.load())), words, Term::small(0));
  }
  if (is(item, "run_queue")) return Term::small(SWord(total_length(false, false)));
  if (is(item, "run_queue_lengths")) return lengths(c, false, false);
  if (is(item, "run_queue_lengths_all")) return lengths(c, false, true);
  if (is(item, "total_run_queue_lengths")) return Term::small(SWord(total_length(false, false)));
  if (is(item, "total_run_queue_lengths_all")) return Term::small(SWord(total_length(false, true)));
  if (is(item, "active_tasks")) return lengths(c, true, false);
  if (is(item, "active_tasks_all")) return lengths(c, true, true);
  if (is(item, "total_active_tasks")) return Term::small(SWord(total_length(true, false)));
  if (is(item, "total_active_tasks_all")) return Term::small(SWord(total_length(true, true)));
  if (is(item, "run_queues")) {
    uint32_t normal = scheduler_count();
    Tuple* t = heap.reserve(Words(1 + normal + 2)).tuple_of(normal + 2);
    for (uint32_t i = 1; i <= normal; i++) t->elements[i - 1] = Term::small(SWord(queue_length(i)));
    for (bool io : {false, true}) t->elements[normal + io] = Term::small(SWord(dirty_queue_length(io)));
    return t->term();
  }
  if (is(item, "scheduler_wall_time")) return wall_time(c, false);
  if (is(item, "scheduler_wall_time_all")) return wall_time(c, true);
  if (is(item, "io")) {
    Term in = arith::make_unsigned(heap, io_statistics.bytes_in.load()), out = arith::make_unsigned(heap, io_statistics.bytes_out.load());
    HeapWriter w = heap.reserve(Words(9));
    Term i = w.tuple(make_atom("input"), in), o = w.tuple(make_atom("output"), out);
    return w.tuple(i, o);
  }
  if (is(item, "microstate_accounting")) return microstates(heap);
  return badarg();
}

}  // namespace joist
