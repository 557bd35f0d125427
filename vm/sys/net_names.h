// Names of the network: this host's, services', interfaces'.
#pragma once
#include <string>
#include <vector>

#include "vm/sys/socket.h"

struct ifreq;
struct sockaddr;

namespace joist::sys {

int host_name(std::string* out);
// Of /etc/services. False: there is none.
bool service_port(const std::string& name, const std::string& protocol, uint16_t* port);
bool service_name(uint16_t port, const std::string& protocol, std::string* name);

enum InterfaceFlag : uint32_t {
  interface_up = 1, interface_broadcast = 2, interface_loopback = 4, interface_point_to_point = 8, interface_running = 16,
  interface_multicast = 32,
};
// A link-layer address.
struct LinkAddress {
  bool known = false;
  uint16_t protocol = 0, hardware_type = 0;
  uint8_t packet_type = 0;
  int interface_index = 0;
  std::string bytes;
};
const char* hardware_type_name(uint16_t type);  // null when it has none
const char* packet_type_name(uint8_t type);

// One address of an interface; parts that it has not have size 0.
struct InterfaceAddress {
  std::string name;
  uint32_t flags = 0;  // InterfaceFlag
  std::vector<const char*> flag_names;  // all that the system has set
  SocketAddress address, netmask, broadcast, destination;
  LinkAddress link, link_broadcast;
};
int interface_addresses(std::vector<InterfaceAddress>* out);

// An interface as the system's control calls show it (IPv4), by a socket of any kind.
struct InterfaceState {
  SocketAddress address, netmask, broadcast, destination;
  int mtu = -1;
  bool has_flags = false;
  uint32_t flags = 0;
  std::string hardware;
};
bool interface_state(int fd, const std::string& name, InterfaceState* out);
int interface_names(int fd, std::vector<std::string>* out);
int interface_list(int fd, std::vector<ifreq>* out);  // IPv4 addresses and whose they are
SocketAddress socket_address(const sockaddr* address);  // of IPv4 or IPv6; null: size 0
unsigned interface_index(const std::string& name, int* error);  // 0: *error
bool interface_name(unsigned index, std::string* out);
std::vector<std::pair<unsigned, std::string>> interfaces();

}  // namespace joist::sys
