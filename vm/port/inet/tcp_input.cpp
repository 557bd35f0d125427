// Reading: bytes are gathered until they make a packet, which goes to who asked for it (passive) or to the owner (active).
#include <algorithm>
#include <cerrno>

#include "vm/port/inet/tcp_driver.h"
#include "vm/sys/stream.h"
#include "vm/term/bits.h"

namespace joist::inet {
namespace {

constexpr uint32_t no_timeout = UINT32_MAX;
constexpr uint32_t largest_request = 0x4000000;  // 64 MB
constexpr int reads_a_turn = 16;
// Of a port's user, whose packets come one after the other: its first read gets many small ones, and little of a large one is copied.
constexpr size_t user_buffer = 8 * 1024;

}  // namespace

// Timeout(4), length(4)
void TcpDriver::receive_request(Port& port, WireReader in, Reply& out) {
  if (!is_connected()) {
    if (!next_receive_closed_) return out.error(ENOTCONN);
    next_receive_closed_ = next_send_closed_ = false;
    bool reset = reset_by_peer_;
    reset_by_peer_ = false;
    return reset ? out.error(ECONNRESET) : out.error("closed");
  }
  if (active_ || in.left() != 8) return out.error(EINVAL);
  uint32_t timeout = in.u32(), size = in.u32();
  if (settings_.packet != packet::Type::Raw && size) return out.error(EINVAL);
  if (size > largest_request) return out.error(ENOMEM);
  if (pending_set_) return out.error(EALREADY);
  pending_ = {port.caller, next_ref()};
  pending_set_ = true;
  out.u16(uint16_t(pending_.ref));
  if (!ignored_ && receive(port, size) != Result::Waiting) return;
  if (timeout == 0) return fail_pending(port, atom::timeout);
  if (timeout != no_timeout) deadlines_.add(port, DeadlineKind::Receive, 0, timeout);
  if (ignored_) ignored_selection_ |= sys::poll_read;
  else select(port, sys::poll_read, true);
}

void TcpDriver::unreceive(Port& port, WireReader in, Reply& out) {
  if (!is_connected()) return out.error(ENOTCONN);
  input_.push_front(in.rest());
  missing_ = 0;
  if (active_) deliver(port, 0);
}

int64_t TcpDriver::missing(size_t* size) {
  *size = 0;
  packet::Options options{settings_.packet_size, input_.capacity(), delimiter_};
  std::string_view bytes = input_.view();
  int64_t length = packet::length(settings_.packet, bytes, options, &in_headers_);
  if (length < 0) return -1;
  if (length > 0) {
    *size = size_t(length) <= bytes.size() ? size_t(length) : size_t(length) - bytes.size();
    if (size_t(length) <= bytes.size()) return 0;
    input_.grow(size_t(length));
    return int64_t(*size);
  }
  if (bytes.size() >= input_.capacity()) {
    if (settings_.packet_size <= bytes.size()) return -1;
    input_.grow(settings_.packet_size);
  }
  return int64_t(input_.capacity() - bytes.size());
}

// Waiting for readiness costs more than reading: as long as reads are filled there is likely more.
void TcpDriver::read_on(Port& port) {
  for (int i = 0; i < reads_a_turn; i++) {
    filled_ = false;
    Result result = receive(port, 0);
    if (result == Result::Closed || !filled_ || port.closing || !is_connected() || !is_selected(sys::poll_read)) return;
  }
}

// size: of a request for so many bytes; 0: a packet, or what the pending request still misses.
TcpDriver::Result TcpDriver::receive(Port& port, size_t size) {
  size_t wanted, packet;
  if (!input_.capacity()) {
    wanted = size ? size : port.user ? std::max<size_t>(settings_.buffer, user_buffer) : settings_.buffer;
    input_.begin(wanted);
    missing_ = size;
  } else if (size) {
    if (input_.size() >= size) return deliver(port, size);
    input_.grow(size);
    missing_ = wanted = size - input_.size();
  } else if (missing_ == 0) {
    int64_t n = missing(&packet);
    if (n < 0) return receive_failed(port, EMSGSIZE);
    if (n == 0) return deliver(port, packet);
    missing_ = packet;
    wanted = size_t(n);
  } else {
    wanted = missing_;
  }
  int error;
  size_t room;
  char* to = input_.room(wanted, &room);
  if (!to) return receive_failed(port, ENOMEM);
  long n = sys::receive_bytes(fd_, to, room, &error);
  if (n < 0 && !error) {
    input_.idle();
    return Result::Waiting;
  }
  if (n == 0 || (error == ECONNRESET && !settings_.show_econnreset)) return peer_closed(port);
  if (n < 0) return receive_failed(port, error);
  filled_ = size_t(n) == room;
  input_.added(size_t(n));
  if (missing_) {
    missing_ -= size_t(n);
    return missing_ ? Result::Waiting : deliver(port, input_.size());
  }
  int64_t more = missing(&packet);
  if (more < 0) return receive_failed(port, EMSGSIZE);
  if (more == 0) return deliver(port, packet);
  missing_ = packet;
  return Result::Waiting;
}

// Delivers the first `size` bytes, or the first packet when size is 0; in active mode all packets that are there.
TcpDriver::Result TcpDriver::deliver(Port& port, size_t size) {
  if (!size) {
    if (!input_.capacity() || missing_) return Result::Waiting;
    int64_t more = missing(&size);
    if (more) {
      if (more > 0) missing_ = size;
      return more < 0 ? Result::Closed : Result::Waiting;
    }
  }
  while (size) {
    statistics_.count_received(size);
    if (!send_data(port, input_.view().substr(0, size))) return Result::Closed;
    missing_ = 0;
    input_.consume(size);
    size = 0;
    if (!active_) {
      deadlines_.cancel(DeadlineKind::Receive);
      select(port, sys::poll_read, false);
    } else if (input_.capacity()) {
      int64_t more = missing(&size);
      if (more < 0) return Result::Closed;
      if (more > 0) {
        missing_ = size;
        size = 0;
      }
    }
  }
  return Result::Delivered;
}

// False: it was nobody's.
bool TcpDriver::send_data(Port& port, std::string_view packet) {
  packet::Parsed parsed = packet::parse(settings_.packet, packet, &in_headers_);
  bool plain = parsed.kind == packet::Parsed::Kind::Plain;
  if (settings_.deliver_as_port) {
    if (plain) deliver_to_port(port, parsed.text);
    count_active(port);
    return true;
  }
  bool passive = !active_;
  Request r{owner_of(port), 0};
  if (passive && !take_pending(&r)) return false;
  send_term(port, parsed, r.caller, r.ref, passive);
  if (!passive) count_active(port);
  return true;
}

// {tcp, S, Data} or the packet as it was parsed, or the answer to a receive with it.
void TcpDriver::send_term(Port& port, const packet::Parsed& parsed, Term to, unsigned ref, bool passive) {
  using Kind = packet::Parsed::Kind;
  static const Term tcp = make_atom("tcp"), http = make_atom("http"), inet_async = make_atom("inet_async");
  bool plain = parsed.kind == Kind::Plain;
  const DataForm& form = settings_.form;
  bool whole = plain && form.binary && form.header == 0;
  SharedBytes* shared = whole ? input_.shared(parsed.text.size()) : nullptr;
  size_t words = 16 + (plain ? data_words(form, shared ? 0 : parsed.text.size()) : packet::build_words(parsed));
  send_built(port, to, words, [&](HeapWriter& w) {
    Term t = plain ? data_term(w, form, parsed.text, shared) : packet::build(w, parsed, port.id);
    if (passive) {
      t = w.tuple(atom::ok, t);
      return w.tuple(inet_async, port.id, Term::small(ref), t);
    }
    if (parsed.kind == Kind::Tls) return t;
    return w.tuple(plain ? tcp : http, port.id, t);
  });
}

void TcpDriver::tell_closed(Port& port) {
  if (closed_told_) return;
  closed_told_ = true;
  tell_owner(port, "tcp_closed");
}

// The peer sends no more.
TcpDriver::Result TcpDriver::peer_closed(Port& port) {
  bool blocked = abort_blocked_send(port);
  if (file_) {
    abort_file(port, ENOTCONN);
    blocked = true;
  }
  if (!blocked) next_send_closed_ = true;
  input_.release();
  missing_ = 0;
  if (active_) {
    tell_closed(port);
    if (settings_.exit_on_close) port.close_unlinked(atom::normal);
    else select(port, sys::poll_read, false);
    return Result::Closed;
  }
  deadlines_.clear();
  if (settings_.exit_on_close) close_all(port);
  else select(port, sys::poll_read, false);
  fail_pending(port, closed_reason());
  return Result::Closed;
}

TcpDriver::Result TcpDriver::receive_failed(Port& port, int error) {
  abort_blocked_send(port);
  if (file_) abort_file(port, error);
  input_.release();
  missing_ = 0;
  if (active_) {
    tell_owner(port, "tcp_error", error_atom(error));
    tell_closed(port);
    if (settings_.exit_on_close) port.close_unlinked(error_atom(error));
    else select(port, sys::poll_read, false);
    return Result::Closed;
  }
  deadlines_.clear();
  if (settings_.exit_on_close) close_all(port);
  else select(port, sys::poll_read, false);
  fail_pending(port, error_atom(error));
  return Result::Closed;
}

}  // namespace joist::inet
