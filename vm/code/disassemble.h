// The machine's code as text: what `joist disasm` prints.
#pragma once
#include <string>

#include "vm/code/module.h"

namespace joist {

// Every instruction of the module, a line each: word offset, name, operands by name; function heads and source lines between.
std::string disassemble(const CodeInstance& instance);

}  // namespace joist
