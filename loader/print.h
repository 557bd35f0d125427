// Modules as text, for `joist disasm` and for looking at what the loader did.
#pragma once
#include <string>

#include "loader/generic.h"
#include "vm/code/module.h"

namespace joist {

// The tables: atoms, imports, exports, funs, literals, types.
std::string print_tables(const ParsedModule& module);
// Generic instructions, as the file has them.
std::string print_generic(const ParsedModule& module);
// The machine's instructions with their handlers' operand modes.
std::string print_specialised(const CodeInstance& code);

}  // namespace joist
