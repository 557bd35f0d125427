// Control requests about network interfaces, by a socket of any kind (ioctl; netdevice(7)).
#pragma once
#include <string>
#include <vector>

#include "vm/sys/net_names.h"
#include "vm/sys/socket_names.h"

namespace joist::sys {

// What a request answers, or is given.
enum class InterfaceValue : uint8_t { Number, Flags, Address, Hardware, Map };

struct InterfaceRequest {
  const char* name;       // as the module socket has it; null: known by number only
  unsigned long number;
  InterfaceValue value;
};
// Those that are given the name of an interface.
const InterfaceRequest* find_interface_question(unsigned long number);
const InterfaceRequest* find_interface_setting(unsigned long number);
// Requests of other shapes.
extern const unsigned long request_interfaces, request_interface_name;
// All that have names, with their numbers.
std::vector<NamedNumber> interface_requests();
// All flags that the module socket knows; 0 for those that this system has not.
const std::vector<NamedNumber>& interface_flags();

struct InterfaceMap {
  uint64_t memory_start, memory_end;
  uint32_t base_address, interrupt, dma, port;
};
struct InterfaceReply {
  int number = 0;          // Number, Flags
  SocketAddress address;   // Address
  uint16_t hardware_type = 0;
  std::string hardware;
  InterfaceMap map{};
};
// 0 or an errno value, all of them.
int ask_interface(int fd, const InterfaceRequest& request, const std::string& interface, InterfaceReply* out);
int set_interface(int fd, const InterfaceRequest& request, const std::string& interface, int number, const SocketAddress& address);
// As set_interface with flags: sets and clears bits.
int change_interface_flags(int fd, const std::string& interface, int set, int clear);
int interface_name_of(int fd, int index, std::string* out);
struct NamedAddress {
  std::string name;
  SocketAddress address;
};
int interfaces_with_addresses(int fd, std::vector<NamedAddress>* out);

}  // namespace joist::sys
