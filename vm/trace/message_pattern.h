// erlang:trace_pattern(send | 'receive', …): which messages are told of to those that trace messages.
#pragma once
#include "vm/trace/spec.h"

namespace joist::trace {

enum class MessageEvent : uint8_t { Send, Receive };

struct MessagePattern {
  bool on = true;
  Spec spec;
};

// From now on all are told, those that match, or none. The holder of the code permission.
void set_message_pattern(MessageEvent event, MessagePattern pattern);
// Valid until the thread's next quiescent point.
const MessagePattern& message_pattern(MessageEvent event);

// Is the event of a traced process told? The arguments are [To, Message], or [Node, Sender, Message]. *result is what the pattern says.
bool message_wanted(MessageEvent event, Process& tracee, const Term* arguments, size_t count, Term* result);

}  // namespace joist::trace
