#include "vm/port/port_trace.h"

#include <cstring>

#include "vm/process/process_table.h"
#include "vm/process/send.h"
#include "vm/term/arith.h"
#include "vm/term/bits.h"

namespace joist {

namespace {

// Terms that are told of, and nothing else: they are copied.
class Scratch {
 public:
  explicit Scratch(size_t words) : builder_(words) {}
  ~Scratch() { HeapFragment::destroy_chain(builder_.finish()); }
  HeapWriter& writer() { return builder_.writer(); }
  Term binary(std::string_view bytes) { return write_binary(writer(), bytes); }

 private:
  MessageBuilder builder_;
};

size_t words_of_pieces(const IoVector& pieces) {
  size_t words = 0;
  for (const auto& piece : pieces.pieces) words += 2 + bits::allocate_words(piece.size * 8);
  return words;
}

// A command to a driver that takes pieces is told as the list of them.
Term pieces_term(Scratch& scratch, const IoVector& pieces) {
  Term list = nil;
  for (size_t i = pieces.pieces.size(); i-- > 0;) {
    const auto& piece = pieces.pieces[i];
    if (!piece.size) continue;
    Term binary = scratch.binary({reinterpret_cast<const char*>(piece.data), piece.size});
    list = scratch.writer().cons(binary, list);
  }
  return list;
}

// What {From, What} says of the signal; the non-value for those that are not told.
Term what_of(Scratch& scratch, const PortSignal& s) {
  HeapWriter& w = scratch.writer();
  switch (s.kind) {
    case PortSignalKind::Command: {
      Term data = s.pieces ? pieces_term(scratch, *s.pieces) : scratch.binary(s.bytes);
      return w.tuple(atom::command, data);
    }
    case PortSignalKind::Close: return atom::close;
    case PortSignalKind::Connect: return w.tuple(atom::connect, Term::from_raw(s.id));
    case PortSignalKind::Control: case PortSignalKind::Call: {
      Term operation = arith::write_integer(w, SWord(s.id)), data = scratch.binary(s.bytes);
      return w.tuple(make_atom(operation_name(s.kind)), w.tuple(operation, data));
    }
    default: return {};
  }
}

}  // namespace

Term write_binary(HeapWriter& w, std::string_view bytes) {
  uint8_t* out;
  Term t = bits::allocate(w, bytes.size() * 8, &out);
  memcpy(out, bytes.data(), bytes.size());
  return t;
}

const char* operation_name(PortSignalKind kind) {
  switch (kind) {
    case PortSignalKind::Command: return "command";
    case PortSignalKind::Control: return "control";
    case PortSignalKind::Call: return "call";
    case PortSignalKind::Close: return "close";
    case PortSignalKind::Connect: return "connect";
    case PortSignalKind::Info: return "info";
    case PortSignalKind::Link: return "link";
    case PortSignalKind::Unlink: return "unlink";
    case PortSignalKind::Exit: return "exit";
    case PortSignalKind::Monitor: return "monitor";
    case PortSignalKind::Demonitor: return "demonitor";
    default: return nullptr;
  }
}

namespace port_trace {

void tell(Port& port, PortTraceEvent event, Term tag, Term value, Term extra) {
  trace_hooks.port_event(port.trace, port.id, event, tag, value, extra);
}

void opened_traced(Port& port, Term by) {
  trace_hooks.port_opened(port.trace);
  if (!port.trace) return;
  std::string_view name = port.options.name;
  Term name_atom = make_atom(name.substr(0, 255));
  tell(port, PortTraceEvent::Turn, make_atom("in"), make_atom("open"));
  tell(port, PortTraceEvent::Life, make_atom("open"), by, name_atom);
  tell(port, PortTraceEvent::Turn, make_atom("out"), make_atom("open"));
}

void received_traced(Port& port, const PortSignal& s) {
  Scratch scratch(3 + 3 + 3 + arith::integer_words + (s.pieces ? words_of_pieces(*s.pieces) : bits::allocate_words(8 * s.bytes.size())));
  Term what = what_of(scratch, s);
  if (!what.is_value()) return;
  Term from = s.from.is_value() ? s.from : atom::undefined;
  tell(port, PortTraceEvent::Received, make_atom("receive"), scratch.writer().tuple(from, what));
}

void sent_traced(Port& port, Term to, Term message) {
  bool there = to.is_local_pid() && find_process(to);
  tell(port, PortTraceEvent::Sent, make_atom(there ? "send" : "send_to_non_existing_process"), message, to);
}

void connected_traced(Port& port, Term to) {
  Scratch scratch(3);
  sent_traced(port, to, scratch.writer().tuple(port.id, atom::connected));
}

void replied_traced(Port& port, const PortSignal& s, std::string_view answer) {
  Scratch scratch(3 + 3 + bits::allocate_words(8 * answer.size()));
  Term data = scratch.binary(answer);
  Term reply = scratch.writer().tuple(make_atom(operation_name(s.kind)), data);
  tell(port, PortTraceEvent::Sent, make_atom("send"), scratch.writer().tuple(port.id, reply), s.from);
}

}  // namespace port_trace

}  // namespace joist
