// Modules that the loader of this build has verified before.
//
// Verifying is a fifth of the work of loading. What it looks at is covered by a module's MD5 and the number of its line items, so a
// module that is on a list made by `joist verify` of the same build needs no second look. The list lies beside the binary and is
// trusted as much as that. Modules of which verification finds something out for the later stages are never on it.
#pragma once
#include <compare>
#include <string>
#include <vector>

#include "loader/generic.h"

namespace joist {

struct VerifiedModule {
  uint8_t md5[16];
  uint32_t lines;
  auto operator<=>(const VerifiedModule&) const = default;
};
VerifiedModule verified_module(const ParsedModule& module);
// After verification: whether the module may be on the list.
bool may_be_listed(const ParsedModule& module);

// At boot, before other threads run. A list that is not there, damaged or of another build counts as empty.
void use_verified_list(const std::string& file);
bool is_verified(const ParsedModule& module);
// False when the file cannot be written. Sorts the modules, which may all be listed.
bool write_verified_list(const std::string& file, std::vector<VerifiedModule>& modules);

}  // namespace joist
