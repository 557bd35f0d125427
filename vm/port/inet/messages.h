// Messages that sockets send to processes.
#pragma once
#include <string_view>

#include "vm/port/packet.h"
#include "vm/port/port.h"
#include "vm/process/process_table.h"
#include "vm/process/send.h"

namespace joist::inet {

// The atom for an errno value.
Term error_atom(int error);
Term closed_reason();  // the atom closed

// Bytes as a socket's mode has them.
struct DataForm {
  bool binary = false;
  uint32_t header = 0;  // so many leading bytes come as a list in front of the binary
};
size_t data_words(const DataForm& form, size_t size);
// `shared`, when not null, holds the bytes and is referred to, not copied.
Term data_term(HeapWriter& w, const DataForm& form, std::string_view bytes, SharedBytes* shared = nullptr);

// Sends the term that `build` makes of at most `words` words to a local pid.
template <class F>
void send_built(const Port& port, Term to, size_t words, F build) {
  Process* p = to.is_value() && to.is_local_pid() ? find_process(to) : nullptr;
  if (!p) return;
  MessageBuilder message(words);
  Term t = build(message.writer());
  message.send(*p, port.id, t);
}

Term owner_of(const Port& port);
// {Tag, S} and {Tag, S, What} to the owner.
void tell_owner(const Port& port, const char* tag);
void tell_owner(const Port& port, const char* tag, Term what);
// {inet_reply, S, ok | {error, Reason}}
void send_reply_ok(const Port& port, Term to);
void send_reply_error(const Port& port, Term to, Term reason);
// {inet_async, S, Ref, ok | {ok, Value} | {error, Reason}}; value is immediate
void send_async_ok(const Port& port, Term to, unsigned ref);
void send_async_ok(const Port& port, Term to, unsigned ref, Term value);
void send_async_error(const Port& port, Term to, unsigned ref, Term reason);

}  // namespace joist::inet
