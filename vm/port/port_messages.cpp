#include "vm/port/port_messages.h"

#include "vm/port/port_trace.h"
#include "vm/process/send.h"
#include "vm/sched/statistics.h"
#include "vm/term/bits.h"

namespace joist {

Term byte_list(HeapWriter& w, std::string_view bytes, Term tail) {
  for (size_t i = bytes.size(); i-- > 0;) tail = w.cons(Term::small(uint8_t(bytes[i])), tail);
  return tail;
}

void tell(Port& port, Term to, Term what, bool end) {
  if (Process* p = process_of(to)) {
    MessageBuilder message(3);
    Term whole = message.writer().tuple(port.id, what);
    trace_sent(port, to, end ? what : whole);
    message.send(*p, port.id, whole);
  }
}

namespace {

// Counts what comes in; its reader, or null. A port's user has it at once: then there is no reader.
Process* received(Port& port, std::string_view header, std::string_view bytes) {
  size_t size = header.size() + bytes.size();
  port.bytes_in += size;
  io_statistics.bytes_in.fetch_add(size, std::memory_order_relaxed);
  if (!port.user) [[likely]] return process_of(Term::from_raw(port.owner.load()));
  if (port.closing) return nullptr;
  if (header.empty() || bytes.empty()) port.user->received(port, bytes.empty() ? header : bytes);
  else port.user->received(port, std::string(header).append(bytes));
  return nullptr;
}

void send_data(Port& port, Process& owner, MessageBuilder& message, Term data) {
  HeapWriter& w = message.writer();
  data = w.tuple(atom::data, data);
  Term whole = w.tuple(port.id, data);
  trace_sent(port, owner.pid, whole);
  message.send(owner, port.id, whole);
}

// One {Port, {data, …}}: `wrap` is the non-value, or eol/noeol.
void deliver(Port& port, std::string_view header, std::string_view bytes, bool has_tail, Term wrap) {
  Process* owner = received(port, header, bytes);
  if (!owner) return;
  bool as_binary = port.options.binary && has_tail;
  MessageBuilder message(9 + 2 * header.size() + (as_binary ? bits::allocate_words(bytes.size() * 8) : 2 * bytes.size()));
  HeapWriter& w = message.writer();
  Term data = byte_list(w, header, as_binary ? write_binary(w, bytes) : byte_list(w, bytes, nil));
  if (wrap.is_value()) data = w.tuple(wrap, data);
  send_data(port, *owner, message, data);
}

}  // namespace

void Port::deliver_data(std::string_view bytes, std::string_view header, bool has_tail) {
  deliver(*this, header, bytes, has_tail, Term());
}
void Port::deliver_line(std::string_view line, bool complete) { deliver(*this, {}, line, true, complete ? atom::eol : atom::noeol); }

void Port::deliver_shared(std::string_view header, SharedBytes& bytes, size_t offset, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(bytes.data) + offset, size);
  if (!options.binary || size <= HeapBits::max_bytes) return deliver_data(text, header);
  Process* reader = received(*this, header, text);
  if (!reader) return;
  MessageBuilder message(6 + 2 * header.size() + RefcBits::words);
  bytes.retain();
  Term tail = bits::from_shared(message.writer(), &bytes, offset, 8 * size);
  send_data(*this, *reader, message, byte_list(message.writer(), header, tail));
}

void Port::tell_owner(Term what) { tell(*this, Term::from_raw(owner.load()), what); }

void Port::deliver_exit_status(int status) {
  Process* p = process_of(Term::from_raw(owner.load()));
  if (!p) return;
  MessageBuilder message(6);
  Term pair = message.writer().tuple(atom::exit_status, Term::small(status));
  Term whole = message.writer().tuple(id, pair);
  trace_sent(*this, p->pid, whole);
  message.send(*p, id, whole);
}

void Port::input_ended() {
  if (options.eof) tell_owner(atom::eof);
  else close(atom::normal);
}

}  // namespace joist
