// Parts of system_info/1 that are texts in the format of crash dumps.
#pragma once
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace joist {

// What erlang:memory/0 tells, of this moment: name and bytes, in its order.
std::vector<std::pair<const char*, size_t>> memory_by_use();
std::string general_info_text();   // system_info(info): memory and tables
// system_info(dist). with_ties: links and monitors too; nobody else runs then.
std::string distribution_text(bool with_ties);
std::string system_version();      // system_info(system_version): a line

}  // namespace joist
