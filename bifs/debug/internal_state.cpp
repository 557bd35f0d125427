// erts_debug:get_internal_state/1 and set_internal_state/2: a look inside, and a hand on it, for OTP's test suites. Until
// set_internal_state(available_internal_state, true) was called, everything else is undef.
//
// Items are those that have a meaning here, with OTP's names and shapes; for others the answer is badarg, as for unknown ones.
#include <atomic>
#include <memory>

#include "bifs/bif.h"
#include "bifs/debug/internal_distribution.h"
#include "bifs/debug/internal_ets.h"
#include "bifs/debug/internal_lists.h"
#include "bifs/erlang/process_info.h"
#include "bifs/erlang/system_info_text.h"
#include "bifs/list_builder.h"
#include "bifs/loop_limit.h"
#include "bifs/prim/socket/socket_object.h"
#include "bifs/shared_state/persistent_term.h"
#include "vm/code/code.h"
#include "vm/process/process_table.h"
#include "vm/process/send.h"
#include "vm/process/system_monitor.h"
#include "vm/process/timestamp.h"
#include "vm/sched/balance.h"
#include "vm/sched/blocking.h"
#include "vm/sched/quiescence.h"
#include "vm/sched/scheduler.h"
#include "vm/sys/poll.h"
#include "vm/sys/threads.h"
#include "vm/term/arith.h"
#include "vm/term/bits.h"
#include "vm/term/hash.h"
#include "vm/term/map.h"
#include "vm/term/shared_bytes.h"

