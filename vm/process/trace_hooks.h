// What the layers below vm/trace tell it of. Each call stands behind a test of the process's (or port's) `trace` field, so what is not
// traced pays a load and a branch where an event could happen. All run on the thread that runs the process or the port's turn.
#pragma once
#include "vm/process/process.h"

namespace joist {

struct SpawnOptions;

// What happened to a process's schedule.
// OutToPort, InFromPort: it runs the turn of an idle port itself.
enum class TraceSwitch : uint8_t { In, Out, InExiting, OutExiting, OutExited, OutToPort, InFromPort };
enum class TraceCollection : uint8_t { MinorStart, MinorEnd, MajorStart, MajorEnd, MaxHeapSize };

// What of a traced port: its life ({trace, Port, Tag, Value[, Extra]}), a message to it or from it, a turn.
enum class PortTraceEvent : uint8_t { Life, Received, Sent, Turn };

struct TraceHooks {
  // A message that `from` sends; `to` as the sender named it.
  void (*send)(Process& from, Term to, Term message) = nullptr;
  // A message that has come to p's queue, or `timeout`. from: pid (others are not shown); an atom for what comes of something else, which
  // match specifications see as the node; the non-value for none.
  void (*receive)(Process& p, Term from, Term message) = nullptr;
  // {trace, Pid, Tag, Value}: link, unlink, getting_linked, getting_unlinked, register, unregister, exit.
  void (*process_event)(Process& p, Term tag, Term value) = nullptr;
  // A child that is in the table but has not run. parent may be null. Also called when only trace_new_processes is set.
  void (*spawned)(Process* parent, Process& child, const SpawnOptions& options) = nullptr;
  void (*schedule)(Process& p, TraceSwitch what) = nullptr;
  // Around a collection. words: needed (start), or reclaimed (end).
  void (*collection)(Process& p, TraceCollection what, size_t words) = nullptr;
  // Sequence tracing, of processes that have a token (vm/trace/sequence.h). A message (or exit signal) is sent: what it carries.
  Term (*sequence_sent)(Process& from, Term to, Term message) = nullptr;
  // p has taken a message with another token than its own out of its queue.
  void (*sequence_received)(Process& p, const Signal& message) = nullptr;
  // The child inherits the parent's token; it has not run.
  void (*sequence_spawned)(Process& parent, Process& child, const SpawnOptions& options) = nullptr;
  // Of a port; `trace` is its field.
  void (*port_event)(void*& trace, Term port, PortTraceEvent event, Term tag, Term value, Term extra) = nullptr;
  // A port just created, when trace_new_ports is set.
  void (*port_opened)(void*& trace) = nullptr;
  // Frees what a process's or port's `trace` refers to.
  void (*forget)(void*& trace) = nullptr;
  // p is about to ask the local process `peer` for a link: set_on_link traces that one as well.
  void (*linking)(Process& p, Process& peer) = nullptr;
};
inline TraceHooks trace_hooks;

// New processes or ports are traced.
inline std::atomic<bool> trace_new_processes{false}, trace_new_ports{false};

// Tracing was turned on at some time: before, others' processes need not be asked whether they are traced.
inline std::atomic<bool> trace_ever_used{false};

// The token that a message from `from` carries: nil when it has none.
inline Term sequence_token_sent(Process& from, Term to, Term message) {
  if (from.sequence_token.is_nil()) [[likely]] return nil;
  return trace_hooks.sequence_sent(from, to, message);
}
// The same of an exit signal, which is told of as the message that it may become.
inline Term sequence_token_of_exit(Process& from, Term to, Term reason) {
  if (from.sequence_token.is_nil()) [[likely]] return nil;
  Word words[4];
  OffHeap* none = nullptr;
  return trace_hooks.sequence_sent(from, to, HeapWriter(words, words + 4, &none).tuple(atom::EXIT, from.pid, reason));
}

// A common form of the calls; `tag` is looked up only then.
inline void trace_process_event(Process& p, const char* tag, Term value) {
  if (p.trace) [[unlikely]] trace_hooks.process_event(p, make_atom(tag), value);
}

}  // namespace joist
