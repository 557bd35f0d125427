#include "vm/sys/net_names.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netdb.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace joist::sys {
namespace {

uint32_t flags_of(unsigned f) {
  // "running" is what OTP shows for "up".
  return (f & IFF_UP ? uint32_t(interface_up | interface_running) : 0) | (f & IFF_BROADCAST ? uint32_t(interface_broadcast) : 0) |
         (f & IFF_LOOPBACK ? uint32_t(interface_loopback) : 0) | (f & IFF_POINTOPOINT ? uint32_t(interface_point_to_point) : 0) |
         (f & IFF_MULTICAST ? uint32_t(interface_multicast) : 0);
}

SocketAddress address_of(const sockaddr* a) {
  SocketAddress out;
  if (!a) return out;
  out.size = a->sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  memcpy(out.bytes, a, out.size);
  return out;
}

struct Request : ifreq {
  explicit Request(const std::string& interface) {
    memset(static_cast<ifreq*>(this), 0, sizeof(ifreq));
    strncpy(ifr_name, interface.c_str(), IFNAMSIZ - 1);
  }
};

}  // namespace

int host_name(std::string* out) {
  char name[256];
  if (gethostname(name, sizeof name) < 0) return errno;
  *out = name;
  return 0;
}

bool service_port(const std::string& name, const std::string& protocol, uint16_t* port) {
  servent entry, *found = nullptr;
  char buffer[2048];
  if (getservbyname_r(name.c_str(), protocol.c_str(), &entry, buffer, sizeof buffer, &found) != 0 || !found) return false;
  *port = ntohs(uint16_t(found->s_port));
  return true;
}

bool service_name(uint16_t port, const std::string& protocol, std::string* name) {
  servent entry, *found = nullptr;
  char buffer[2048];
  if (getservbyport_r(htons(port), protocol.c_str(), &entry, buffer, sizeof buffer, &found) != 0 || !found) return false;
  *name = found->s_name;
  return true;
}

int interface_addresses(std::vector<InterfaceAddress>* out) {
  ifaddrs* first;
  if (getifaddrs(&first) < 0) return errno;
  for (ifaddrs* i = first; i; i = i->ifa_next) {
    InterfaceAddress a;
    a.name = i->ifa_name;
    a.flags = flags_of(i->ifa_flags);
    int family = i->ifa_addr ? i->ifa_addr->sa_family : AF_UNSPEC;
    if (family == AF_INET || family == AF_INET6) {
      a.address = address_of(i->ifa_addr);
      a.netmask = address_of(i->ifa_netmask);
      if (i->ifa_dstaddr && (i->ifa_flags & IFF_POINTOPOINT)) a.destination = address_of(i->ifa_dstaddr);
      else if (i->ifa_broadaddr && (i->ifa_flags & IFF_BROADCAST)) a.broadcast = address_of(i->ifa_broadaddr);
    } else if (family == AF_PACKET) {
      auto* link = reinterpret_cast<const sockaddr_ll*>(i->ifa_addr);
      a.hardware.assign(reinterpret_cast<const char*>(link->sll_addr), link->sll_halen);
    }
    out->push_back(std::move(a));
  }
  freeifaddrs(first);
  return 0;
}

bool interface_state(int fd, const std::string& name, InterfaceState* out) {
  Request r(name);
  auto ask = [&](unsigned long what) { return ioctl(fd, what, static_cast<ifreq*>(&r)) == 0; };
  if (ask(SIOCGIFADDR)) out->address = address_of(&r.ifr_addr);
  if (ask(SIOCGIFNETMASK)) out->netmask = address_of(&r.ifr_netmask);
  if (ask(SIOCGIFBRDADDR)) out->broadcast = address_of(&r.ifr_broadaddr);
  if (ask(SIOCGIFDSTADDR)) out->destination = address_of(&r.ifr_dstaddr);
  if (ask(SIOCGIFMTU)) out->mtu = r.ifr_mtu;
  if (ask(SIOCGIFHWADDR)) out->hardware.assign(r.ifr_hwaddr.sa_data, IFHWADDRLEN);
  out->has_flags = ask(SIOCGIFFLAGS);
  if (out->has_flags) out->flags = flags_of(unsigned(uint16_t(r.ifr_flags)));
  return out->has_flags;
}

int interface_names(int fd, std::vector<std::string>* out) {
  std::vector<ifreq> all(64);
  ifconf request;
  for (;;) {
    request.ifc_len = int(all.size() * sizeof(ifreq));
    request.ifc_req = all.data();
    if (ioctl(fd, SIOCGIFCONF, &request) < 0) return errno;
    if (size_t(request.ifc_len) < all.size() * sizeof(ifreq)) break;
    all.resize(2 * all.size());
  }
  for (size_t i = 0; i < size_t(request.ifc_len) / sizeof(ifreq); i++) out->push_back(all[i].ifr_name);
  return 0;
}

}  // namespace joist::sys
