#include "vm/port/inet/messages.h"

#include <cstring>

#include "vm/sys/stream.h"
#include "vm/term/atom.h"
#include "vm/term/bits.h"

namespace joist::inet {
namespace {

constexpr size_t largest = 16;  // words of the messages without data

// {inet_async, S, Ref, Status}
template <class F>
void send_async(const Port& port, Term to, unsigned ref, F status) {
  static const Term inet_async = make_atom("inet_async");
  send_built(port, to, largest, [&](HeapWriter& w) {
    Term s = status(w);
    return w.tuple(inet_async, port.id, Term::small(ref), s);
  });
}

}  // namespace

Term error_atom(int error) { return make_atom(sys::error_name(error)); }

Term closed_reason() {
  static const Term closed = make_atom("closed");
  return closed;
}

size_t data_words(const DataForm& form, size_t size) {
  if (!form.binary || form.header > size) return 2 * size;
  return 2 * form.header + RefcBits::words + bits::allocate_words((size - form.header) * 8);
}

Term data_term(HeapWriter& w, const DataForm& form, std::string_view bytes, SharedBytes* shared) {
  bool binary = form.binary && form.header <= bytes.size();
  size_t listed = binary ? form.header : bytes.size();
  Term t = nil;
  if (binary && shared) {
    shared->retain();
    t = bits::from_shared(w, shared, size_t(reinterpret_cast<const uint8_t*>(bytes.data()) - shared->data) + listed,
                          (bytes.size() - listed) * 8);
  } else if (binary) {
    uint8_t* out;
    t = bits::allocate(w, (bytes.size() - listed) * 8, &out);
    memcpy(out, bytes.data() + listed, bytes.size() - listed);
  }
  for (size_t i = listed; i-- > 0;) t = w.cons(Term::small(uint8_t(bytes[i])), t);
  return t;
}

Term owner_of(const Port& port) { return Term::from_raw(port.owner.load(std::memory_order_relaxed)); }

void tell_owner(const Port& port, const char* tag) {
  send_built(port, owner_of(port), largest, [&](HeapWriter& w) { return w.tuple(make_atom(tag), port.id); });
}

void tell_owner(const Port& port, const char* tag, Term what) {
  send_built(port, owner_of(port), largest, [&](HeapWriter& w) { return w.tuple(make_atom(tag), port.id, what); });
}

void send_reply_ok(const Port& port, Term to) {
  static const Term inet_reply = make_atom("inet_reply");
  send_built(port, to, largest, [&](HeapWriter& w) { return w.tuple(inet_reply, port.id, atom::ok); });
}

void send_reply_error(const Port& port, Term to, Term reason) {
  static const Term inet_reply = make_atom("inet_reply");
  send_built(port, to, largest, [&](HeapWriter& w) {
    Term error = w.tuple(atom::error, reason);
    return w.tuple(inet_reply, port.id, error);
  });
}

void send_async_ok(const Port& port, Term to, unsigned ref) {
  send_async(port, to, ref, [](HeapWriter&) { return atom::ok; });
}
void send_async_ok(const Port& port, Term to, unsigned ref, Term value) {
  send_async(port, to, ref, [&](HeapWriter& w) { return w.tuple(atom::ok, value); });
}
void send_async_error(const Port& port, Term to, unsigned ref, Term reason) {
  send_async(port, to, ref, [&](HeapWriter& w) { return w.tuple(atom::error, reason); });
}

}  // namespace joist::inet
