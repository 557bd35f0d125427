// The order of parsing: a stage may use what the stages before it filled.
#include "loader/parse.h"

#include "loader/iff.h"
#include "loader/literals.h"
#include "loader/pack.h"

namespace joist {

Result<std::unique_ptr<ParsedModule>, LoadError> parse_module(std::span<const uint8_t> bytes) {
  BeamFile file = TRY(BeamFile::open(bytes));
  auto module = std::make_unique<ParsedModule>();
  LiteralPlan plan;
  TRY(parse_tables(file, *module));
  TRY(parse_code_tables(file, *module));
  TRY(parse_literals(file, *module, plan));
  TRY(parse_lines(file, *module, plan));
  TRY(parse_code(file, *module, plan));
  TRY(build_literals(*module, plan));
  return module;
}

Result<std::unique_ptr<ParsedModule>, LoadError> parse_module(std::span<const uint8_t> bytes, const PackedModule& packed) {
  BeamFile file = TRY(BeamFile::open(bytes));
  auto module = std::make_unique<ParsedModule>();
  LiteralPlan plan;
  TRY(parse_tables(file, *module));
  TRY(parse_literals(file, *module, plan));
  TRY(parse_lines(file, *module, plan));
  packed.describe(*module);
  TRY(build_literals(*module, plan));
  return module;
}

}  // namespace joist
