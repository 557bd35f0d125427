// What traced ports do, as vm/process/trace_hooks.h wants it told. All but the first: only in the port's turn (or by its opener, before
// it is scheduled); nothing when the port is not traced.
#pragma once
#include "vm/port/port.h"
#include "vm/process/trace_hooks.h"

namespace joist {

namespace port_trace {
void opened_traced(Port& port, Term by);
void received_traced(Port& port, const PortSignal& s);
void tell(Port& port, PortTraceEvent event, Term tag, Term value, Term extra = Term());
void sent_traced(Port& port, Term to, Term message);
void connected_traced(Port& port, Term to);
void replied_traced(Port& port, const PortSignal& s, std::string_view answer);
}  // namespace port_trace

// A port just created by this process: gets what new ports get.
inline void trace_opened(Port& port, Term by) {
  if (trace_new_ports.load(std::memory_order_seq_cst)) [[unlikely]] port_trace::opened_traced(port, by);
}
// {trace, Port, Tag, Value}: getting_linked, getting_unlinked, closed, register, unregister.
inline void trace_port_event(Port& port, const char* tag, Term value) {
  if (port.trace) [[unlikely]] port_trace::tell(port, PortTraceEvent::Life, make_atom(tag), value);
}
// 'receive' of {From, What}, for the signals that are told.
inline void trace_received(Port& port, const PortSignal& s) {
  if (port.trace) [[unlikely]] port_trace::received_traced(port, s);
}
// `send` (or send_to_non_existing_process) of Message.
inline void trace_sent(Port& port, Term to, Term message) {
  if (port.trace) [[unlikely]] port_trace::sent_traced(port, to, message);
}
// {Port, connected}: OTP tells it of port_connect/2 too, which sends no such message.
inline void trace_connected(Port& port, Term to) {
  if (port.trace) [[unlikely]] port_trace::connected_traced(port, to);
}
// `send` of {Port, {control | call, Bytes}} as the answer to its asker.
inline void trace_replied(Port& port, const PortSignal& s, std::string_view answer) {
  if (port.trace) [[unlikely]] port_trace::replied_traced(port, s, answer);
}
// `in` and `out` of a turn, for what: an operation, or nullptr for whatever has come.
inline void trace_turn(Port& port, bool in, const char* operation) {
  if (!port.trace) [[likely]] return;
  port_trace::tell(port, PortTraceEvent::Turn, make_atom(in ? "in" : "out"), operation ? make_atom(operation) : Term::small(0));
}

Term write_binary(HeapWriter& w, std::string_view bytes);
// The operation that a native runs at once, as turns are told.
const char* operation_name(PortSignalKind kind);

}  // namespace joist
