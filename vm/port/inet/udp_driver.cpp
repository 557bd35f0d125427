// A send is one system call and is answered at once; nothing is queued. A receive waits for one datagram; an active socket reads up to
// read_packets of them a turn.
#include "vm/port/inet/udp_driver.h"

#include <cerrno>
#include <memory>

#include "vm/port/builtin.h"
#include "vm/term/bits.h"

namespace joist::inet {
namespace {

constexpr uint32_t no_timeout = UINT32_MAX;

// As prim_inet reads it; a sender may have no name.
std::string address_bytes(const sys::SocketAddress& a) {
  std::string out;
  Reply reply(&out);
  if (!put_address(a, reply)) reply.u8(a.family() == sys::AddressFamily::Unspec ? family_unspec : family_undefined);
  return out.substr(1);
}

Term binary(HeapWriter& w, std::string_view bytes) { return data_term(w, {true, 0}, bytes); }

// IP and port, or {Family, Name} and 0.
void address_terms(HeapWriter& w, const sys::SocketAddress& a, Term* ip, Term* port) {
  static const Term local = make_atom("local"), unspec = make_atom("unspec");
  *port = Term::small(0);
  switch (a.family()) {
    case sys::AddressFamily::Inet: case sys::AddressFamily::Inet6: {
      size_t width = a.ip().size() / 4 > 1 ? 2 : 1;  // bytes of an element
      Tuple* t = w.tuple_of(a.ip().size() / width);
      WireReader bytes(a.ip());
      for (size_t i = 0; i < t->arity(); i++) t->elements[i] = Term::small(SWord(bytes.number(width)));
      *ip = Term::boxed(reinterpret_cast<const Word*>(t));
      *port = Term::small(a.port());
      return;
    }
    case sys::AddressFamily::Local: {
      Term path = binary(w, a.path());
      *ip = w.tuple(local, path);
      return;
    }
    default: {
      Term none = binary(w, {});
      *ip = w.tuple(a.family() == sys::AddressFamily::Unspec ? unspec : atom::undefined, none);
    }
  }
}
constexpr size_t address_words = 64;

// [{tos, N}, {ttl, N}, …]
Term ancillary_term(HeapWriter& w, const std::vector<sys::AncillaryItem>& items) {
  static const Term names[] = {make_atom("tos"), make_atom("tclass"), make_atom("ttl")};
  Term list = nil;
  for (size_t i = items.size(); i-- > 0;) {
    Term pair = w.tuple(names[int(items[i].kind)], Term::small(items[i].value));
    list = w.cons(pair, list);
  }
  return list;
}
constexpr size_t ancillary_words = 5;  // an item

bool read_ancillary(WireReader in, std::vector<sys::AncillaryItem>* out) {
  while (in.left()) {
    auto option = Option(in.u8());
    sys::AncillaryItem item{sys::Ancillary::Tos, in.i32()};
    if (option == opt_ttl) item.kind = sys::Ancillary::Ttl;
    else if (option == opt_traffic_class) item.kind = sys::Ancillary::TrafficClass;
    else if (option != opt_tos) return false;
    out->push_back(item);
  }
  return in.good();
}

}  // namespace

void UdpDriver::request(Port& port, unsigned operation, WireReader in, Reply& out) {
  switch (operation) {
    case req_connect: return connect(port, in, out);
    case req_receive_packet: return receive_request(port, in, out);
    default: return common_request(port, operation, in, out);
  }
}

// Timeout(4), address; nothing: forget the peer
void UdpDriver::connect(Port& port, WireReader in, Reply& out) {
  if (!is_open()) return out.error("exbadport");
  if (in.left() && in.left() < 6) return out.error(EINVAL);
  // Linux keeps the source address of an older connection unless that is dissolved.
  if (!in.left() || is_connected()) sys::disconnect_socket(fd_);
  state_ &= ~unsigned(state_active);
  if (in.left()) {
    in.u32();
    if (!read_address(&in, &peer_, out)) return;
    int error;
    if (sys::connect_socket(fd_, peer_, &error) != sys::Connecting::Done) {
      sys::disconnect_socket(fd_);
      return out.error(error);
    }
    state_ |= state_active;
  }
  unsigned ref = next_ref();
  out.u16(uint16_t(ref));
  send_async_ok(port, port.caller, ref);
}

// Timeout(4), length(4), which datagrams do not need
void UdpDriver::receive_request(Port& port, WireReader in, Reply& out) {
  if (!is_open()) return out.error("exbadport");
  if (active_ || in.left() != 8) return out.error(EINVAL);
  if (receiver_.is_value()) return out.error(EALREADY);
  uint32_t timeout = in.u32();
  receiver_ = port.caller;
  receive_ref_ = next_ref();
  out.u16(uint16_t(receive_ref_));
  if (receive(port)) return;
  select(port, sys::poll_read, true);
  if (timeout != no_timeout) deadlines_.add(port, DeadlineKind::Receive, 0, timeout);
}

// Address, size of ancillary data(4), that data, the datagram
void UdpDriver::output(Port& port, std::string bytes) {
  if (!is_open()) return send_reply_error(port, port.caller, error_atom(EINVAL));
  WireReader in(bytes);
  std::string failure;
  Reply reply(&failure);
  sys::SocketAddress to;
  if (!read_address(&in, &to, reply)) return send_reply_error(port, port.caller, make_atom(std::string_view(failure).substr(1)));
  std::string_view ancillary_bytes = in.take(in.u32());
  std::vector<sys::AncillaryItem> ancillary;
  if (!in.good() || !read_ancillary(WireReader(ancillary_bytes), &ancillary)) return send_reply_error(port, port.caller, error_atom(EINVAL));
  std::string_view data = in.rest();
  statistics_.count_sent(data.size());
  int error;
  long n = sys::send_datagram(fd_, is_connected() ? nullptr : &to, ancillary, data, &error);
  if (n >= 0) return send_reply_ok(port, port.caller);
  send_reply_error(port, port.caller, error_atom(error ? error : EAGAIN));
}

void UdpDriver::readable(Port& port) { receive(port); }

bool UdpDriver::receive(Port& port) {
  bool passive = !active_;
  // One datagram, read to its end or cut: a buffer of the thread's, since turns do not wait.
  static thread_local std::unique_ptr<char[]> buffer;
  static thread_local size_t buffer_size = 0;
  if (buffer_size < settings_.buffer) {
    buffer_size = settings_.buffer;
    buffer = std::make_unique<char[]>(buffer_size);
  }
  for (unsigned i = 0; i < read_packets_; i++) {
    Datagram d;
    for (bool wanted : receive_ancillary_) d.has_ancillary |= wanted;
    bool truncated;
    int error;
    long n = sys::receive_datagram(fd_, buffer.get(), settings_.buffer, &d.from, d.has_ancillary ? &d.ancillary : nullptr, &truncated, &error);
    if (n < 0 && !error) return i > 0;
    if (n < 0) {
      if (!passive) {
        tell_owner(port, "udp_error", error_atom(error));
        return true;
      }
      select(port, sys::poll_read, false);
      deadlines_.clear();
      Term to = receiver_;
      receiver_ = Term();
      send_async_error(port, to, receive_ref_, error_atom(error));
      return true;
    }
    if (is_connected()) d.from = peer_;
    d.bytes = {buffer.get(), size_t(n)};
    statistics_.count_received(size_t(n));
    deliver(port, d);
    if (active_) continue;
    select(port, sys::poll_read, false);
    deadlines_.clear();
    return true;
  }
  return true;
}

// {udp, S, IP, Port, [Ancillary,] Data}, or the answer to a receive: address and data as one list, or a list in front of a binary.
void UdpDriver::deliver(Port& port, const Datagram& d) {
  static const Term udp = make_atom("udp"), inet_async = make_atom("inet_async");
  const DataForm& form = settings_.form;
  size_t words = 32 + address_words + ancillary_words * d.ancillary.size() + data_words(form, d.bytes.size());
  if (!active_) {
    std::string all = address_bytes(d.from);
    DataForm with_address{form.binary, form.header + uint32_t(all.size())};
    all.append(d.bytes);
    Term to = receiver_;
    receiver_ = Term();
    send_built(port, to, words + 2 * all.size(), [&](HeapWriter& w) {
      Term t = data_term(w, with_address, all);
      if (d.has_ancillary) {
        Term ancillary = ancillary_term(w, d.ancillary);
        t = w.tuple(t, ancillary);
      }
      t = w.tuple(atom::ok, t);
      return w.tuple(inet_async, port.id, Term::small(receive_ref_), t);
    });
    return;
  }
  if (settings_.deliver_as_port) {
    deliver_to_port(port, d.bytes);
    return count_active(port);
  }
  send_built(port, owner_of(port), words, [&](HeapWriter& w) -> Term {
    Term t = data_term(w, form, d.bytes);
    Term ip, number;
    address_terms(w, d.from, &ip, &number);
    if (!d.has_ancillary) return w.tuple(udp, port.id, ip, number, t);
    Term ancillary = ancillary_term(w, d.ancillary);
    return w.tuple(udp, port.id, ip, number, ancillary, t);
  });
  count_active(port);
}

void UdpDriver::deadline_over(Port& port, DeadlineKind, unsigned) {
  select(port, sys::poll_read, false);
  Term to = receiver_;
  receiver_ = Term();
  send_async_error(port, to, receive_ref_, atom::timeout);
}

void UdpDriver::options_changed(Port& port, Active active_before, packet::Type) {
  if (is_open() && active_ != active_before) select(port, sys::poll_read, active_ != active_false);
}

void UdpDriver::shut(Port&) { close_descriptor(); }

bool UdpDriver::stop(Port& port) {
  deadlines_.clear();
  if (receiver_.is_value()) send_async_error(port, receiver_, receive_ref_, closed_reason());
  close_descriptor();
  return true;
}

}  // namespace joist::inet

namespace joist {

PortDriver* create_udp_inet(const std::string&, PortOptions*, Term*) { return new inet::UdpDriver; }

}  // namespace joist
