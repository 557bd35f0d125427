// Host names and addresses by the system's own look-up. These calls block.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "vm/sys/socket.h"

namespace joist::sys {

enum class LookUpError : uint8_t { None, NotFound, TryAgain, NoRecovery, NoData, Internal };

struct HostEntry {
  std::vector<std::string> addresses;  // 4 or 16 bytes each
  std::vector<std::string> names;      // the official one first
};
LookUpError host_by_name(const std::string& name, bool ipv6, HostEntry* out);
LookUpError host_by_address(std::string_view address, HostEntry* out);  // 4 or 16 bytes

// getaddrinfo and getnameinfo. Errors are named as the module net has them: enoname, efail …
struct AddressInfo {
  int domain, type, protocol;
  SocketAddress address;
};
// Null, or an error's name.
const char* address_info(const std::string* host, const std::string* service, std::vector<AddressInfo>* out);
// False: *error, which is null when a flag is none.
bool name_info(const SocketAddress& address, const std::vector<std::string>& flags, std::string* host, std::string* service,
               const char** error);

}  // namespace joist::sys
