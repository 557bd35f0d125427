// Turning tracing on and off: of one process, of all there are, of those to come. A process's flags are its own thread's, so this is done
// by signals, which take their place among all others that are sent to it.
#pragma once
#include <memory>

#include "vm/trace/round.h"
#include "vm/trace/tracer.h"

namespace joist::trace {

// Processes that are asked to change their flags; asker may be the non-value.
std::shared_ptr<Round> change_round(Term asker, const Change& change);

// What processes and ports get when they are made.
void change_new_processes(const Change& change);
Change new_process_change();
void change_new_ports(const Change& change);
Change new_port_change();

// {trace_delivered, Tracee, Ref} goes to `asker` once all that was told so far of the processes asked has been sent to their tracers.
std::shared_ptr<Round> delivery_round(Term asker, Term tracee, RefKey ref);

}  // namespace joist::trace
