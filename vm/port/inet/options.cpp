// inet:setopts and inet:getopts. Options of the driver itself change fields; the others are the system's. As in OTP, most failures of
// the system's are not told: only those of options marked `told` are.
#include <cerrno>

#include "vm/port/inet/inet_driver.h"

namespace joist::inet {
namespace {

struct SystemOption {
  Option code;
  sys::SocketOption option;
  bool told;
};

constexpr SystemOption system_options[] = {
    {opt_reuse_address, sys::SocketOption::ReuseAddress, false},
    {opt_keep_alive, sys::SocketOption::KeepAlive, false},
    {opt_dont_route, sys::SocketOption::DontRoute, false},
    {opt_broadcast, sys::SocketOption::Broadcast, false},
    {opt_oob_inline, sys::SocketOption::OutOfBandInline, false},
    {opt_send_buffer, sys::SocketOption::SendBuffer, false},
    {opt_receive_buffer, sys::SocketOption::ReceiveBuffer, false},
    {opt_priority, sys::SocketOption::Priority, true},
    {opt_tos, sys::SocketOption::Tos, true},
    {opt_traffic_class, sys::SocketOption::TrafficClass, true},
    {opt_ttl, sys::SocketOption::Ttl, true},
    {opt_receive_tos, sys::SocketOption::ReceiveTos, true},
    {opt_receive_traffic_class, sys::SocketOption::ReceiveTrafficClass, true},
    {opt_receive_ttl, sys::SocketOption::ReceiveTtl, true},
    {opt_no_delay, sys::SocketOption::NoDelay, false},
    {opt_no_push, sys::SocketOption::NoPush, false},
    {opt_multicast_ttl, sys::SocketOption::MulticastTtl, false},
    {opt_multicast_loop, sys::SocketOption::MulticastLoop, false},
    {opt_v6_only, sys::SocketOption::V6Only, true},
};

const SystemOption* system_option(Option code) {
  for (const SystemOption& o : system_options)
    if (o.code == code) return &o;
  return nullptr;
}

// The kernel changes type of service and priority when other options are set; they are put back, so that options stay independent.
class ServiceKeeper {
 public:
  ServiceKeeper(int fd, bool keep_tos, bool keep_priority) : fd_(fd) {
    tos_ = keep_tos && sys::get_option(fd, sys::SocketOption::Tos, &old_tos_) == 0;
    priority_ = keep_priority && sys::get_option(fd, sys::SocketOption::Priority, &old_priority_) == 0;
  }
  // An errno value.
  int restore() {
    int error = tos_ ? sys::set_option(fd_, sys::SocketOption::Tos, old_tos_) : 0;
    if (error || !priority_) return error;
    error = sys::set_option(fd_, sys::SocketOption::Priority, old_priority_);
    return error == EPERM ? 0 : error;  // some priorities that the kernel gives must not be asked for
  }

