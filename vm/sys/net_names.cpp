#include "vm/sys/net_names.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
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

LinkAddress link_of(const sockaddr* a) {
  LinkAddress out;
  if (!a || a->sa_family != AF_PACKET) return out;
  auto* link = reinterpret_cast<const sockaddr_ll*>(a);
  out.known = true;
  out.protocol = ntohs(link->sll_protocol);
  out.interface_index = link->sll_ifindex;
  out.hardware_type = link->sll_hatype;
  out.packet_type = link->sll_pkttype;
  out.bytes.assign(reinterpret_cast<const char*>(link->sll_addr), link->sll_halen);
  return out;
}

std::vector<const char*> flag_names_of(unsigned flags) {
  static constexpr struct {
    unsigned flag;
    const char* name;
  } known[] = {{IFF_UP, "up"}, {IFF_BROADCAST, "broadcast"}, {IFF_DEBUG, "debug"}, {IFF_LOOPBACK, "loopback"},
               {IFF_POINTOPOINT, "pointopoint"}, {IFF_NOTRAILERS, "notrailers"}, {IFF_RUNNING, "running"}, {IFF_NOARP, "noarp"},
               {IFF_PROMISC, "promisc"}, {IFF_MASTER, "master"}, {IFF_SLAVE, "slave"}, {IFF_MULTICAST, "multicast"},
               {IFF_PORTSEL, "portsel"}, {IFF_AUTOMEDIA, "automedia"}, {IFF_DYNAMIC, "dynamic"}};
  std::vector<const char*> out;
  for (const auto& k : known)
    if (flags & k.flag) out.push_back(k.name);
  return out;
}

struct Request : ifreq {
  explicit Request(const std::string& interface) {
    memset(static_cast<ifreq*>(this), 0, sizeof(ifreq));
    strncpy(ifr_name, interface.c_str(), IFNAMSIZ - 1);
  }
};

}  // namespace

SocketAddress socket_address(const sockaddr* a) {
  SocketAddress out;
  if (!a) return out;
  out.size = a->sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  memcpy(out.bytes, a, out.size);
  return out;
}

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

const char* hardware_type_name(uint16_t type) {
  switch (type) {
    case ARPHRD_NETROM: return "netrom";
    case ARPHRD_ETHER: return "ether";
    case ARPHRD_LOOPBACK: return "loopback";
    case ARPHRD_TUNNEL: return "tunnel";
    case ARPHRD_TUNNEL6: return "tunnel6";
    case ARPHRD_INFINIBAND: return "infiniband";
    case ARPHRD_NONE: return "none";
    case ARPHRD_VOID: return "void";
    default: return nullptr;
  }
}

const char* packet_type_name(uint8_t type) {
  switch (type) {
    case PACKET_HOST: return "host";
    case PACKET_BROADCAST: return "broadcast";
    case PACKET_MULTICAST: return "multicast";
    case PACKET_OTHERHOST: return "otherhost";
    case PACKET_OUTGOING: return "outgoing";
    default: return nullptr;
  }
}

int interface_addresses(std::vector<InterfaceAddress>* out) {
  ifaddrs* first;
  if (getifaddrs(&first) < 0) return errno;
  for (ifaddrs* i = first; i; i = i->ifa_next) {
    InterfaceAddress a;
    a.name = i->ifa_name;
    a.flags = flags_of(i->ifa_flags);
    a.flag_names = flag_names_of(i->ifa_flags);
    int family = i->ifa_addr ? i->ifa_addr->sa_family : AF_UNSPEC;
    if (family == AF_INET || family == AF_INET6) {
      a.address = socket_address(i->ifa_addr);
      a.netmask = socket_address(i->ifa_netmask);
      if (i->ifa_dstaddr && (i->ifa_flags & IFF_POINTOPOINT)) a.destination = socket_address(i->ifa_dstaddr);
      else if (i->ifa_broadaddr && (i->ifa_flags & IFF_BROADCAST)) a.broadcast = socket_address(i->ifa_broadaddr);
    } else if (family == AF_PACKET) {
      a.link = link_of(i->ifa_addr);
      if (i->ifa_flags & IFF_BROADCAST) a.link_broadcast = link_of(i->ifa_broadaddr);
    }
    out->push_back(std::move(a));
  }
  freeifaddrs(first);
  return 0;
}

bool interface_state(int fd, const std::string& name, InterfaceState* out) {
  Request r(name);
  auto ask = [&](unsigned long what) { return ioctl(fd, what, static_cast<ifreq*>(&r)) == 0; };
  if (ask(SIOCGIFADDR)) out->address = socket_address(&r.ifr_addr);
  if (ask(SIOCGIFNETMASK)) out->netmask = socket_address(&r.ifr_netmask);
  if (ask(SIOCGIFBRDADDR)) out->broadcast = socket_address(&r.ifr_broadaddr);
  if (ask(SIOCGIFDSTADDR)) out->destination = socket_address(&r.ifr_dstaddr);
  if (ask(SIOCGIFMTU)) out->mtu = r.ifr_mtu;
  if (ask(SIOCGIFHWADDR)) out->hardware.assign(r.ifr_hwaddr.sa_data, IFHWADDRLEN);
  out->has_flags = ask(SIOCGIFFLAGS);
  if (out->has_flags) out->flags = flags_of(unsigned(uint16_t(r.ifr_flags)));
  return out->has_flags;
}

int interface_list(int fd, std::vector<ifreq>* out) {
  out->resize(64);
  ifconf request;
  for (;;) {
    request.ifc_len = int(out->size() * sizeof(ifreq));
    request.ifc_req = out->data();
    if (ioctl(fd, SIOCGIFCONF, &request) < 0) return errno;
    if (size_t(request.ifc_len) < out->size() * sizeof(ifreq)) break;
    out->resize(2 * out->size());
  }
  out->resize(size_t(request.ifc_len) / sizeof(ifreq));
  return 0;
}

int interface_names(int fd, std::vector<std::string>* out) {
  std::vector<ifreq> all;
  if (int error = interface_list(fd, &all)) return error;
  for (const ifreq& r : all) out->push_back(r.ifr_name);
  return 0;
}

unsigned interface_index(const std::string& name, int* error) {
  unsigned index = if_nametoindex(name.c_str());
  *error = index ? 0 : errno;
  return index;
}

bool interface_name(unsigned index, std::string* out) {
  char name[IF_NAMESIZE];
  if (!if_indextoname(index, name)) return false;
  *out = name;
  return true;
}

std::vector<std::pair<unsigned, std::string>> interfaces() {
  std::vector<std::pair<unsigned, std::string>> out;
  struct if_nameindex* all = if_nameindex();
  for (auto* i = all; i && i->if_name; i++) out.emplace_back(i->if_index, i->if_name);
  if (all) if_freenameindex(all);
  return out;
}

}  // namespace joist::sys
