// process_flag/2, erts_internal:process_flag/3.
#include "bifs/bif.h"
#include "bifs/erlang/process_info.h"
#include "bifs/erlang/wait_reply.h"
#include "vm/dist/node_monitors.h"
#include "vm/process/saved_calls.h"
#include "vm/sched/scheduler.h"
#include "vm/sched/spawn_options.h"

namespace joist {

namespace {

bool is_boolean(Term t) { return t.same(atom::true_) || t.same(atom::false_); }

// process_flag(scheduler, N) on its way to that scheduler.
struct Moved final : NativeState {
  Term old;  // small
  explicit Moved(Term o) : old(o) {}
};

}  // namespace

BIF(erlang, process_flag, 2) {
  if (auto* moved = c.state<Moved>()) return moved->old;
  Process& p = c.process;
  Term flag = c.arg(0), value = c.arg(1);
  SWord n = value.is_small() ? value.small_value() : -1;
  if (flag.same(atom::trap_exit)) {
    if (!is_boolean(value)) return badarg();
    Term old = boolean(p.trap_exit);
    p.trap_exit = value.same(atom::true_);
    return old;
  }
  if (flag.same(atom::priority)) {
    Term old = priority_atom(p.priority);
    Priority next;
    if (!parse_priority(value, &next)) return badarg();
    p.priority = next;
    return old;
  }
  if (flag.same(atom::error_handler)) {
    if (!value.is_atom()) return badarg();
    Term old = p.seldom_used().error_handler;
    p.seldom().error_handler = value;
    return old;
  }
  if (flag.same(atom::min_heap_size)) {
    if (n < 0) return badarg();
    Term old = Term::small(p.heap.min_size);
    p.heap.min_size = least_heap_size(n);
    return old;
  }
  if (flag.same(atom::min_bin_vheap_size)) {
    if (n < 0) return badarg();
    Term old = Term::small(p.heap.min_virtual_size);
    p.heap.min_virtual_size = least_virtual_heap_size(n);
    return old;
  }
  if (flag.same(atom::max_heap_size)) {
    Term old = max_heap_term(c.heap(), p.seldom_used().max_heap_size, p.max_heap_kill, p.max_heap_log);
    uint64_t size;
    bool kill, log;
    if (!parse_max_heap(value, &size, &kill, &log)) return badarg();
    p.seldom().max_heap_size = size;
    p.max_heap_kill = kill;
    p.max_heap_log = log;
    return old;
  }
  if (flag.same(atom::fullsweep_after)) {
    if (n < 0) return badarg();
    Term old = Term::small(p.heap.fullsweep_after);
    p.heap.fullsweep_after = uint16_t(n > 65535 ? 65535 : n);
    return old;
  }
  if (flag.same(atom::message_queue_data)) {
    Term old = p.off_heap_messages ? atom::off_heap : atom::on_heap;
    if (value.same(atom::off_heap)) p.off_heap_messages = true;
    else if (value.same(atom::on_heap)) p.off_heap_messages = false;
    else return badarg();
    return old;
  }
  if (flag.same(atom::save_calls)) {
    if (n < 0 || n > 10000) return badarg();
    Term old = Term::small(p.save_calls);
    set_save_calls(p, uint16_t(n));
    return old;
  }
  if (flag.same(atom::sensitive)) {
    if (!is_boolean(value)) return badarg();
    Term old = boolean(p.sensitive);
    p.sensitive = value.same(atom::true_);
    return old;
  }
  if (flag.same(atom::scheduler)) {
    if (n < 0 || n > SWord(scheduler_count())) return badarg();
    Term old = Term::small(p.bound_scheduler);
    p.bound_scheduler = uint16_t(n);
    if (n == 0 || current_scheduler()->number == uint32_t(n)) return old;
    // Goes on over there: the next turn has the answer.
    c.set_state(new Moved(old));
    return c.again();
  }
  bool nodes = flag.same(atom::monitor_nodes);
  Term options = nil;
  if (auto t = flag.as<Tuple>(); t && t->arity() == 2 && t->at(0).same(atom::monitor_nodes)) {
    nodes = true;
    options = t->at(1);
  }
  if (nodes) {
    if (!is_boolean(value)) return badarg();
    int64_t old = dist::monitor_nodes(p, value.same(atom::true_), options);
    return old < 0 ? badarg() : NativeResult(Term::small(old));
  }
  return c.badarg(atom::badopt);
}

namespace {

struct SaveCalls final : AskRequest {
  uint16_t length = 0;
  SaveCalls() { gone = atom::badarg; }
  Term answer(Process& p) override {
    Term old = Term::small(p.save_calls);
    set_save_calls(p, length);
    return old;
  }
};

}  // namespace

BIF(erts_internal, process_flag, 3) {
  if (auto* w = waiting(c)) return w->done ? NativeResult(w->result) : c.wait();
  Term n = c.arg(2);
  static const Term badtype = make_atom("badtype");
  if (!c.arg(0).is_local_pid()) return badtype;
  if (!c.arg(1).same(atom::save_calls)) return atom::badarg;
  if (!n.is_small() || n.small_value() < 0 || n.small_value() > 10000) return atom::badarg;
  Process* p = find_process(c.arg(0));
  if (!p) return atom::badarg;
  auto* s = new SaveCalls;
  s->length = uint16_t(n.small_value());
  return ask(c, *p, s);
}

}  // namespace joist
