// Names of the network: this host's, services', interfaces'.
#pragma once
#include <string>
#include <vector>

#include "vm/sys/socket.h"

namespace joist::sys {

int host_name(std::string* out);
// Of /etc/services. False: there is none.
bool service_port(const std::string& name, const std::string& protocol, uint16_t* port);
bool service_name(uint16_t port, const std::string& protocol, std::string* name);

enum InterfaceFlag : uint32_t {
  interface_up = 1, interface_broadcast = 2, interface_loopback = 4, interface_point_to_point = 8, interface_running = 16, interface_multicast = 32,
};
// One address of an interface; parts that it has not have size 0.
struct InterfaceAddress {
  std::string name;
  uint32_t flags = 0;  // InterfaceFlag
  SocketAddress address, netmask, broadcast, destination;
  std::string hardware;
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

}  // namespace joist::sys
