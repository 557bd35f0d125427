// prim_socket: sending and receiving. A call that would block makes its process the current reader or writer and returns select; with
// the reference zero it is a poll, and returns {error, timeout}.
#include <algorithm>
#include <cerrno>

#include "bifs/list_builder.h"
#include "bifs/prim/file_handle.h"
#include "bifs/prim/socket/socket_object.h"
#include "vm/sys/socket_names.h"
#include "vm/sys/stream.h"
#include "vm/term/arith.h"
#include "vm/term/bits.h"
#include "vm/term/map.h"
#include "vm/term/shared_bytes.h"

namespace joist {

using namespace prim_socket;

namespace {

Term select_name() { return make_atom("select"); }

bool is_poll(Term ref) { return ref.same(make_atom("zero")); }

// Whether the caller may work on the queue now; else *answer is what it gets.
bool take_turn(NativeCall& c, Socket& s, std::deque<Requestor>& queue, Term ref, Term* answer) {
  s.forget_dead(queue);
  if (queue.empty() || queue.front().pid.same(c.process.pid)) return true;
  for (const Requestor& r : queue) {
    if (!r.pid.same(c.process.pid)) continue;
    *answer = invalid_error(c, make_atom("state"));
    return false;
  }
  if (is_poll(ref)) {
    *answer = error_tuple(c, atom::timeout);
    return false;
  }
  queue.push_back({c.process.pid, ref_key(ref)});
  *answer = select_name();
  return false;
}

// The caller becomes, or stays, the current one and waits.
void wait_in(NativeCall& c, Socket& s, std::deque<Requestor>& queue, Term ref) {
  bool current = !queue.empty() && queue.front().pid.same(c.process.pid);
  if (!current) queue.push_front({});
  queue.front() = {c.process.pid, ref_key(ref)};
  s.arm(&queue == &s.readers ? unsigned(sys::poll_read) : unsigned(sys::poll_write));
}

void finish_turn(NativeCall& c, Socket& s, std::deque<Requestor>& queue) {
  if (!queue.empty() && queue.front().pid.same(c.process.pid)) s.next(queue);
}

Term fail(NativeCall& c, Socket& s, std::deque<Requestor>& queue, Term reason) {
  if (!queue.empty() && queue.front().pid.same(c.process.pid)) queue.pop_front();
  s.abort_all(queue, reason);
  return error_tuple(c, reason);
}

bool flags_of(Term t, int* out) {
  if (!t.is_small()) return false;
  *out = int(t.small_value());
  return true;
}

// ---- receiving

// A buffer that becomes a binary.
class Buffer {
 public:
  explicit Buffer(size_t size) : bytes_(SharedBytes::create(size ? size : 1)), size_(size) {}
  ~Buffer() { bytes_->release(); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  uint8_t* data() { return bytes_->data; }
  size_t size() const { return size_; }
  Term binary(Heap& heap, size_t used) {
    if (used <= HeapBits::max_bytes || used * 4 < size_) return bits::from_bytes(heap, bytes_->data, used);
    bytes_->retain();
    return bits::from_shared(heap, bytes_, 0, used * 8);
  }

 private:
  SharedBytes* bytes_;
  size_t size_;
};

struct Received {
  long size = 0;
  sys::MessageParts parts;
};

// What every receive begins with. False: *answer.
bool begin_receive(NativeCall& c, Socket& s, Term ref, Term* answer) {
  if (s.closing) *answer = error_tuple(c, closed_reason());
  else if (s.accepting) *answer = invalid_error(c, make_atom("state"));
  else return take_turn(c, s, s.readers, ref, answer);
  return false;
}

// False: *answer, since nothing came.
bool receive(NativeCall& c, Socket& s, Buffer& buffer, int flags, Term ref, Received* out, Term* answer) {
  s.counters.read_tries++;
  int error;
  out->size = sys::receive_message(s.fd, buffer.data(), buffer.size(), flags, &out->parts, &error);
  if (out->size < 0 && !error) {
    s.counters.read_waits++;
    s.received_full = 0;
    if (is_poll(ref)) {
      *answer = error_tuple(c, atom::timeout);
    } else {
      wait_in(c, s, s.readers, ref);
      *answer = select_name();
    }
    return false;
  }
  if (out->size < 0 || (out->size == 0 && s.kind == sys::type_number("stream") && buffer.size())) {
    s.counters.read_fails++;
    *answer = fail(c, s, s.readers, error ? error_reason(error) : closed_reason());
    return false;
  }
  s.counters.read_bytes += uint64_t(out->size);
  return true;
}

void count_package(Socket& s, long size) {
  s.counters.read_packages++;
  s.counters.read_max = std::max<uint64_t>(s.counters.read_max, uint64_t(size));
}

Term flag_list(NativeCall& c, int flags) {
  ListBuilder out(c.heap(), sys::message_flags().size());
  for (const sys::NamedNumber& f : sys::message_flags())
    if (flags & f.number) out.push(make_atom(f.name));
  return out.finish();
}

// ---- sending

struct Sending {
  sys::MessageParts parts;
  std::vector<std::string_view> bytes;
  size_t size = 0;
  int flags = 0;
};

// ok | {ok, Written} | select | {select, Written} | {error, Reason}
Term send(NativeCall& c, Socket& s, const Sending& what, Term ref) {
  if (s.closing) return error_tuple(c, closed_reason());
  if (s.connecting) return invalid_error(c, make_atom("state"));
  Term answer;
  if (!take_turn(c, s, s.writers, ref, &answer)) return answer;
  s.counters.write_tries++;
  int error;
  long n = sys::send_message(s.fd, what.bytes, what.flags, what.parts, &error);
  if (n < 0 && error) {
    s.counters.write_fails++;
    return fail(c, s, s.writers, error_reason(error));
  }
  if (n == long(what.size)) {
    s.counters.write_packages++;
    s.counters.write_bytes += uint64_t(n);
    s.counters.write_max = std::max<uint64_t>(s.counters.write_max, uint64_t(n));
    finish_turn(c, s, s.writers);
    return atom::ok;
  }
  s.counters.write_waits++;
  if (n > 0) s.counters.write_bytes += uint64_t(n);
  if (is_poll(ref)) {
    finish_turn(c, s, s.writers);
    return n > 0 ? ok_tuple(c, Term::small(n)) : error_tuple(c, atom::timeout);
  }
  wait_in(c, s, s.writers, ref);
  return n > 0 ? c.heap().reserve(Words(3)).tuple(select_name(), Term::small(n)) : select_name();
}

// ---- files

constexpr size_t largest_file_step = size_t(1) << 29;

// What of a file is to be sent; count 0: to its end.
struct FilePart {
  int64_t offset;
  size_t count;
};
bool read_file_part(NativeCall& c, FilePart* out) {
  SWord count;
  if (!arith::to_int64(c.arg(2), &out->offset) || !arith::to_int64(c.arg(3), &count) || count < 0) return false;
  out->count = size_t(count);
  return true;
}

// Sends what the socket takes: {ok, Sent} at the end, or {select, Sent}; then the caller is the current writer and the file stays open.
Term send_file(NativeCall& c, Socket& s, FilePart part, Term ref) {
  FileCounters& n = s.file_counters;
  uint64_t sent = 0;
  bool whole = part.count == 0, waits = false;
  n.calls++;
  while (whole || sent < part.count) {
    int error;
    size_t step = whole ? largest_file_step : std::min(largest_file_step, size_t(part.count - sent));
    long now = sys::send_file(s.fd, s.file, part.offset + int64_t(sent), step, &error);
    if (now < 0 && error) {
      n.fails++;
      s.close_file();
      return fail(c, s, s.writers, error_reason(error));
    }
    if ((waits = now < 0) || now == 0) break;
    sent += uint64_t(now);
    n.packages++;
    n.bytes += uint64_t(now);
  }
  s.file_sent += sent;
  n.max_package = std::max(n.max_package, sent);
  n.max = std::max(n.max, s.file_sent);
  c.charge(sent / 1024);
  Term count = Term::small(SWord(sent));
  if (waits) {
    n.waits++;
    wait_in(c, s, s.writers, ref);
    return c.heap().reserve(Words(3)).tuple(select_name(), count);
  }
  s.close_file();
  finish_turn(c, s, s.writers);
  return ok_tuple(c, count);
}

// Arguments of recv and recvfrom behind the socket: length (0: what the buffer holds), flags, Ref.
struct Wanted {
  SWord length;
  int flags;
  Term ref;
};
bool read_wanted(NativeCall& c, Wanted* out) {
  out->ref = c.arg(3);
  return arith::to_int64(c.arg(1), &out->length) && out->length >= 0 && flags_of(c.arg(2), &out->flags);
}

// What recv and recvfrom do alike; `result(socket, wanted, received, data, full)` makes the answer of what was received.
template <class Result>
NativeResult receive_data(NativeCall& c, Result result) {
  Claimed s(c);
  Wanted wanted;
  Term answer;
  if (!s || !read_wanted(c, &wanted)) return badarg();
  if (!begin_receive(c, *s, wanted.ref, &answer)) return answer;
  Buffer buffer(wanted.length ? size_t(wanted.length) : s->receive_buffer);
  Received r;
  if (!receive(c, *s, buffer, wanted.flags, wanted.ref, &r, &answer)) return answer;
  Term data = buffer.binary(c.heap(), size_t(r.size));
  c.charge(size_t(r.size) / 1024);
  return result(*s, wanted, r, data, size_t(r.size) == buffer.size());
}

// A part of what was asked for: {more, Data} or {select, Data}
Term part(NativeCall& c, Term tag, Term data) { return c.heap().reserve(Words(3)).tuple(tag, data); }

}  // namespace

BIF(prim_socket, nif_recv, 4) {
  static const Term more = make_atom("more");
  return receive_data(c, [&](Socket& s, const Wanted& wanted, const Received& r, Term data, bool full) -> Term {
    bool stream = s.kind == sys::type_number("stream");
    if (full && wanted.length == 0 && stream && ++s.received_full < s.receive_count) {
      // More may be there: the caller asks again at once.
      if (s.readers.empty() || !s.readers.front().pid.same(c.process.pid)) s.readers.push_front({c.process.pid, {}});
      return part(c, more, data);
    }
    if (!full && wanted.length && stream && !is_poll(wanted.ref)) {
      wait_in(c, s, s.readers, wanted.ref);
      return part(c, select_name(), data);
    }
    s.received_full = 0;
    count_package(s, r.size);
    finish_turn(c, s, s.readers);
    return ok_tuple(c, data);
  });
}

// {ok, {Address, Data}}
BIF(prim_socket, nif_recvfrom, 4) {
  return receive_data(c, [&](Socket& s, const Wanted&, const Received& r, Term data, bool) {
    Term address = encode_address(c.heap(), r.parts.address);
    count_package(s, r.size);
    finish_turn(c, s, s.readers);
    return ok_tuple(c, c.heap().reserve(Words(3)).tuple(address, data));
  });
}

// S, size of the buffer and of that for control messages (0: the socket's), flags, Ref: {ok, #{addr, iov, ctrl, flags}}
BIF(prim_socket, nif_recvmsg, 5) {
  static const Term addr = make_atom("addr"), iov = make_atom("iov"), ctrl = make_atom("ctrl"), flag_name = make_atom("flags");
  Claimed s(c);
  SWord length, control;
  int flags;
  Term ref = c.arg(4), answer;
  if (!s || !arith::to_int64(c.arg(1), &length) || length < 0 || !arith::to_int64(c.arg(2), &control) || control < 0 ||
      !flags_of(c.arg(3), &flags)) {
    return badarg();
  }
  if (!begin_receive(c, *s, ref, &answer)) return answer;
  Buffer buffer(length ? size_t(length) : s->receive_buffer);
  Received r;
  r.parts.control.resize(control ? size_t(control) : s->receive_control);
  if (!receive(c, *s, buffer, flags, ref, &r, &answer)) return answer;
  Term control_list = encode_control(c.heap(), r.parts.control), data = buffer.binary(c.heap(), size_t(r.size));
  Term pairs[] = {iov, c.heap().reserve(Words(2)).cons(data, nil), ctrl, control_list, flag_name, flag_list(c, r.parts.flags), addr, nil};
  size_t count = 3;
  if (r.parts.address.size) {
    pairs[7] = encode_address(c.heap(), r.parts.address);
    count = 4;
  }
  count_package(*s, r.size);
  finish_turn(c, *s, s->readers);
  return ok_tuple(c, map::from_pairs(c.heap(), pairs, count));
}

// Sends a binary whole or in part; `what` has its flags and address.
static Term send_binary(NativeCall& c, Socket& s, Sending& what, Term binary, Term ref) {
  bits::AlignedBytes bytes(binary);
  what.bytes = {bytes.text()};
  what.size = bytes.size;
  return send(c, s, what, ref);
}

// S, binary, flags, Ref
BIF(prim_socket, nif_send, 4) {
  Claimed s(c);
  Sending what;
  if (!s || !is_bits(c.arg(1)) || !flags_of(c.arg(2), &what.flags)) return badarg();
  return send_binary(c, *s, what, c.arg(1), c.arg(3));
}

// S, binary, address, flags, Ref
BIF(prim_socket, nif_sendto, 5) {
  Claimed s(c);
  Sending what;
  if (!s || !is_bits(c.arg(1)) || !flags_of(c.arg(3), &what.flags)) return badarg();
  if (!decode_address(c.arg(2), &what.parts.address)) return invalid_tuple(c, make_atom("sockaddr"));
  return send_binary(c, *s, what, c.arg(1), c.arg(4));
}

// S, Ref, offset, count, what a raw file is: {ok, Sent} | select | {select, Sent} | {error, Reason}
BIF(prim_socket, nif_sendfile, 5) {
  Claimed s(c);
  FilePart part;
  Term answer, state = make_atom("state");
  if (!s || !is_ref(c.arg(1)) || !read_file_part(c, &part)) return badarg();
  if (s->closing) return error_tuple(c, closed_reason());
  if (s->connecting) return invalid_error(c, state);
  if (!take_turn(c, *s, s->writers, c.arg(1), &answer)) return answer;
  if (s->file >= 0) return invalid_error(c, state);
  prim_file::Claim file(c.arg(4));
  if (!file) return invalid_error(c, make_atom("efile"));
  s->file = sys::duplicate_stream(file.fd());
  if (s->file < 0) return fail(c, *s, s->writers, error_reason(errno));
  s->file_counters.tries++;
  s->file_sent = 0;
  return send_file(c, *s, part, c.arg(1));
}

// The same file's next part, after {select, Sent}.
BIF(prim_socket, nif_sendfile, 4) {
  Claimed s(c);
  FilePart part;
  if (!s || !is_ref(c.arg(1)) || !read_file_part(c, &part)) return badarg();
  if (s->closing) return error_tuple(c, closed_reason());
  bool mine = s->file >= 0 && !s->writers.empty() && s->writers.front().pid.same(c.process.pid);
  return mine && !s->connecting ? send_file(c, *s, part, c.arg(1)) : invalid_error(c, make_atom("state"));
}

// Gives up what is left of a file.
BIF(prim_socket, nif_sendfile, 1) {
  Claimed s(c);
  if (!s) return badarg();
  if (s->file < 0) return invalid_error(c, make_atom("state"));
  s->close_file();
  return atom::ok;
}

// S, #{addr, ctrl}, flags, Ref, list of binaries
BIF(prim_socket, nif_sendmsg, 5) {
  static const Term addr = make_atom("addr"), ctrl = make_atom("ctrl");
  Claimed s(c);
  Sending what;
  if (!s || !is_map(c.arg(1)) || !flags_of(c.arg(2), &what.flags)) return badarg();
  Term address = map::get(c.arg(1), addr), control = map::get(c.arg(1), ctrl);
  if (address.is_value() && !decode_address(address, &what.parts.address)) return invalid_tuple(c, addr);
  if (control.is_value() && !decode_control(control, &what.parts.control)) return invalid_tuple(c, ctrl);
  Term list = c.arg(4);
  bool cut = false;
  for (; list.is_cons(); list = list.as_cons()->tail) {
    Term part = list.as_cons()->head;
    if (!is_bits(part) || !bits::span(part).whole_bytes()) return invalid_tuple(c, make_atom("iov"));
    if (what.bytes.size() == most_message_parts) {
      cut = true;
      break;
    }
    what.bytes.push_back(bits::span(part).text());
    what.size += what.bytes.back().size();
  }
  bool whole = !cut && list.is_nil();
  // Only a stream may take the rest later.
  if (!whole && !(cut && s->kind == sys::type_number("stream"))) return invalid_tuple(c, make_atom("iov"));
  Term result = send(c, *s, what, c.arg(3));
  // The rest of a long list is the caller's next turn.
  if (cut && result.same(atom::ok)) return c.heap().reserve(Words(3)).tuple(make_atom("iov"), Term::small(SWord(what.size)));
  return result;
}

}  // namespace joist
