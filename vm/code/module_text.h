// The loaded modules as text: of system_info(loaded), of the break menu and of crash dumps.
#pragma once
#include <string>

namespace joist {

struct Module;

// Bytes of current and old code.
struct CodeSizes {
  size_t current = 0, old = 0;
};
CodeSizes code_sizes(const Module& module);
CodeSizes loaded_code_sizes();  // of all modules

// Bytes of current and old code in all, then a line a module.
std::string loaded_modules_text();

}  // namespace joist
