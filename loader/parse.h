// From bytes to a ParsedModule.
#pragma once
#include <memory>
#include <span>

#include "loader/generic.h"

namespace joist {

class BeamFile;
class PackedModule;

// Everything of a beam file: container, tables and code. Makes atoms (they stay, as in OTP, even if the load fails) and a
// literal area. Does not judge the code: verify() does.
Result<std::unique_ptr<ParsedModule>, LoadError> parse_module(std::span<const uint8_t> bytes);

// The same for a packed module: all but the code.
Result<std::unique_ptr<ParsedModule>, LoadError> parse_module(std::span<const uint8_t> bytes, const PackedModule& packed);

// ---- pieces, in the order that parse_module calls them; each fills its part of `module` or says what is wrong
Result<Ok, LoadError> parse_tables(const BeamFile& file, ParsedModule& module);  // atoms, exports, funs
Result<Ok, LoadError> parse_code_tables(const BeamFile& file, ParsedModule& module);  // what only code refers to: imports, strings, types
// Terms of the literal area before it exists: what is to be built, in order.
struct LiteralPlan;
Result<Ok, LoadError> parse_code(const BeamFile& file, ParsedModule& module, LiteralPlan& plan);
Result<Ok, LoadError> parse_lines(const BeamFile& file, ParsedModule& module, LiteralPlan& plan);
Result<Ok, LoadError> parse_literals(const BeamFile& file, ParsedModule& module, LiteralPlan& plan);
// Builds the area and replaces module.literals, files, attributes and compile_info by terms in it.
Result<Ok, LoadError> build_literals(ParsedModule& module, LiteralPlan& plan);

}  // namespace joist
