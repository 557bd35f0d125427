// The life of a socket's descriptor and the requests that all kinds of sockets answer.
#include "vm/port/inet/inet_driver.h"

#include <cerrno>
#include <cmath>

#include "vm/sys/net_names.h"
#include "vm/sys/stream.h"

namespace joist::inet {

void Reply::error(std::string_view name) {
  out_->assign(1, char(reply_error));
  out_->append(name);
}
void Reply::error(int error_number) { error(sys::error_name(error_number)); }

void Statistics::count_received(size_t size) {
  received++;
  received_octets += size;
  received_average += (double(size) - received_average) / double(received);
  received_max = std::max<uint64_t>(received_max, size);
  received_deviation += (double(size) - received_average - received_deviation) / double(received);
}

void Statistics::count_sent(size_t size) {
  sent++;
  sent_octets += size;
  sent_average += (double(size) - sent_average) / double(sent);
  sent_max = std::max<uint64_t>(sent_max, size);
}

bool put_address(const sys::SocketAddress& a, Reply& out) {
  switch (a.family()) {
    case sys::AddressFamily::Inet: case sys::AddressFamily::Inet6:
      out.u8(a.family() == sys::AddressFamily::Inet ? family_inet : family_inet6);
      out.u16(a.port());
      out.bytes(a.ip());
      return true;
    case sys::AddressFamily::Local:
      out.u8(family_local);
      out.u8(uint8_t(a.path().size()));
      out.bytes(a.path());
      return true;
    default: return false;
  }
}

InetDriver::~InetDriver() { close_descriptor(); }

void InetDriver::opened(Port& port) {
  port_ = &port;
  port.options.queue_limits.disabled = true;  // the driver sets it busy, by its own watermarks
}

void InetDriver::select(Port& port, unsigned events, bool on) {
  if (on) selected_ |= events;
  else selected_ &= ~events;
  if (on) arm();
}

void InetDriver::arm() {
  unsigned needed = selected_ & ~armed_;
  if (!needed || fd_ < 0) return;
  if (!watch_) watch_ = watch_for_port(*port_, fd_, true);
  armed_ |= needed;
  sys::poll_arm(watch_, needed);
}

void InetDriver::close_descriptor() {
  if (fd_ < 0) return;
  if (watch_) sys::poll_unwatch(watch_);
  watch_ = nullptr;
  selected_ = armed_ = 0;
  if (prebound_) return;
  sys::close_socket(fd_);
  fd_ = -1;
  state_ = 0;
}

void InetDriver::ready(Port& port, unsigned events) {
  armed_ &= ~events;
  if (events & deadline_event) {
    Deadlines::Deadline d;
    while (!port.closed && deadlines_.take_due(&d)) deadline_over(port, d.kind, d.id);
  }
  if ((events & delayed_event) && !port.closed) writable(port);
  if ((events & selected_ & sys::poll_read) && !port.closing) readable(port);
  if ((events & selected_ & sys::poll_write) && !port.closed) writable(port);
  arm();
}

void InetDriver::count_active(Port& port) {
  if (active_ == active_once) active_ = active_false;
  if (active_ != active_count || --active_left_ > 0) return;
  active_ = active_false;
  tell_owner(port, passive_tag());
}

void InetDriver::deliver_to_port(Port& port, std::string_view bytes) const {
  const DataForm& form = settings_.form;
  size_t header = form.binary && form.header <= bytes.size() ? form.header : bytes.size();
  port.deliver_data(bytes.substr(header), bytes.substr(0, header), form.binary && form.header <= bytes.size());
}

void InetDriver::tell_subscribers(Port& port) {
  static const Term empty_out_q = make_atom("empty_out_q");
  for (Term to : subscribers_) send_built(port, to, 3, [&](HeapWriter& w) { return w.tuple(empty_out_q, port.id); });
  subscribers_.clear();
}

bool InetDriver::control(Port& port, unsigned operation, std::string_view in, std::string* out) {
  Reply reply(out);
  unsigned request_code = operation - control_magic;
  switch (request_code) {
    case req_open: open(WireReader(in), reply); break;
    case req_fd_open: open_descriptor(WireReader(in), reply); break;
    case req_close: shut(port); break;
    default: request(port, request_code, WireReader(in), reply);
  }
  bool opening = request_code == req_open || request_code == req_fd_open;
  if (opening && is_open() && active_ && type_ == sys::SocketType::Datagram) select(port, sys::poll_read, true);
  return true;
}

namespace {

bool family_of(uint8_t code, sys::AddressFamily* out) {
  switch (code) {
    case family_inet: *out = sys::AddressFamily::Inet; return true;
    case family_inet6: *out = sys::AddressFamily::Inet6; return true;
    case family_local: *out = sys::AddressFamily::Local; return true;
    default: return false;
  }
}

uint8_t code_of(sys::SocketType type) { return type == sys::SocketType::Stream ? type_stream : type_datagram; }

}  // namespace

// Family, type
void InetDriver::open(WireReader in, Reply& out) {
  if (in.left() != 2) return out.error(EINVAL);
  sys::AddressFamily family;
  if (!family_of(in.u8(), &family)) return out.error("eafnosupport");
  if (in.u8() != code_of(type_)) return out.error(EINVAL);
  if (state_) return out.error("exbadseq");
  int error;
  int fd = sys::open_socket(family, type_, netns_ ? *netns_ : std::string(), &error);
  if (fd < 0) return out.error(error);
  fd_ = fd;
  family_ = family;
  state_ = state_open;
}

// Family, type, descriptor(4), [whether it is bound(4)]
void InetDriver::open_descriptor(WireReader in, Reply& out) {
  if (in.left() != 6 && in.left() != 10) return out.error(EINVAL);
  sys::AddressFamily family;
  if (!family_of(in.u8(), &family)) return out.error("eafnosupport");
  if (in.u8() != code_of(type_)) return out.error(EINVAL);
  int fd = in.i32();
  bool bound = in.left() ? in.u32() != 0 : true;
  sys::SocketAddress name;
  if (bound) {
    if (int error = sys::socket_name(fd, &name)) return out.error(error);
    if (name.family() != family) return out.error(EINVAL);
  }
  fd_ = fd;
  family_ = family;
  prebound_ = true;
  sys::make_nonblocking(fd);
  state_ = state_open;
  if (type_ == sys::SocketType::Stream && sys::peer_name(fd, &name) == 0) state_ = state_connected;
}

bool InetDriver::read_address(WireReader* in, sys::SocketAddress* address, Reply& out) const {
  static constexpr char any[16] = {};
  static constexpr char loopback4[4] = {127, 0, 0, 1};
  static constexpr char loopback6[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  uint8_t tag = in->u8();
  bool good = in->good();
  switch (tag) {
    case family_inet: {
      uint16_t port = in->u16();
      std::string_view ip = in->take(4);
      if ((good = in->good())) *address = sys::SocketAddress::inet(ip.data(), port);
      break;
    }
    case family_inet6: {
      uint16_t port = in->u16();
      std::string_view ip = in->take(16);
      uint32_t flow = in->u32(), scope = in->u32();
      if ((good = in->good())) *address = sys::SocketAddress::inet6(ip.data(), port, flow, scope);
      break;
    }
    case family_local: {
      std::string_view path = in->take(in->u8());
      good = in->good() && sys::SocketAddress::local(path, address);
      break;
    }
    case family_any: case family_loopback: {
      uint16_t port = in->u16();
      if (!(good = in->good())) break;
      if (family_ == sys::AddressFamily::Inet) *address = sys::SocketAddress::inet(tag == family_any ? any : loopback4, port);
      else if (family_ == sys::AddressFamily::Inet6) *address = sys::SocketAddress::inet6(tag == family_any ? any : loopback6, port, 0, 0);
      else good = false;
      break;
    }
    default:
      out.error(good ? "eafnosupport" : "einval");
      return false;
  }
  if (!good) out.error(EINVAL);
  return good;
}

void InetDriver::bind(WireReader in, Reply& out) {
  if (in.left() < 2) return out.error(EINVAL);
  if (state_ != state_open) return out.error("exbadport");
  sys::SocketAddress address;
  if (!read_address(&in, &address, out)) return;
  if (int error = sys::bind_socket(fd_, address)) return out.error(error);
  bool local = address.family() == sys::AddressFamily::Local;
  if (!local && address.port() == 0) sys::socket_name(fd_, &address);
  out.u16(local ? 0 : address.port());
}

void InetDriver::name_request(unsigned operation, WireReader in, Reply& out) {
  bool own = operation == req_name || operation == req_set_name || operation == req_local_addresses;
  std::unique_ptr<sys::SocketAddress>& given = own ? given_name_ : given_peer_;
  if (operation == req_set_name || operation == req_set_peer) {
    given.reset();
    if (!in.left()) return;
    if (in.left() < 2) return out.error(EINVAL);
    sys::SocketAddress address;
    if (read_address(&in, &address, out)) given = std::make_unique<sys::SocketAddress>(address);
    return;
  }
  bool list = operation == req_local_addresses || operation == req_peer_addresses;
  if (list && in.left() != 4) return out.error(EINVAL);
  if (list && !is_open()) return out.error("exbadport");
  if (operation == req_peer && !(state_ & state_active)) return out.error(ENOTCONN);
  sys::SocketAddress address;
  if (!list && given) {
    address = *given;
  } else if (int error = own ? sys::socket_name(fd_, &address) : sys::peer_name(fd_, &address)) {
    return out.error(error);
  }
  if (!put_address(address, out) && !list) out.error(EINVAL);
}

void InetDriver::statistics_request(Port& port, WireReader in, Reply& out) {
  const Statistics& s = statistics_;
  while (in.left()) {
    uint8_t what = in.u8();
    out.u8(what);
    switch (Statistic(what)) {
      case stat_receive_count: out.u32(uint32_t(s.received)); break;
      case stat_receive_max: out.u32(uint32_t(s.received_max)); break;
      case stat_receive_average: out.u32(uint32_t(s.received_average)); break;
      case stat_receive_deviation: out.u32(uint32_t(std::fabs(s.received_deviation))); break;
      case stat_send_count: out.u32(uint32_t(s.sent)); break;
      case stat_send_max: out.u32(uint32_t(s.sent_max)); break;
      case stat_send_average: out.u32(uint32_t(s.sent_average)); break;
      case stat_send_pending: out.u32(uint32_t(queued())); break;
      case stat_receive_octets: out.u64(s.received_octets); break;
      case stat_send_octets: out.u64(s.sent_octets); break;
      default: return out.error(EINVAL);
    }
  }
}

void InetDriver::subscribe_request(Port& port, WireReader in, Reply& out) {
  while (in.left()) {
    if (in.u8() != subscribe_empty_queue) return out.error(EINVAL);
    if (queued()) subscribers_.push_back(port.caller);
    out.u8(subscribe_empty_queue);
    out.u32(uint32_t(queued()));
  }
}

void InetDriver::ignore_request(Port& port, WireReader in, Reply& out) {
  if (!is_connected()) return out.error(ENOTCONN);
  if (type_ != sys::SocketType::Stream) return out.error(EINVAL);
  uint8_t on = in.u8();
  if (on == 1 && !ignored_) {
    ignored_ = true;
    ignored_selection_ = active_ ? unsigned(sys::poll_read) : 0;
    select(port, sys::poll_read | sys::poll_write, false);
  } else if (on == 0 && ignored_) {
    ignored_ = false;
    select(port, ignored_selection_, true);
  } else {
    out.error(EINVAL);
  }
}

void InetDriver::common_request(Port& port, unsigned operation, WireReader in, Reply& out) {
  switch (operation) {
    case req_bind: return bind(in, out);
    case req_set_options: return set_options(port, in, out);
    case req_get_options: return get_options(in, out);
    case req_get_statistics: return statistics_request(port, in, out);
    case req_subscribe: return subscribe_request(port, in, out);
    case req_ignore_fd: return ignore_request(port, in, out);
    case req_name: case req_peer: case req_set_name: case req_set_peer: case req_local_addresses: case req_peer_addresses:
      return name_request(operation, in, out);
    case req_get_status: return out.u32(state_);
    case req_get_fd: return is_open() ? out.u32(uint32_t(fd_)) : out.error(EINVAL);
    case req_get_type: {
      using Family = sys::AddressFamily;
      if (family_ == Family::Unspec) return out.error(EINVAL);
      out.u32(family_ == Family::Inet ? family_inet : family_ == Family::Inet6 ? family_inet6 : family_local);
      return out.u32(code_of(type_));
    }
    case req_host_name: {
      std::string name;
      if (in.left()) return out.error(EINVAL);
      if (int error = sys::host_name(&name)) return out.error(error);
      return out.bytes(name);
    }
    case req_service_by_name: {
      std::string name(in.take(in.u8())), protocol(in.take(in.u8()));
      uint16_t number;
      if (!in.good() || !sys::service_port(name, protocol, &number)) return out.error(EINVAL);
      return out.u16(number);
    }
    case req_service_by_port: {
      uint16_t number = in.u16();
      std::string protocol(in.take(in.u8())), name;
      if (!in.good() || !sys::service_name(number, protocol, &name)) return out.error(EINVAL);
      return out.bytes(name);
    }
    case req_interface_list: case req_interface_addresses: case req_interface_get: case req_interface_set:
      return is_open() ? interface_request(fd_, operation, in, out) : out.error("exbadport");
    default: return out.error("exbadport");
  }
}

}  // namespace joist::inet
