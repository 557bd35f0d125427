// The machine's code as text: what `joist disasm` and erts_debug:df/1 print.
#pragma once
#include <string>

#include "vm/code/module.h"

namespace joist {

// Every instruction of the module, a line each: word offset, name, operands by name; function heads and source lines between.
std::string disassemble(const CodeInstance& instance);

// Appends one instruction, a line, to `out`; returns its words, 0 when no instruction begins at the offset.
uint32_t disassemble_one(const CodeInstance& instance, uint32_t offset, std::string* out);

}  // namespace joist
