// Natives that have one process or all of them do something (vm/trace/round.h), and wait for it.
#pragma once
#include "bifs/bif.h"
#include "vm/process/process_table.h"
#include "vm/process/relations.h"
#include "vm/trace/round.h"

namespace joist {

struct RoundState final : NativeState {
  std::shared_ptr<trace::Round> round;
  std::unique_ptr<ProcessSnapshot> snapshot;  // while the processes are looked for
  RefKey ref;                                 // of the native's own

  // all: processes. Else the native has asked, or will ask, those that it means.
  explicit RoundState(std::shared_ptr<trace::Round> r, bool all = false)
      : round(std::move(r)), snapshot(all ? std::make_unique<ProcessSnapshot>() : nullptr) {}

  // False: there are more to ask.
  bool asked_all(NativeCall& c) {
    constexpr size_t slots_a_step = 4096;
    if (!snapshot) return true;
    bool complete = snapshot->collect(slots_a_step);
    c.charge(slots_a_step / 8);
    if (!complete) return false;
    for (Term pid : snapshot->pids) {
      if (pid.same(c.process.pid)) round->answered_by(c.process);
      else if (Process* p = find_process(pid)) trace::Round::ask(round, *p, c.process.priority);
    }
    snapshot.reset();
    round->sent_all();
    return true;
  }
  // Asks, and waits for the answers. False: return not_yet().
  bool go_on(NativeCall& c) { return asked_all(c) && round->ended(); }
  NativeResult not_yet(NativeCall& c) { return snapshot ? c.again() : c.wait(); }
};

}  // namespace joist
