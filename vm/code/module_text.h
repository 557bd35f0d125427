// The loaded modules as text: of system_info(loaded) and of the break menu.
#pragma once
#include <string>

namespace joist {

// Bytes of current and old code in all, then a line a module.
std::string loaded_modules_text();

}  // namespace joist
