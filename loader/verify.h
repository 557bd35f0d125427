// Proof that running a parsed module cannot break the machine.
#pragma once
#include <vector>

#include "loader/generic.h"

namespace joist {

// Ok, or the first thing that is wrong. Checks in verify.cpp (tables, operands) and verify_flow.cpp (control flow).
Result<Ok, LoadError> verify_module(const ParsedModule& module);

// ---- the parts
// What an instruction does to registers, stack and heap, as far as a table can say it (verify_table.cpp).
struct OpRules {
  const char* operands = nullptr;  // one letter an operand, see verify_table.cpp; null: not accepted
  bool ends = false;               // control does not go on behind it
};
const OpRules& op_rules(unsigned opcode);

// "function foo/2, instruction 7 (call): " + what.
LoadError verify_error(const ParsedModule& module, const GenericFunction& function, size_t op, const std::string& what);
// returns: for each function of the module, whether it can come back (functions that only raise need no code behind a call).
Result<Ok, LoadError> verify_flow(const ParsedModule& module, const GenericFunction& function, const std::vector<bool>& returns);

}  // namespace joist
