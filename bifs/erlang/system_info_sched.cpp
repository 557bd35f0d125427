// erlang:system_info/1 about schedulers, processes and clocks.
#include "bifs/bif.h"
#include "bifs/erlang/multi_scheduling.h"
#include "bifs/erlang/process_info.h"
#include "bifs/erlang/system_info.h"
#include "bifs/erlang/system_settings.h"
#include "vm/port/port_table.h"
#include "vm/process/logger.h"
#include "vm/process/process_table.h"
#include "vm/process/spawn.h"
#include "vm/sched/blocking.h"
#include "vm/sched/scheduler.h"
#include "vm/sys/clock.h"
#include "vm/sys/poll.h"
#include "vm/sys/threads.h"
#include "vm/term/arith.h"

namespace joist {

namespace {

bool is(Term atom, const char* text) { return atom_text(atom) == text; }

constexpr const char* warp_names[] = {"no_time_warp", "single_time_warp", "multi_time_warp"};  // by sys::TimeWarp

Term cpu_topology(Heap& heap) {
  size_t n = size_t(sys::cpus_configured());
  HeapWriter w = heap.reserve(Words(n * (2 + 3 + 3) + 3 + 2));
  Term cores = nil;
  for (size_t i = n; i-- > 0;) {
    Term logical = w.tuple(make_atom("logical"), Term::small(SWord(i)));
    cores = w.cons(w.tuple(make_atom("core"), logical), cores);
  }
  return w.cons(w.tuple(make_atom("processor"), cores), nil);
}

// The one poll set, in the shape in which OTP tells of each of its own. Of items that it has for other ways of polling, only those
// that are true here as well.
Term check_io(Heap& heap) {
  size_t active = 0;  // told of, and not looked at yet
  for_each_port([](Port& port, void* n) { *static_cast<size_t*>(n) += port.ready_events.load() != 0; }, &active);
  auto number = [](size_t n) { return Term::small(SWord(n)); };
  const size_t count = sys::poll_watched();
  const struct { const char* key; Term value; } items[] = {
      {"poll_threads", Term::small(1)}, {"active_fds", number(active)}, {"max_fds", number(sys::descriptor_limit())}, {"fallback", atom::false_},
      {"concurrent_updates", atom::true_}, {"batch_updates", atom::false_}, {"lazy_updates", atom::false_},
      {"active_fds", number(sys::poll_tells())}, {"total_poll_set_size", number(count)}, {"memory_size", number(count * sys::poll_watch_bytes())},
      {"kernel_poll", make_atom("epoll")}, {"primary", make_atom("epoll")}, {"name", make_atom("erts_poll")}};
  HeapWriter w = heap.reserve(Words(5 * std::size(items) + 2));
  Term list = nil;
  for (auto& item : items) {
    Term pair = w.tuple(make_atom(item.key), item.value);
    list = w.cons(pair, list);
  }
  return w.cons(list, nil);
}

// Processors, as they were at the start or when update_cpu_info last looked.
struct Processors {
  std::atomic<int> configured{sys::cpus_configured()}, online{sys::cpus_online()}, available{sys::cpus_available()};
};
Processors processors;

// Has any number changed?
bool update_processors() {
  int configured = sys::cpus_configured(), online = sys::cpus_online(), available = sys::cpus_available();
  bool changed = processors.configured.exchange(configured) != configured;
  changed |= processors.online.exchange(online) != online;
  changed |= processors.available.exchange(available) != available;
  return changed;
}

uint32_t schedulers_active() { return others_blocked() ? 1 : schedulers_online(); }

}  // namespace

Term offset_state_name(sys::OffsetState state) {
  return make_atom(state == sys::OffsetState::Final ? "final" : state == sys::OffsetState::Preliminary ? "preliminary" : "volatile");
}

bool scheduler_system_info(NativeCall& c, Term item, Term* result) {
  Heap& heap = c.heap();
  auto number = [&](SWord n) {
    *result = Term::small(n);
    return true;
  };
  if (auto t = item.as<Tuple>()) {
    if (t->arity() != 2 || !t->at(0).is_atom() || !is(t->at(0), "cpu_topology") || !t->at(1).is_atom()) return false;
    if (is(t->at(1), "defined")) *result = atom::undefined;
    else if (is(t->at(1), "detected") || is(t->at(1), "used")) *result = cpu_topology(heap);
    else return false;
    return true;
  }
  if (!item.is_atom()) return false;
  const std::string_view name = atom_text(item);
  if (name == "schedulers" || name == "schedulers_total") return number(scheduler_count());
  if (name == "schedulers_online") return number(schedulers_online());
  if (name == "schedulers_active") return number(schedulers_active());
  if (name == "run_queues") return number(scheduler_count());
  if (name == "schedulers_state") {
    Term online = Term::small(schedulers_online());
    *result = heap.reserve(Words(4)).tuple(Term::small(scheduler_count()), online, Term::small(schedulers_active()));
    return true;
  }
  if (name == "all_schedulers_state") {
    HeapWriter w = heap.reserve(Words(3 * (5 + 2) + 4));
    Term online = Term::small(schedulers_online()), cpu_online = Term::small(dirty_cpu_online()), io = Term::small(dirty_io_count());
    Term list = w.cons(w.tuple(make_atom("dirty_io"), io, io, io), nil);
    list = w.cons(w.tuple(make_atom("dirty_cpu"), Term::small(dirty_cpu_count()), cpu_online, cpu_online), list);
    *result = w.cons(w.tuple(atom::normal, Term::small(scheduler_count()), online, Term::small(schedulers_active())), list);
    heap.commit(w);
    return true;
  }
  if (name == "dirty_cpu_schedulers") return number(dirty_cpu_count());
  if (name == "dirty_cpu_schedulers_online") return number(dirty_cpu_online());
  if (name == "dirty_io_schedulers") return number(dirty_io_count());
  if (name == "scheduler_id") return number(current_scheduler() ? current_scheduler()->number : 1);
  if (name == "logical_processors") return number(processors.configured);
  if (name == "logical_processors_online") return number(processors.online);
  if (name == "logical_processors_available") return number(processors.available);
  if (name == "multi_scheduling") {
    *result = multi_scheduling_state();
    return true;
  }
  bool normal_blockers = name == "normal_multi_scheduling_blockers";
  if (normal_blockers || name == "multi_scheduling_blockers") {
    *result = multi_scheduling_blockers(heap, normal_blockers);
    return true;
  }
  if (name == "scheduler_bind_type") {
    *result = make_atom(system_settings.bind_type);
    return true;
  }
  if (name == "scheduler_bindings") {
    Tuple* t = heap.reserve(Words(1 + scheduler_count())).tuple_of(scheduler_count());
    for (size_t i = 0; i < scheduler_count(); i++) {
      int cpu = scheduler(uint32_t(i + 1)).cpu;
      t->elements[i] = cpu < 0 ? make_atom("unbound") : Term::small(cpu);
    }
    *result = t->term();
    return true;
  }
  if (name == "check_io") {
    *result = check_io(heap);
    return true;
  }
  if (name == "cpu_topology") {
    *result = cpu_topology(heap);
    return true;
  }
  if (name == "update_cpu_info") {
    *result = make_atom(update_processors() ? "changed" : "unchanged");
    return true;
  }
  return false;
}

bool process_system_info(NativeCall& c, Term item, Term* result) {
  if (!item.is_atom()) return false;
  const std::string_view name = atom_text(item);
  Heap& heap = c.heap();
  SpawnDefaults& d = spawn_defaults;
  auto pair = [&](Term value) {
    *result = heap.reserve(Words(3)).tuple(item, value);
    return true;
  };
  if (name == "process_count") *result = Term::small(SWord(process_count()));
  else if (name == "process_limit") *result = Term::small(SWord(process_limit()));
  else if (item.same(atom::min_heap_size)) return pair(Term::small(d.min_heap.load()));
  else if (item.same(atom::min_bin_vheap_size)) return pair(Term::small(d.min_virtual_heap.load()));
  else if (item.same(atom::fullsweep_after)) return pair(Term::small(d.fullsweep_after.load()));
  else if (item.same(atom::max_heap_size)) *result = max_heap_term(heap, d.max_heap.load(), d.max_heap_kill.load(), d.max_heap_log.load());
  else if (item.same(atom::message_queue_data)) *result = d.off_heap_messages.load() ? atom::off_heap : atom::on_heap;
  else if (item.same(atom::garbage_collection)) {
    HeapWriter w = heap.reserve(Words(4 * 5));
    Term list = w.cons(w.tuple(atom::fullsweep_after, Term::small(d.fullsweep_after.load())), nil);
    list = w.cons(w.tuple(atom::min_heap_size, Term::small(d.min_heap.load())), list);
    list = w.cons(w.tuple(atom::min_bin_vheap_size, Term::small(d.min_virtual_heap.load())), list);
    *result = w.cons(w.tuple(atom::max_heap_size, Term::small(SWord(d.max_heap.load()))), list);
  } else if (name == "system_logger") *result = Term::from_raw(system_logger.load());
  else if (name == "outstanding_system_requests_limit") *result = Term::small(system_settings.outstanding_requests.load());
  else return false;
  return true;
}

bool time_system_info(NativeCall& c, Term item, Term* result) {
  if (!item.is_atom()) return false;
  const std::string_view name = atom_text(item);
  Heap& heap = c.heap();
  if (name == "start_time") *result = arith::make_integer(heap, sys::monotonic_start());
  else if (name == "end_time") *result = arith::make_integer(heap, 8646911283000000000);
  else if (name == "time_correction") *result = atom::true_;
  else if (name == "time_offset") *result = offset_state_name(sys::time_offset_state());
  else if (name == "time_warp_mode") *result = make_atom(warp_names[int(sys::time_warp())]);
  else if (name == "tolerant_timeofday") *result = make_atom("enabled");
  else if (name == "os_monotonic_time_source" || name == "os_system_time_source") {
    bool monotonic = name == "os_monotonic_time_source";
    int64_t now = monotonic ? sys::os_monotonic_time() : sys::os_system_time();
    Term time = arith::make_integer(heap, now);
    int64_t resolution = monotonic ? sys::os_monotonic_resolution() : sys::os_system_resolution();
    HeapWriter w = heap.reserve(Words(6 * 5));
    auto row = [&](const char* key, Term value, Term rest) { return w.cons(w.tuple(make_atom(key), value), rest); };
    Term list = row("time", time, nil);
    list = row("parallel", atom::yes, list);
    if (monotonic) list = row("extended", atom::no, list);
    list = row("resolution", Term::small(resolution > 0 ? 1000000000 / resolution : 1000000000), list);
    list = row("clock_id", make_atom(monotonic ? "CLOCK_MONOTONIC" : "CLOCK_REALTIME"), list);
    *result = row("function", make_atom("clock_gettime"), list);
    heap.commit(w);
  } else return false;
  return true;
}

}  // namespace joist
