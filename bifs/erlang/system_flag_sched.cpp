// erlang:system_flag/2; erts_internal:scheduler_wall_time/1, system_check/1, no_aux_work_threads/0.
#include <algorithm>

#include "bifs/bif.h"
#include "bifs/erlang/multi_scheduling.h"
#include "bifs/erlang/process_info.h"
#include "bifs/erlang/system_info.h"
#include "bifs/erlang/system_settings.h"
#include "bifs/trace/seq_trace.h"
#include "gc/collect.h"
#include "vm/interp/exceptions.h"
#include "vm/process/hooks.h"
#include "vm/process/logger.h"
#include "vm/process/process_table.h"
#include "vm/process/relations.h"
#include "vm/process/send.h"
#include "vm/sched/scheduler.h"
#include "vm/sched/spawn_options.h"
#include "vm/sched/time_offset_monitors.h"
#include "vm/sys/clock.h"
#include "vm/sys/microstates.h"
#include "vm/trace/match_actions.h"

namespace joist {

SystemSettings system_settings;

namespace {

bool is(Term atom, const char* text) { return atom.is_atom() && atom_text(atom) == text; }

template <class T>
Term swap(std::atomic<T>& value, SWord next) {
  return Term::small(SWord(value.exchange(T(next))));
}

}  // namespace

BIF(erlang, system_flag, 2) {
  Term flag = c.arg(0), value = c.arg(1);
  if (!flag.is_atom()) return c.badarg(atom::badopt);
  SWord n = value.is_small() ? value.small_value() : -1;
  SpawnDefaults& d = spawn_defaults;
  if (is(flag, "schedulers_online")) {
    if (n < 1 || n > SWord(scheduler_count())) return badarg();
    // The number of dirty CPU schedulers changes with it, in whole percents as in OTP.
    uint32_t old = set_schedulers_online(uint32_t(n)), percent = 100 * uint32_t(n) / old;
    set_dirty_cpu_online(std::clamp(dirty_cpu_online() * percent / 100, 1u, std::min(uint32_t(n), dirty_cpu_count())));
    return Term::small(old);
  }
  if (is(flag, "dirty_cpu_schedulers_online")) {
    if (n < 1 || n > SWord(dirty_cpu_count())) return badarg();
    return Term::small(set_dirty_cpu_online(uint32_t(n)));
  }
  if (is(flag, "multi_scheduling")) return change_multi_scheduling(c, value);
  if (is(flag, "scheduler_wall_time")) {
    if (!value.same(atom::true_) && !value.same(atom::false_)) return badarg();
    return c.trap(get_export(atom::erts_internal, make_atom("system_flag_scheduler_wall_time"), 1), value);
  }
  if (is(flag, "microstate_accounting")) {
    Term was = boolean(sys::microstates_measured());
    if (is(value, "reset")) sys::reset_microstates();
    else if (value.same(atom::true_) || value.same(atom::false_)) sys::measure_microstates(value.same(atom::true_));
    else return badarg();
    return was;
  }
  if (flag.same(atom::fullsweep_after)) return n < 0 ? badarg() : NativeResult(swap(d.fullsweep_after, n > 65535 ? 65535 : n));
  if (flag.same(atom::min_heap_size)) return n < 0 || n > 0x7fffffff ? badarg() : NativeResult(swap(d.min_heap, next_heap_size(n < 233 ? 233 : n)));
  if (flag.same(atom::min_bin_vheap_size)) return n < 0 || n > 0x7fffffff ? badarg() : NativeResult(swap(d.min_virtual_heap, next_virtual_heap_size(n)));
  if (flag.same(atom::max_heap_size)) {
    Term old = max_heap_term(c.heap(), d.max_heap.load(), d.max_heap_kill.load(), d.max_heap_log.load());
    uint64_t size;
    bool kill, log;
    if (!parse_max_heap(value, &size, &kill, &log)) return badarg();
    d.max_heap = size;
    d.max_heap_kill = kill;
    d.max_heap_log = log;
    return old;
  }
  if (is(flag, "backtrace_depth")) {
    if (n < 0) return badarg();
    return swap(backtrace_depth, n > 1024 ? 1024 : n);
  }
  if (is(flag, "display_items")) return n < 0 ? badarg() : NativeResult(swap(system_settings.display_items, n));
  if (is(flag, "outstanding_system_requests_limit")) return n < 1 ? badarg() : NativeResult(swap(system_settings.outstanding_requests, n));
  if (is(flag, "system_logger")) {
    if (!value.is_local_pid() && !value.same(atom::undefined) && !is(value, "logger")) return badarg();
    return Term::from_raw(system_logger.exchange(value.raw()));
  }
  if (is(flag, "time_offset")) {
    if (!is(value, "finalize")) return badarg();
    sys::OffsetState was = sys::time_offset_state();
    if (sys::finalize_time_offset()) time_offset_changed();
    return offset_state_name(was);
  }
  // Both are set when the VM starts, if at all; asking for what is so already is no error.
  if (is(flag, "cpu_topology")) return c.trap(get_export(atom::erlang, make_atom("set_cpu_topology"), 1), value);
  if (is(flag, "internal_cpu_topology")) return value.same(atom::undefined) ? NativeResult(atom::undefined) : badarg();
  if (is(flag, "scheduler_bind_type")) {
    Term bound = make_atom(system_settings.bind_type);
    return value.same(bound) ? NativeResult(bound) : badarg();
  }
  if (is(flag, "trace_control_word")) return n < 0 || n > UINT32_MAX ? badarg() : NativeResult(swap(trace::control_word, uint32_t(n)));
  if (is(flag, "sequential_tracer")) return set_sequential_tracer(c);
  if (is(flag, "reset_seq_trace")) return reset_all_sequences(c);
  return c.badarg(atom::badopt);
}

// Every scheduler would answer the reference with a message; here one thread does it for all.
namespace {
Term answer_for_all(NativeCall& c, size_t times) {
  Term ref = make_ref(c.heap());
  for (size_t i = 0; i < times; i++) send_message(c.process, Term(), ref);
  return ref;
}
}  // namespace

BIF(erts_internal, scheduler_wall_time, 1) {
  if (!c.arg(0).same(atom::true_) && !c.arg(0).same(atom::false_)) return badarg();
  bool was = wall_time_measured_since() != 0, on = c.arg(0).same(atom::true_);
  if (was != on) measure_wall_time(on);
  Term ref = answer_for_all(c, scheduler_count());
  return c.trap(get_export(atom::erts_internal, make_atom("await_sched_wall_time_modifications"), 2), ref, boolean(was));
}

BIF(erts_internal, system_check, 1) {
  if (!is(c.arg(0), "schedulers")) return badarg();
  Term ref = answer_for_all(c, scheduler_count());
  return c.trap(get_export(atom::erts_internal, make_atom("gather_system_check_result"), 1), ref);
}

BIF(erts_internal, no_aux_work_threads, 0) { return Term::small(SWord(scheduler_count()) + 1); }

}  // namespace joist
