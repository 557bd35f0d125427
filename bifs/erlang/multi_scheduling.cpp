// Dirty schedulers go on in both kinds of blocking: what they run touches no process but its own.
#include "bifs/erlang/multi_scheduling.h"

#include <atomic>
#include <vector>

#include "bifs/list_builder.h"
#include "vm/process/hooks.h"
#include "vm/sched/blocking.h"
#include "vm/sched/scheduler.h"
#include "vm/sys/lock.h"

namespace joist {

namespace {

struct Blocker {
  Term pid;
  bool normal;
  uint32_t count;
};
sys::Mutex lock{sys::LockRank::Leaf};
std::vector<Blocker>& blockers() {
  static auto* all = new std::vector<Blocker>;
  return *all;
}

std::atomic<bool> anybody{false};  // blocks; written under the lock

void block(Term pid, bool normal) {
  {
    sys::Locked guard(lock);
    for (Blocker& b : blockers())
      if (b.pid.same(pid) && b.normal == normal) {
        b.count++;
        return;
      }
    blockers().push_back({pid, normal, 1});
    anybody = true;
  }
  block_others();
}

// all: what the process still holds, of both kinds. Other calls take back one.
void unblock(Term pid, bool normal, bool all) {
  size_t ended = 0;
  {
    sys::Locked guard(lock);
    std::erase_if(blockers(), [&](Blocker& b) {
      if (!b.pid.same(pid) || (!all && (b.normal != normal || --b.count > 0))) return false;
      ended++;
      return true;
    });
    anybody = !blockers().empty();
  }
  for (; ended > 0; ended--) unblock_others();
}

bool exit_step(Process& p) {
  if (anybody.load(std::memory_order_relaxed)) unblock(p.pid, false, true);
  return true;
}

}  // namespace

void init_multi_scheduling() { process_hooks.exit_steps[size_t(ExitStep::MultiScheduling)] = exit_step; }

Term multi_scheduling_state() {
  sys::Locked guard(lock);
  for (const Blocker& b : blockers())
    if (!b.normal) return make_atom("blocked");
  return make_atom(blockers().empty() ? "enabled" : "blocked_normal");
}

Term multi_scheduling_blockers(Heap& heap, bool normal) {
  sys::Locked guard(lock);
  ListBuilder list(heap, blockers().size());
  for (const Blocker& b : blockers())
    if (b.normal == normal) list.push(b.pid);
  return list.finish();
}

NativeResult change_multi_scheduling(NativeCall& c, Term how) {
  if (!how.is_atom()) return badarg();
  std::string_view text = atom_text(how);
  bool normal = text.ends_with("_normal");
  if (normal) text.remove_suffix(7);
  if (text == "block") {
    block(c.process.pid, normal);
  } else if (text == "unblock") {
    unblock(c.process.pid, normal, false);
  } else {
    return badarg();
  }
  return multi_scheduling_state();
}

}  // namespace joist
