#include "vm/trace/port_events.h"

#include "vm/process/trace_hooks.h"
#include "vm/trace/set_trace.h"
#include "vm/trace/tracer.h"

namespace joist::trace {

namespace {

uint32_t flag_of(PortTraceEvent event) {
  switch (event) {
    case PortTraceEvent::Life: return flag_ports;
    case PortTraceEvent::Received: return flag_receive;
    case PortTraceEvent::Sent: return flag_send;
    case PortTraceEvent::Turn: return flag_running_ports;
  }
  return 0;
}

void on_event(void*& trace, Term port, PortTraceEvent event, Term tag, Term value, Term extra) {
  auto* s = static_cast<State*>(trace);
  if (s->flags & flag_of(event) && !deliver(s->tracer, s->flags, port, {tag, value, extra})) stop(trace);
}

}  // namespace

void init_port_events() {
  trace_hooks.port_event = on_event;
  trace_hooks.port_opened = [](void*& trace) { change(trace, new_port_change()); };
}

}  // namespace joist::trace
