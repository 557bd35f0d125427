// What a process asks and changes of itself, and small questions about others.
#include "bifs/bif.h"
#include "bifs/dist/busy.h"
#include "bifs/erlang/process_info.h"
#include "bifs/erlang/wait_reply.h"
#include "vm/process/hooks.h"
#include "vm/process/relations.h"
#include "vm/sched/spawn_options.h"
#include "vm/term/node.h"
#include "vm/term/otp_terms.h"

namespace joist {

BIF(erlang, self, 0) { return c.process.pid; }
BIF(erlang, group_leader, 0) { return c.process.group_leader; }

BIF(erlang, bump_reductions, 1) {
  Term n = c.arg(0);
  if (!n.is_small() || n.small_value() < 0 || !is_small_in_otp(n.small_value())) return badarg();
  SWord left = c.process.reductions;
  c.charge(size_t(n.small_value() > left ? (left > 0 ? left : 0) : n.small_value()));
  return atom::true_;
}

namespace {

struct SnapshotState final : NativeState {
  ProcessSnapshot snapshot;
};

}  // namespace

BIF(erlang, processes, 0) {
  auto* state = c.state<SnapshotState>();
  if (!state) c.set_state(state = new SnapshotState);
  while (!state->snapshot.collect(processes_slots_a_step)) {
    c.charge(processes_slots_a_step / processes_slots_a_reduction);
    if (c.exhausted()) return c.again();
  }
  const std::vector<Term>& pids = state->snapshot.pids;
  c.charge(pids.size() / processes_pids_a_reduction);
  HeapWriter w = c.heap().reserve(Words(2 * pids.size()));
  Term list = nil;
  for (size_t i = pids.size(); i-- > 0;) list = w.cons(pids[i], list);
  return list;
}

namespace {

struct IsAlive final : AskRequest {
  IsAlive() { gone = atom::false_; }
  Term answer(Process& p) override { return boolean(!p.exiting()); }
};

struct IsAliveMessage final : MessageRequest {
  using MessageRequest::MessageRequest;
  bool run(Process& p) override {
    reply(boolean(!p.exiting()));
    return true;
  }
  void receiver_gone() override { reply(atom::false_); }
};

}  // namespace

BIF(erlang, is_process_alive, 1) {
  if (auto* w = waiting(c)) return w->done ? NativeResult(w->result) : c.wait();
  Term pid = c.arg(0);
  if (!pid.is_local_pid()) {
    if (is_external_pid(pid) && reinterpret_cast<External*>(pid.boxed_words())->node->name.same(local_node_name())) return atom::false_;
    return badarg();
  }
  if (pid.same(c.process.pid)) return atom::true_;
  Process* p = find_process(pid);
  if (!p) return atom::false_;
  // Signals that we sent before (an exit) must have taken effect: none are there, so the answer is known.
  if (p->incoming.empty() && !(p->load_state() & (process_state::Running | process_state::Queued))) return boolean(!p->exiting());
  return ask(c, *p, new IsAlive);
}

BIF(erts_internal, is_process_alive, 2) {
  Term pid = c.arg(0);
  if (!pid.is_local_pid() || !is_ref(c.arg(1))) return badarg();
  send_request(pid, new IsAliveMessage(c.process.pid, c.arg(1)), c.process.priority);
  return atom::ok;
}

BIF(erts_internal, is_process_executing_dirty, 1) {
  if (!c.arg(0).is_local_pid()) return badarg();
  Process* p = find_process(c.arg(0));
  return boolean(p && (p->load_state() & process_state::DirtyRunning));
}

BIF(erts_internal, dirty_process_handle_signals, 1) {
  Process* p = c.arg(0).is_local_pid() ? find_process(c.arg(0)) : nullptr;
  return p ? atom::normal : atom::noproc;
}

BIF(erts_internal, is_system_process, 1) {
  if (!c.arg(0).is_local_pid()) return badarg();
  Process* p = find_process(c.arg(0));
  return boolean(p && (p->load_state() & process_state::System));
}

namespace {

struct GroupLeader final : MessageRequest {
  using MessageRequest::MessageRequest;
  bool run(Process& p) override {
    if (fragment) {
      p.heap.adopt(fragment);
      fragment = nullptr;
    }
    p.group_leader = payload;
    reply(atom::true_);
    return true;
  }
  void receiver_gone() override { reply(atom::badarg); }
};

}  // namespace

// true when done, false when it must go by erts_internal:group_leader/3, or badarg.
BIF(erts_internal, group_leader, 2) {
  Term leader = c.arg(0), pid = c.arg(1);
  if (!is_pid(leader) || !is_pid(pid)) return atom::badarg;
  if (pid.same(c.process.pid)) {
    c.process.group_leader = leader;
    return atom::true_;
  }
  if (pid.is_local_pid()) return find_process(pid) ? atom::false_ : atom::badarg;
  if (process_hooks.remote_group_leader) process_hooks.remote_group_leader(c.process, leader, pid);
  return after_signal_to_pid(c, pid, atom::true_);
}

BIF(erts_internal, group_leader, 3) {
  Term leader = c.arg(0), pid = c.arg(1);
  if (!is_pid(leader) || !pid.is_local_pid() || !is_ref(c.arg(2))) return badarg();
  auto* s = new GroupLeader(c.process.pid, c.arg(2));
  FragmentTerm f = copy_to_fragment(leader);
  s->payload = f.term;
  s->fragment = f.fragment;
  send_request(pid, s, c.process.priority);
  return atom::ok;
}

// Always true, after the others that are runnable had their turn.
BIF(erlang, yield, 0) {
  if (c.raw_state()) return atom::true_;
  c.set_state(new NativeState);
  return c.again();
}

}  // namespace joist
