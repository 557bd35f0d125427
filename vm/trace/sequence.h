// Sequence tracing (module seq_trace): a token that goes from process to process with their messages, and what the system tracer is told
// of the ways it takes.
//
// A token is {Flags, Label, Serial, Sender, LastSerial} on the heap of the process that has it (Process::sequence_token, nil for none),
// and in the fragment of each message that carries it. It is never changed, only replaced. Serials count what was sent, over all
// processes that pass the token on: each keeps the highest that it has seen (State).
#pragma once
#include "vm/trace/tracer.h"

namespace joist::trace {

// Flags of a token: bits that a program can see.
enum SequenceFlag : uint32_t {
  sequence_send = 1, sequence_receive = 2, sequence_print = 4,
  sequence_timestamp = 8, sequence_strict_monotonic_timestamp = 16, sequence_monotonic_timestamp = 32,
};

// What seq_trace calls `send`, `label`, `serial` and so on: the value before, and with `set` the change. The non-value when there is no
// such item or it cannot have that value.
Term change_sequence_token(Process& process, Term item, Term value, bool set);
// {Item, Value}; nil for label and serial of no token; the non-value when there is no such item.
Term sequence_token_info(Process& process, Term item);
// {seq_trace, Label, {print, {LastSerial, Serial}, Sender, [], Message}}. False: the process has no token, or one with another label.
bool print_sequence(Process& process, const Term* label, Term message);
// Forgets token and serials, also those of the messages in the queue.
void reset_sequence(Process& process);

// The process or port that is told; none: nobody. set: false when it does not exist.
Tracer sequence_tracer();
bool set_sequence_tracer(const Tracer& tracer);

// Once, at start.
void init_sequence_tracing();

}  // namespace joist::trace