 private:
  int fd_, old_tos_ = 0, old_priority_ = 0;
  bool tos_, priority_;
};

// The codes of packet types are the enumeration's but for the last three.
packet::Type packet_type(int32_t code) {
  switch (code) {
    case 12: return packet::Type::SslTls;
    case 13: return packet::Type::HttpBin;
    case 14: return packet::Type::HttpHeaderBin;
    default: return packet::Type(code & 15);
  }
}

uint32_t packet_code(packet::Type type) {
  switch (type) {
    case packet::Type::SslTls: return 12;
    case packet::Type::HttpBin: return 13;
    case packet::Type::HttpHeaderBin: return 14;
    default: return uint32_t(type);
  }
}

constexpr uint32_t largest_datagram = 1 << 16;
constexpr size_t longest_device_name = 16;
constexpr size_t largest_reply = 64 * 1024;

}  // namespace

// Code(1), value(4), and for some more; as often as there are options.
void InetDriver::set_options(Port& port, WireReader in, Reply& out) {
  Active active_before = active_;
  packet::Type packet_before = settings_.packet;
  while (in.left() >= 5) {
    auto option = Option(in.u8());
    int32_t value = in.i32();
    bool known = true;
    bool good = set_own_option(port, option, value, &in, &known);
    if (!known) good = set_socket_option(option, value, &in);
    if (!good || !in.good()) return out.error(EINVAL);
    if (port.closing) return;
  }
  options_changed(port, active_before, packet_before);
}

bool InetDriver::set_active(Port& port, int32_t value, WireReader* in) {
  active_ = Active(value & 3);
  if (active_ == active_count) {
    int left = active_left_ + int16_t(in->u16());
    if (left > INT16_MAX || left < INT16_MIN) return false;
    active_left_ = std::max(left, 0);
    if (active_left_ == 0) {
      active_ = active_false;
      tell_owner(port, passive_tag());
    }
  } else {
    active_left_ = 0;
  }
  if (active_ != active_false && state_ == 0 && type_ == sys::SocketType::Stream) activated_when_closed(port);
  return true;
}

bool InetDriver::set_own_option(Port& port, Option option, int32_t value, WireReader* in, bool* known) {
  Settings& s = settings_;
  BusyLimits& commands = port.options.command_limits;
  bool stream = type_ == sys::SocketType::Stream;
  switch (option) {
    case opt_header: s.form.header = uint32_t(value); return true;
    case opt_mode: s.form.binary = value != 0; return true;
    case opt_deliver: s.deliver_as_port = value == 0; return true;
    case opt_buffer:
      s.buffer = uint32_t(std::max(value, 1));
      s.buffer_set = true;
      return true;
    case opt_active: return set_active(port, value, in);
    case opt_packet: s.packet = packet_type(value); return true;
    case opt_packet_size: s.packet_size = uint32_t(value); return true;
    case opt_exit_on_close: s.exit_on_close = value != 0; return true;
    case opt_high_watermark:
      if (!stream) return true;
      s.high_watermark = size_t(std::max(value, 0));
      s.low_watermark = std::min(s.low_watermark, s.high_watermark);
      return true;
    case opt_low_watermark:
      if (!stream) return true;
      s.low_watermark = size_t(std::max(value, 0));
      s.high_watermark = std::max(s.low_watermark, s.high_watermark);
      return true;
    case opt_high_msgq_watermark:
      if (value < 1) return false;
      commands.high = size_t(value);
      commands.low = std::min(commands.low, commands.high);
      return true;
    case opt_low_msgq_watermark:
      if (value < 1) return false;
      commands.low = size_t(value);
      commands.high = std::max(commands.low, commands.high);
      return true;
    case opt_send_timeout: s.send_timeout = value; return true;
    case opt_send_timeout_close: s.send_timeout_close = value != 0; return true;
    case opt_delay_send: delay_send_ = stream && value != 0; return true;
    case opt_read_packets:
      if (stream) return true;
      if (value <= 0) return false;
      read_packets_ = unsigned(value);
      return true;
    case opt_netns:
      if (value < 0) return false;
      netns_ = std::make_unique<std::string>(in->take(size_t(value)));
      return true;
    case opt_show_econnreset: s.show_econnreset = value != 0; return true;
    case opt_line_delimiter: delimiter_ = char(value); return true;
    case opt_debug: debug_ = value != 0; return true;
    default: *known = false; return false;
  }
}

// Group and interface: index(4), then group and own address (4 each), or the IPv6 group (16).
bool InetDriver::change_membership(Option option, int32_t family, WireReader* in) {
  bool join = option == opt_add_membership;
  uint32_t index = in->u32();
  if (family == family_inet && family_ == sys::AddressFamily::Inet) {
    std::string_view group = in->take(4), own = in->take(4);
    if (in->good()) sys::change_membership(fd_, join, index, group.data(), own.data());
    return in->good();
  }
  if (family != family_inet6 || family_ != sys::AddressFamily::Inet6) return false;
  std::string_view group = in->take(16);
  if (in->good()) sys::change_membership6(fd_, join, index, group.data());
  return in->good();
}

bool InetDriver::set_socket_option(Option option, int32_t value, WireReader* in) {
  ServiceKeeper keeper(fd_, option != opt_tos && option != opt_priority, option != opt_priority);
  int error = 0;
  bool told = false;
  switch (option) {
    case opt_linger: {
      int seconds = in->i32();
      settings_.linger_zero = type_ == sys::SocketType::Stream && value != 0 && seconds == 0;
      error = sys::set_linger(fd_, value, seconds);
      break;
    }
    case opt_multicast_interface:
      if (family_ == sys::AddressFamily::Inet) {
        error = sys::set_option(fd_, sys::SocketOption::MulticastInterface, int(__builtin_bswap32(uint32_t(value))));
      } else if (family_ == sys::AddressFamily::Inet6) {
        error = sys::set_option(fd_, sys::SocketOption::MulticastInterface6, value);
      } else {
        return false;
      }
      break;
    case opt_add_membership: case opt_drop_membership: return change_membership(option, value, in);
    case opt_raw: {
      int name = in->i32();
      std::string_view bytes = in->take(in->u32());
      if (!in->good()) return false;
      error = sys::set_raw_option(fd_, value, name, bytes);
      break;
    }
    case opt_bind_to_device: {
      if (value < 0 || size_t(value) > longest_device_name) return false;
      std::string_view device = in->take(size_t(value));
      if (!in->good()) return false;
      error = sys::bind_to_device(fd_, device);
      told = true;
      break;
    }
    default: {
      const SystemOption* o = system_option(option);
      if (!o) return false;
      if (option == opt_receive_buffer && !settings_.buffer_set) {
        // A datagram is not longer than 64 KB, whatever the system's buffer.
        bool datagram = type_ == sys::SocketType::Datagram;
        if (datagram && value > int32_t(largest_datagram)) settings_.buffer = largest_datagram;
        else if (value > int32_t(settings_.buffer)) settings_.buffer = uint32_t(value);
      }
      error = sys::set_option(fd_, o->option, value);
      told = o->told;
      if (error) break;
      if (option == opt_receive_tos) receive_ancillary_[int(sys::Ancillary::Tos)] = value != 0;
      if (option == opt_receive_traffic_class) receive_ancillary_[int(sys::Ancillary::TrafficClass)] = value != 0;
      if (option == opt_receive_ttl) receive_ancillary_[int(sys::Ancillary::Ttl)] = value != 0;
    }
  }
  if (!error) {
    int restored = keeper.restore();
    if (told) error = restored;
  }
  return !told || error == 0;
}

// Code(1), for raw(34) more. The reply has only what could be had.
void InetDriver::get_options(WireReader in, Reply& out) {
  while (in.left()) {
    auto option = Option(in.u8());
    if (!get_own_option(option, out) && !get_socket_option(option, &in, out)) return out.error(EINVAL);
  }
}

bool InetDriver::get_own_option(Option option, Reply& out) const {
  const Settings& s = settings_;
  auto put = [&](uint32_t value) {
    out.u8(option);
    out.u32(value);
    return true;
  };
  bool stream = type_ == sys::SocketType::Stream;
  switch (option) {
    case opt_buffer: return put(s.buffer);
    case opt_header: return put(s.form.header);
    case opt_mode: return put(s.form.binary);
    case opt_deliver: return put(!s.deliver_as_port);
    case opt_active:
      put(active_);
      if (active_ == active_count) out.u16(uint16_t(active_left_));
      return true;
    case opt_packet: return put(packet_code(s.packet));
    case opt_packet_size: return put(s.packet_size);
    case opt_exit_on_close: return put(s.exit_on_close);
    case opt_high_watermark: return stream ? put(uint32_t(s.high_watermark)) : true;
    case opt_low_watermark: return stream ? put(uint32_t(s.low_watermark)) : true;
    case opt_high_msgq_watermark: return put(uint32_t(port_->options.command_limits.high));
    case opt_low_msgq_watermark: return put(uint32_t(port_->options.command_limits.low));
    case opt_send_timeout: return stream ? put(uint32_t(s.send_timeout)) : true;
    case opt_send_timeout_close: return stream ? put(s.send_timeout_close) : true;
    case opt_delay_send: return stream ? put(delay_send_) : true;
    case opt_read_packets: return stream ? true : put(read_packets_);
    case opt_show_econnreset: return stream ? put(s.show_econnreset) : true;
    case opt_debug: return put(debug_);
    case opt_netns:
      if (!netns_) return true;
      put(uint32_t(netns_->size()));
      out.bytes(*netns_);
      return true;
    default: return false;
  }
}

bool InetDriver::get_socket_option(Option option, WireReader* in, Reply& out) const {
  switch (option) {
    case opt_linger: {
      int on, seconds;
      if (sys::get_linger(fd_, &on, &seconds)) return true;
      out.u8(option);
      out.u32(uint32_t(on));
      out.u32(uint32_t(seconds));
      return true;
    }
    case opt_multicast_interface: {
      bool v4 = family_ == sys::AddressFamily::Inet;
      if (!v4 && family_ != sys::AddressFamily::Inet6) return false;
      int value;
      if (sys::get_option(fd_, v4 ? sys::SocketOption::MulticastInterface : sys::SocketOption::MulticastInterface6, &value)) return true;
      out.u8(option);
      out.u32(v4 ? __builtin_bswap32(uint32_t(value)) : uint32_t(value));
      out.u32(v4 ? family_inet : family_inet6);
      return true;
    }
    case opt_raw: {  // Level(4), name(4), whether bytes follow(1), size(4), bytes
      int level = in->i32(), name = in->i32();
      bool given = in->u8();
      size_t size = in->u32();
      std::string value(given ? in->take(size) : std::string_view());
      if (!in->good() || out.text()->size() + 13 + size > largest_reply) return false;
      value.resize(size);
      if (sys::get_raw_option(fd_, level, name, &value)) return true;
      out.u8(option);
      out.u32(uint32_t(level));
      out.u32(uint32_t(name));
      out.u32(uint32_t(value.size()));
      out.bytes(value);
      return true;
    }
    case opt_bind_to_device: {
      std::string device;
      if (sys::bound_device(fd_, &device)) return true;
      out.u8(option);
      out.u32(uint32_t(device.size()));
      out.bytes(device);
      return true;
    }
    case opt_packet_options: {
      if (family_ != sys::AddressFamily::Inet && family_ != sys::AddressFamily::Inet6) return false;
      std::vector<sys::AncillaryItem> items;
      if (sys::connection_ancillary(fd_, family_, &items)) return true;
      out.u8(option);
      out.u32(uint32_t(5 * items.size()));
      for (const sys::AncillaryItem& item : items) {
        using Kind = sys::Ancillary;
        out.u8(item.kind == Kind::Tos ? opt_tos : item.kind == Kind::Ttl ? opt_ttl : opt_traffic_class);
        out.u32(uint32_t(item.value));
      }
      return true;
    }
    default: {
      const SystemOption* o = system_option(option);
      int value;
      if (!o) return false;
      if (sys::get_option(fd_, o->option, &value)) return true;
      out.u8(option);
      out.u32(uint32_t(value));
      return true;
    }
  }
}

}  // namespace joist::inet
