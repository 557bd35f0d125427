// Names and numbers of protocols, socket options and flags, as the module socket has them.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "vm/sys/socket.h"

namespace joist::sys {

// What a value of an option looks like in Erlang.
enum class OptionKind : uint8_t { None, Bool, Int, Text, Linger, Domain, Type, Protocol, Address, Membership, Membership6, SourceMembership, Discover, Tos, Family,
                                  PacketOptions };

struct NamedOption {
  const char* level;  // socket, ip, ipv6, tcp, udp
  const char* name;
  int level_number, number;  // number -1: known by name only
  OptionKind kind;
};
const std::vector<NamedOption>& named_options();
const NamedOption* find_named_option(int level_number, int number);
int socket_level();  // SOL_SOCKET

struct NamedNumber {
  const char* name;
  int number;
};
const char* name_of(std::span<const NamedNumber> table, int number);  // null: none
const std::vector<NamedNumber>& message_flags();
extern const int message_flag_peek, message_flag_truncated;

struct Protocol {
  int number;
  std::vector<std::string> names;  // the official one first
};
// The system's, then those whose options are known: they must be there even if the system has no list.
std::vector<Protocol> protocols();

// Numbers of domains (AF_…) and types (SOCK_…) by their names in Erlang; -1 for others.
int domain_number(const std::string& name);
int type_number(const std::string& name);
const char* domain_name(int number);  // null when it has none
const char* type_name(int number);

}  // namespace joist::sys
