#include "vm/sys/interface_control.h"

#include <cerrno>
#include <cstring>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>

namespace joist::sys {

const unsigned long request_interfaces = SIOCGIFCONF, request_interface_name = SIOCGIFNAME;

namespace {

using enum InterfaceValue;

constexpr InterfaceRequest questions[] = {
    {"gifindex", SIOCGIFINDEX, Number}, {"gifflags", SIOCGIFFLAGS, Flags}, {"gifaddr", SIOCGIFADDR, Address},
    {"gifdstaddr", SIOCGIFDSTADDR, Address}, {"gifbrdaddr", SIOCGIFBRDADDR, Address}, {"gifnetmask", SIOCGIFNETMASK, Address},
    {"gifmtu", SIOCGIFMTU, Number}, {"gifhwaddr", SIOCGIFHWADDR, Hardware}, {"gifmap", SIOCGIFMAP, Map}, {"giftxqlen", SIOCGIFTXQLEN, Number}};
constexpr InterfaceRequest settings[] = {
    {"sifflags", SIOCSIFFLAGS, Flags}, {"sifaddr", SIOCSIFADDR, Address}, {"sifdstaddr", SIOCSIFDSTADDR, Address},
    {"sifbrdaddr", SIOCSIFBRDADDR, Address}, {nullptr, SIOCSIFNETMASK, Address}, {"sifmtu", SIOCSIFMTU, Number},
    {"siftxqlen", SIOCSIFTXQLEN, Number}};

template <size_t N>
const InterfaceRequest* find(const InterfaceRequest (&table)[N], unsigned long number) {
  for (const InterfaceRequest& r : table)
    if (r.number == number) return &r;
  return nullptr;
}

ifreq request_of(const std::string& interface) {
  ifreq r;
  memset(&r, 0, sizeof r);
  memcpy(r.ifr_name, interface.data(), interface.size() < IFNAMSIZ ? interface.size() : IFNAMSIZ - 1);
  return r;
}

int call(int fd, unsigned long number, ifreq& r) { return ioctl(fd, number, &r) < 0 ? errno : 0; }

}  // namespace

const InterfaceRequest* find_interface_question(unsigned long number) { return find(questions, number); }
const InterfaceRequest* find_interface_setting(unsigned long number) { return find(settings, number); }

std::vector<NamedNumber> interface_requests() {
  std::vector<NamedNumber> all{{"gifconf", SIOCGIFCONF}, {"gifname", SIOCGIFNAME}};
  for (const InterfaceRequest& r : questions) all.push_back({r.name, int(r.number)});
  for (const InterfaceRequest& r : settings)
    if (r.name) all.push_back({r.name, int(r.number)});
  return all;
}

// Names that other systems have stand where theirs does, so that a set of flags comes in OTP's order.
const std::vector<NamedNumber>& interface_flags() {
  constexpr int lower_up = 1 << 16, dormant = 1 << 17, echo = 1 << 18;  // of linux/if.h, which cannot stand beside net/if.h
  static const std::vector<NamedNumber> all{
      {"up", IFF_UP}, {"broadcast", IFF_BROADCAST}, {"debug", IFF_DEBUG}, {"loopback", IFF_LOOPBACK}, {"pointopoint", IFF_POINTOPOINT},
      {"notrailers", IFF_NOTRAILERS}, {"knowsepoch", 0}, {"running", IFF_RUNNING}, {"noarp", IFF_NOARP}, {"promisc", IFF_PROMISC},
      {"allmulti", IFF_ALLMULTI}, {"master", IFF_MASTER}, {"oactive", 0}, {"slave", IFF_SLAVE}, {"simplex", 0}, {"multicast", IFF_MULTICAST},
      {"link0", 0}, {"link1", 0}, {"link2", 0}, {"portsel", IFF_PORTSEL}, {"automedia", IFF_AUTOMEDIA}, {"dynamic", IFF_DYNAMIC},
      {"cantconfig", 0}, {"lower_up", lower_up}, {"ppromisc", 0}, {"dormant", dormant}, {"monitor", 0}, {"echo", echo}, {"staticarp", 0},
      {"dying", 0}, {"renaming", 0}, {"nogroup", 0}};
  return all;
}

int ask_interface(int fd, const InterfaceRequest& request, const std::string& interface, InterfaceReply* out) {
  ifreq r = request_of(interface);
  if (int error = call(fd, request.number, r)) return error;
  switch (request.value) {
    // Length of the queue, index and MTU lie in the same place.
    case Number: out->number = r.ifr_ifindex; break;
    case Flags: out->number = r.ifr_flags; break;
    case Address: out->address = socket_address(&r.ifr_addr); break;
    case Hardware:
      out->hardware_type = r.ifr_hwaddr.sa_family;
      out->hardware.assign(r.ifr_hwaddr.sa_data, sizeof r.ifr_hwaddr.sa_data);
      break;
    case Map: out->map = {r.ifr_map.mem_start, r.ifr_map.mem_end, r.ifr_map.base_addr, r.ifr_map.irq, r.ifr_map.dma, r.ifr_map.port}; break;
  }
  return 0;
}

int set_interface(int fd, const InterfaceRequest& request, const std::string& interface, int number, const SocketAddress& address) {
  ifreq r = request_of(interface);
  if (request.value == Address) memcpy(&r.ifr_addr, address.bytes, address.size < sizeof r.ifr_addr ? address.size : sizeof r.ifr_addr);
  else r.ifr_mtu = number;
  return call(fd, request.number, r);
}

int change_interface_flags(int fd, const std::string& interface, int set, int clear) {
  ifreq r = request_of(interface);
  if (int error = call(fd, SIOCGIFFLAGS, r)) return error;
  r.ifr_flags = short((r.ifr_flags | set) & ~clear);
  return call(fd, SIOCSIFFLAGS, r);
}

int interface_name_of(int fd, int index, std::string* out) {
  ifreq r = request_of({});
  r.ifr_ifindex = index;
  if (int error = call(fd, SIOCGIFNAME, r)) return error;
  *out = r.ifr_name;
  return 0;
}

int interfaces_with_addresses(int fd, std::vector<NamedAddress>* out) {
  std::vector<ifreq> all;
  if (int error = interface_list(fd, &all)) return error;
  for (const ifreq& r : all) out->push_back({r.ifr_name, socket_address(&r.ifr_addr)});
  return 0;
}

}  // namespace joist::sys