namespace joist {
namespace {

std::atomic<bool> available{false};

bool is(Term t, std::string_view text) { return t.is_atom() && atom_text(t) == text; }

// running, runnable, waiting, suspended, exiting, garbage_collecting; undefined when there is no such process.
NativeResult process_status(Term pid) {
  if (!pid.is_local_pid()) return badarg();
  Process* p = find_process(pid);
  if (!p) return atom::undefined;
  static const Term runnable = make_atom("runnable");
  uint32_t state = p->load_state();
  if (state & process_state::Exiting) return atom::exiting;
  if (state & process_state::Collecting) return atom::garbage_collecting;
  if (state & process_state::Suspended) return atom::suspended;
  if (state & process_state::Running) return atom::running;
  return state & (process_state::Queued | process_state::Active) ? runnable : atom::waiting;
}

// heap_binary, or {refc_binary, Size, {binary, AllocatedSize}, Flags}
NativeResult binary_info(NativeCall& c, Term t) {
  if (!is_bits(t)) return badarg();
  Term base = t.is<SubBits>() ? t.as<SubBits>()->base : t;
  auto refc = base.as<RefcBits>();
  if (!refc) return atom::heap_binary;
  HeapWriter w = c.heap().reserve(Words(5 + 3));
  Term kind = w.tuple(atom::binary, Term::small(SWord(refc->shared->capacity)));
  return w.tuple(atom::refc_binary, Term::small(SWord((refc->size_bits + 7) / 8)), kind, Term::small(SWord(refc->flags)));
}

// The atom of an index; those up to it are made when they do not exist.
NativeResult atom_of_index(Term index) {
  if (!index.is_small() || index.small_value() < 0) return badarg();
  while (SWord(atom_count()) <= index.small_value()) {
    if (!make_atom("am" + std::to_string(atom_count())).is_value()) return system_limit();
  }
  return Term::atom(uint32_t(index.small_value()));
}

// Only time without warp, corrected, is there.
NativeResult check_time_config(Term correction, Term warp) {
  if (!correction.same(atom::true_) && !correction.same(atom::false_)) return badarg();
  if (!is(warp, "no_time_warp") && !is(warp, "single_time_warp") && !is(warp, "multi_time_warp")) return badarg();
  return boolean(correction.same(atom::true_) && is(warp, "no_time_warp"));
}

// {Refused, Watched, OfPorts, OfSockets}: descriptors
NativeResult check_io_debug(NativeCall& c) {
  size_t all = sys::poll_watched(), sockets = prim_socket::watched_sockets();
  auto number = [](size_t n) { return Term::small(SWord(n)); };
  return c.heap().reserve(Words(5)).tuple(number(sys::poll_refused()), number(all), number(all - sockets), number(sockets));
}

// {ptab_list_bif_info, LeastReductionsAtStart, Steps, SlotsAStep, SlotsAReduction, ReductionsToFree, EndedAReduction, MostReductionsForEnded,
// PidsAReduction, DebugLevel} of processes/0. It starts with what is left; those that end meanwhile are charged as pids, and freeing them
// is not its work.
Term processes_costs(Heap& heap) {
  static const Term tag = make_atom("ptab_list_bif_info");
  auto number = [](size_t n) { return Term::small(SWord(n)); };
  return heap.reserve(Words(11)).tuple(tag, number(0), number(process_limit() / processes_slots_a_step), number(processes_slots_a_step),
                                       number(processes_slots_a_reduction), number(0), number(processes_pids_a_reduction), number(0),
                                       number(processes_pids_a_reduction), number(0));
}

// What a crash dump would tell.
Term memory(Heap& heap) {
  std::vector<Term> pairs;
  for (auto [name, size] : memory_by_use()) {
    Term bytes = Term::small(SWord(size));
    pairs.push_back(heap.reserve(Words(3)).tuple(make_atom(name), bytes));
  }
  return list_of(heap, pairs);
}

NativeResult get_of(NativeCall& c, Term item) {
  static const Term erlang = make_atom("erlang"), processes = make_atom("processes");
  if (is(item, "available_internal_state")) return atom::true_;
  if (is(item, "reds_left")) return Term::small(c.process.reductions > 0 ? c.process.reductions : 0);
  if (is(item, "process_info_args")) return process_info_items(c.heap());
  if (item.same(processes)) return find_native(erlang, processes, 0)->fn(c);
  if (is(item, "min_unique_monotonic_integer")) return arith::make_integer(c.heap(), min_monotonic_unique);
  if (is(item, "unique_monotonic_integer_state")) return arith::make_unsigned(c.heap(), monotonic_unique_count.load() - 1);
  if (is(item, "memory")) return memory(c.heap());
  if (is(item, "processes_bif_info")) return processes_costs(c.heap());
  if (is(item, "stack_check")) return Term::small(SWord(sys::stack_bytes_left()));
  if (is(item, "nbalance")) return arith::make_unsigned(c.heap(), balance_count());
  if (is(item, "force_heap_frags")) return atom::false_;  // OTP can be built to allocate in fragments only
  if (is(item, "check_io_debug")) return check_io_debug(c);
  if (is(item, "next_pid")) return Term::small(SWord(next_pid_data()));
  if (NativeResult result = badarg(); get_ets_state(c, item, &result)) return result;
  if (NativeResult result = badarg(); get_distribution_state(c, item, &result)) return result;
  if (is(item, "persistent_term")) {
    static const Term table = make_atom("table");
    Term pair[] = {table, Term::small(SWord(persistent_term_slots()))};
    return map::from_pairs(c.heap(), pair, 1);
  }
  return badarg();
}

NativeResult get_of(NativeCall& c, Term key, Term value) {
  if (is(key, "process_status")) return process_status(value);
  if (is(key, "link_list")) return relation_list(c, value, RelationList::Links);
  if (is(key, "monitor_list")) return relation_list(c, value, RelationList::Monitors);
  if (is(key, "binary_info")) return binary_info(c, value);
  if (is(key, "internal_hash")) return Term::small(internal_hash(value));
  if (is(key, "atom")) return atom_of_index(value);
  NativeResult result = badarg();
  get_distribution_state(c, c.arg(0), &result);
  return result;
}

// ---- setting

bool parse_boolean(Term t, bool* out) {
  *out = t.same(atom::true_);
  return *out || t.same(atom::false_);
}

NativeResult set_available(Term value) {
  bool on;
  if (!parse_boolean(value, &on)) return badarg();
  return boolean(available.exchange(on));
}

// What is left of the slice becomes `value`; what was used so far stays counted.
NativeResult set_reductions(Process& p, Term value) {
  if (!value.is_small()) return badarg();
  SWord left = value.small_value() < 0 ? 0 : value.small_value();
  p.slice += left - p.reductions;
  p.reductions = left;
  return atom::true_;
}

// Over when what was unlinked before can be seen by nobody any more, and (deallocations) has been freed.
struct GraceWait final : NativeState {
  std::shared_ptr<std::atomic<bool>> over = std::make_shared<std::atomic<bool>>(false);
  uint64_t freed = 0;  // reclaimed_total() to wait for
};

NativeResult wait_for(NativeCall& c, Term what) {
  if (auto* w = c.state<GraceWait>()) {
    if (*w->over && reclaimed_total() >= w->freed) return atom::ok;
    return c.again();
  }
  bool frees = is(what, "deallocations") || is(what, "timer_cancellations") || is(what, "aux_work");
  if (!frees && !is(what, "thread_progress")) return badarg();
  auto* w = new GraceWait;
  if (frees) w->freed = retired_total();
  retire(new std::shared_ptr<std::atomic<bool>>(w->over), [](void* object) {
    auto* over = static_cast<std::shared_ptr<std::atomic<bool>>*>(object);
    **over = true;
    delete over;
  });
  c.set_state(w);
  return c.again();
}

bool sleep_milliseconds(Term value) {
  if (!value.is_small() || value.small_value() < 0) return false;
  sys::sleep_thread(value.small_value() * 1000000);
  return true;
}

// All schedulers stand still for a time.
NativeResult block(Term value) {
  if (!value.is_small() || value.small_value() < 0) return badarg();
  block_others();
  sleep_milliseconds(value);
  unblock_others();
  return atom::true_;
}

struct ForceCollection final : RequestSignal {
  bool run(Process& p) override {
    ask_for_collection(p);
    return true;
  }
  void receiver_gone() override {}
  // At the next point where the process may collect.
  static void ask_for_collection(Process& p) { p.heap.virtual_size = p.heap.virtual_limit + 1; }
};

// Milliseconds that a collection which somebody watches takes longer.
NativeResult set_collection_sleep(Term value) {
  if (!value.is_small() || value.small_value() < 0 || value.small_value() > 600000) return badarg();
  system_monitor.collection_sleep = value.small_value() * 1000000;
  return atom::true_;
}

NativeResult force_collection(NativeCall& c, Term pid) {
  if (!pid.is_local_pid()) return badarg();
  if (pid.same(c.process.pid)) {
    ForceCollection::ask_for_collection(c.process);
    return atom::true_;
  }
  Process* p = find_process(pid);
  if (!p) return atom::false_;
  send_signal(*p, new ForceCollection);
  return atom::true_;
}

// Requests that waited are asked again.
void turn_collecting(Process& p, bool on) {
  p.collecting_off = !on;
  if (on) p.state.fetch_or(process_state::Signals, std::memory_order_seq_cst);
}

NativeResult set_collecting(Process& p, Term value) {
  bool on;
  if (!parse_boolean(value, &on)) return badarg();
  bool old = !p.collecting_off;
  turn_collecting(p, on);
  return boolean(old);
}

// A term that no collector may meet: a tuple whose header says more than there is. `start` makes it and turns collections off; given
// back, it is put right, and they go on.
NativeResult break_heap(Process& p, Term value) {
  constexpr size_t real_arity = 1, broken_arity = 1234;
  if (is(value, "start")) {
    turn_collecting(p, false);
    Tuple* broken = p.heap.reserve(Words(1 + real_arity)).tuple_of(real_arity);
    broken->elements[0] = nil;
    broken->header = make_header(Kind::Tuple, broken_arity);
    return broken->term();
  }
  auto broken = value.as<Tuple>();
  if (!broken || broken->arity() != broken_arity) return badarg();
  broken->header = make_header(Kind::Tuple, real_arity);
  turn_collecting(p, true);
  return atom::ok;
}

// A copy in a fragment of its own.
Term in_fragment(Heap& heap, Term t) {
  FragmentTerm copy = copy_to_fragment(t);
  if (copy.fragment) heap.adopt(copy.fragment);
  return copy.term;
}

// Uses up the young generation's block.
NativeResult fill_heap(Heap& heap, Term value) {
  if (!value.same(atom::true_)) return badarg();
  SWord room = heap.stack - heap.top - SWord(Heap::stack_reserve) - 1;
  if (room > 0) {
    Tuple* filler = heap.reserve(Words(size_t(room) + 1)).tuple_of(size_t(room));
    for (SWord i = 0; i < room; i++) filler->elements[i] = nil;
  }
  return atom::ok;
}

NativeResult set_unique_count(Term value) {
  Word state;
  SWord negative;
  if (arith::to_int64(value, &negative)) state = Word(negative);
  else if (!arith::to_uint64(value, &state)) return badarg();
  monotonic_unique_count.store(state + 1);
  return atom::true_;
}

// A number, or `default`, which 0 stands for. Returns what was there.
NativeResult set_limit(std::atomic<size_t>& limit, Term value) {
  bool is_number = value.is_small() && value.small_value() >= 0;
  if (!is_number && !is(value, "default")) return badarg();
  return Term::small(SWord(limit.exchange(is_number ? size_t(value.small_value()) : 0)));
}

// Held until it is given back, whatever becomes of the caller.
NativeResult set_code_permission(NativeCall& c, Term value) {
  bool on;
  if (!parse_boolean(value, &on)) return badarg();
  if (!on) code_permission_release(c.process.pid);
  else if (!code_permission_try(c.process.pid)) return c.wait();
  return atom::true_;
}

NativeResult set_next_pid(Term value) {
  if (!value.is_small() || value.small_value() < 0) return badarg();
  block_others();
  Word data = set_next_pid_data(Word(value.small_value()));
  unblock_others();
  return Term::small(SWord(data));
}

NativeResult set_of(NativeCall& c, Term item, Term value) {
  Process& p = c.process;
  if (is(item, "wait")) return wait_for(c, value);
  if (is(item, "code_write_permission")) return set_code_permission(c, value);
  if (is(item, "reds_left")) return set_reductions(p, value);
  if (is(item, "block")) return block(value);
  if (is(item, "sleep")) return sleep_milliseconds(value) ? NativeResult(atom::true_) : badarg();
  if (is(item, "test_long_gc_sleep")) return set_collection_sleep(value);
  if (is(item, "force_gc")) return force_collection(c, value);
  if (is(item, "gc_state")) return set_collecting(p, value);
  if (is(item, "inconsistent_heap")) return break_heap(p, value);
  if (is(item, "mbuf")) return in_fragment(p.heap, value);
  if (is(item, "fill_heap")) return fill_heap(p.heap, value);
  if (is(item, "unique_monotonic_integer_state")) return set_unique_count(value);
  if (is(item, "check_io_debug")) return check_io_debug(c);
  if (is(item, "next_pid")) return set_next_pid(value);
  if (is(item, "binary_loop_limit")) return set_limit(binary_loop_limit.limit, value);
  if (is(item, "unicode_loop_limit")) return set_limit(unicode_loop_limit.limit, value);
  if (NativeResult result = badarg(); set_ets_state(c, item, value, &result)) return result;
  if (NativeResult result = badarg(); set_distribution_state(item, value, &result)) return result;
  // Any number of senders may always push at once.
  if (is(item, "proc_sig_buffers")) return value.same(atom::true_) ? NativeResult(atom::true_) : badarg();
  return badarg();
}

}  // namespace

BIF(erts_debug, get_internal_state, 1) {
  if (!available) return NativeResult::Undef;
  if (c.raw_state()) return continue_relation_list(c);
  auto t = c.arg(0).as<Tuple>();
  if (!t) return get_of(c, c.arg(0));
  if (t->arity() == 2) return get_of(c, t->at(0), t->at(1));
  if (t->arity() == 3 && is(t->at(0), "check_time_config")) return check_time_config(t->at(1), t->at(2));
  return badarg();
}

BIF(erts_debug, set_internal_state, 2) {
  if (is(c.arg(0), "available_internal_state")) return set_available(c.arg(1));
  if (!available) return NativeResult::Undef;
  return set_of(c, c.arg(0), c.arg(1));
}

}  // namespace joist
