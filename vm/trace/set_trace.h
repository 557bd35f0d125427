// Turning tracing on and off: of one process, of all there are, of those to come. A process's flags are its own thread's, so this is done
// by signals, which take their place among all others that are sent to it.
#pragma once
#include <memory>
#include <vector>

#include "vm/trace/tracer.h"

namespace joist::trace {

// Signals that somebody waits for. Each answers once; the last one wakes who waits.
struct Batch {
  Term asker;                        // local pid
  std::atomic<size_t> waiting{1};    // signals, and one for who sends them
  std::atomic<size_t> changed{0};    // processes that did as they were told
  void answered(bool done);
  bool complete() const { return waiting.load(std::memory_order_acquire) == 0; }
};

// batch may be null.
void send_change(Process& to, const Change& change, std::shared_ptr<Batch> batch, Priority sender);

// What processes and ports get when they are made.
void change_new_processes(const Change& change);
Change new_process_change();
void change_new_ports(const Change& change);
Change new_port_change();

// Sends {trace_delivered, Tracee, Ref} to `asker` once all that was told of the processes so far has been sent to their tracers.
void send_trace_delivered(const std::vector<Term>& processes, Term asker, Term tracee, RefKey ref);

}  // namespace joist::trace
