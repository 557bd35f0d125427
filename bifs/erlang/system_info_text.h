// Parts of system_info/1 that are texts in the format of crash dumps.
#pragma once
#include <string>

namespace joist {

std::string general_info_text();   // system_info(info): memory and tables
std::string distribution_text();   // system_info(dist)
std::string system_version();      // system_info(system_version): a line

}  // namespace joist
