// Requests about network interfaces.
#include <cerrno>

#include "vm/port/inet/inet_driver.h"
#include "vm/sys/net_names.h"

namespace joist::inet {
namespace {

// Option, family, bytes.
void put_ip(InterfaceOption option, const sys::SocketAddress& a, Reply& out) {
  if (!a.size) return;
  out.u8(option);
  out.u8(a.family() == sys::AddressFamily::Inet6 ? family_inet6 : family_inet);
  out.bytes(a.ip());
}

void put_hardware(const std::string& address, Reply& out) {
  out.u8(if_hardware);
  out.u16(uint16_t(address.size()));
  out.bytes(address);
}

void put_flags(uint32_t flags, Reply& out) {
  out.u8(if_flags);
  out.u32(flags);
}

// Interface names come as UTF-8 of Latin-1.
std::string utf8_of(const std::string& name) {
  std::string out;
  for (char ch : name) {
    if (uint8_t(ch) < 0x80) {
      out.push_back(ch);
    } else {
      out.push_back(char(0xc0 | uint8_t(ch) >> 6));
      out.push_back(char(0x80 | (ch & 0x3f)));
    }
  }
  return out;
}

// For each address: name, 0, options, 0.
void all_addresses(Reply& out) {
  std::vector<sys::InterfaceAddress> all;
  if (int error = sys::interface_addresses(&all)) return out.error(error);
  for (const sys::InterfaceAddress& a : all) {
    out.bytes(utf8_of(a.name));
    out.u8(0);
    put_flags(a.flags, out);
    put_ip(if_address, a.address, out);
    put_ip(if_netmask, a.netmask, out);
    put_ip(if_destination, a.destination, out);
    put_ip(if_broadcast, a.broadcast, out);
    if (a.link.bytes.size() > 1) put_hardware(a.link.bytes, out);
    out.u8(0);
  }
}

void names(int fd, Reply& out) {
  std::vector<std::string> all;
  if (int error = sys::interface_names(fd, &all)) return out.error(error);
  for (const std::string& name : all) {
    out.bytes(name);
    out.u8(0);
  }
}

void get(int fd, WireReader in, Reply& out) {
  std::string name(in.take(in.u8()));
  if (!in.good()) return out.error(EINVAL);
  sys::InterfaceState s;
  sys::interface_state(fd, name, &s);
  while (in.left()) {
    switch (InterfaceOption(in.u8())) {
      case if_address: put_ip(if_address, s.address, out); break;
      case if_broadcast: put_ip(if_broadcast, s.broadcast, out); break;
      case if_destination: put_ip(if_destination, s.destination, out); break;
      case if_netmask: put_ip(if_netmask, s.netmask, out); break;
      case if_hardware:
        if (!s.hardware.empty()) put_hardware(s.hardware, out);
        break;
      case if_mtu:
        if (s.mtu >= 0) {
          out.u8(if_mtu);
          out.u32(uint32_t(s.mtu));
        }
        break;
      case if_flags: put_flags(s.flags, out); break;
      default: return out.error(EINVAL);
    }
  }
}

}  // namespace

void interface_request(int fd, unsigned operation, WireReader in, Reply& out) {
  switch (operation) {
    case req_interface_list: return names(fd, out);
    case req_interface_addresses: return all_addresses(out);
    case req_interface_get: return get(fd, in, out);
    default: return out.error(ENOTSUP);  // setting is not there
  }
}

}  // namespace joist::inet
