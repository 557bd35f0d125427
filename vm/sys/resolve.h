// Host names and addresses by the system's own look-up. These calls block.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace joist::sys {

enum class LookUpError : uint8_t { None, NotFound, TryAgain, NoRecovery, NoData, Internal };

struct HostEntry {
  std::vector<std::string> addresses;  // 4 or 16 bytes each
  std::vector<std::string> names;      // the official one first
};
LookUpError host_by_name(const std::string& name, bool ipv6, HostEntry* out);
LookUpError host_by_address(std::string_view address, HostEntry* out);  // 4 or 16 bytes

}  // namespace joist::sys
