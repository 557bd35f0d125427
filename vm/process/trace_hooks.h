// What the layers below vm/trace tell it of. Each call stands behind a test of the process's (or port's) `trace` field, so what is not
// traced pays a load and a branch where an event could happen. All run on the thread that runs the process or the port's turn.
#pragma once
#include "vm/process/process.h"

namespace joist {

struct SpawnOptions;

// What happened to a process's schedule.
enum class TraceSwitch : uint8_t { In, Out, InExiting, OutExiting, OutExited };

struct TraceHooks {
  // A message that `from` is about to send; `to` as the sender named it.
  void (*send)(Process& from, Term to, Term message) = nullptr;
  // A message that has come to p's queue. from: pid, or the non-value.
  void (*receive)(Process& p, Term from, Term message) = nullptr;
  // {trace, Pid, Tag, Value}: link, unlink, getting_linked, getting_unlinked, register, unregister, exit.
  void (*process_event)(Process& p, Term tag, Term value) = nullptr;
  // A child that is in the table but has not run. parent may be null. Also called when only trace_new is set.
  void (*spawn)(Process* parent, Process& child, const SpawnOptions& options) = nullptr;
  void (*schedule)(Process& p, TraceSwitch what) = nullptr;
  // Around a collection. start: words needed; else words reclaimed.
  void (*collection)(Process& p, bool major, bool start, size_t words) = nullptr;
  // p has asked for a link to the local process `peer`, who is to be traced as well if p is traced with set_on_link.
  void (*linked)(Process& p, Process& peer) = nullptr;
};
inline TraceHooks trace_hooks;

// New processes are traced.
inline std::atomic<bool> trace_new_processes{false};

// Common forms of the calls.
inline void trace_process_event(Process& p, const Term& tag, Term value) {
  if (p.trace) [[unlikely]] trace_hooks.process_event(p, tag, value);
}

}  // namespace joist
