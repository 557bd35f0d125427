// Tables of a beam file: atoms, imports, exports, funs, strings, types and lines.
//
// Counts are checked against the bytes that are there before anything is allocated, so no lying count costs memory.
#include <cstring>
#include <limits>

#include "loader/iff.h"
#include "loader/literals.h"
#include "loader/parse.h"
#include "loader/reader.h"
#include "vm/base/utf8.h"
#include "vm/term/atom.h"

namespace joist {

CompactNumber read_compact(Reader& in) {
  CompactNumber n;
  uint8_t first = in.u8();
  n.tag = CompactNumber::Tag(first & 7);
  if (!(first & 8)) {
    n.value = first >> 4;
    return n;
  }
  if (!(first & 16)) {
    n.value = (first >> 5) << 8 | in.u8();
    return n;
  }
  size_t size = (first >> 5) + 2;
  if (first >> 5 == 7) {
    // The size itself is a number; sizes of sizes nest no deeper in any real file.
    Reader ahead = in;
    uint8_t next = ahead.u8();
    if ((next & 7) != CompactNumber::Unsigned || next >> 3 == 31) {
      in.fail();
      return n;
    }
    CompactNumber count = read_compact(in);
    if (!count.big.empty() || size_t(count.value) > in.left()) {
      in.fail();
      return n;
    }
    size = size_t(count.value) + 9;
  }
  auto bytes = in.bytes(size);
  if (!in.ok()) return n;
  bool negative = n.tag == CompactNumber::Integer && (bytes[0] & 0x80);
  uint8_t filler = negative ? 0xff : 0;
  while (bytes.size() > 1 && bytes[0] == filler && (n.tag != CompactNumber::Integer || (bytes[1] & 0x80) == (filler & 0x80)))
    bytes = bytes.subspan(1);
  Word value = negative ? ~Word(0) : 0;
  for (uint8_t byte : bytes.size() <= 8 ? bytes : bytes.first(0)) value = value << 8 | byte;
  bool fits = bytes.size() <= 8 && (n.tag == CompactNumber::Integer || SWord(value) >= 0);
  if (fits) n.value = SWord(value);
  else n.big = bytes;
  return n;
}

namespace {

LoadError corrupt(const char* what) { return LoadError{std::string("corrupt ") + what}; }

bool valid_atom_text(std::span<const uint8_t> text) {
  size_t characters = 0;
  const uint8_t* end = text.data() + text.size();
  for (const uint8_t* p = text.data(); p < end; characters++) {
    Utf8Step step = utf8_step(p, end);
    if (step.length <= 0) return false;
    p += step.length;
  }
  return characters <= max_atom_characters;
}

// AtU8: count, then length and text of each. A negative count (OTP 28): lengths are compact numbers.
Result<Ok, LoadError> parse_atoms(std::span<const uint8_t> chunk, ParsedModule& module) {
  Reader in(chunk);
  int32_t count = int32_t(in.u32());
  bool long_lengths = count < 0;
  size_t n = long_lengths ? size_t(-int64_t(count)) : size_t(count);
  if (!in.ok() || n == 0 || n > in.left()) return corrupt("atom table");
  module.atoms = module.arena.array<Term>(n + 1);
  module.atoms[0] = nil;
  for (size_t i = 1; i <= n; i++) {
    size_t length;
    if (long_lengths) {
      CompactNumber number = read_compact(in);
      if (number.tag != CompactNumber::Unsigned || !number.big.empty()) return corrupt("atom table");
      length = size_t(number.value);
    } else {
      length = in.u8();
    }
    auto text = in.bytes(length);
    if (!in.ok() || !valid_atom_text(text)) return corrupt("atom table");
    Term atom = make_atom({reinterpret_cast<const char*>(text.data()), text.size()});
    if (atom.is_non_value()) return LoadError{"the atom table is full"};
    module.atoms[i] = atom;
  }
  module.name = module.atoms[1];
  return Ok{};
}

// An atom by its number in the file; the non-value when there is no such atom.
Term atom_at(const ParsedModule& module, uint32_t index) {
  return index > 0 && index < module.atoms.size() ? module.atoms[index] : Term();
}

// Starts a table of fixed-size rows: reads the count and checks that the rows are there.
bool table_count(Reader& in, size_t row_bytes, size_t* count) {
  *count = in.u32();
  return in.ok() && *count <= in.left() / row_bytes;
}

Result<Ok, LoadError> parse_imports(std::span<const uint8_t> chunk, ParsedModule& module) {
  Reader in(chunk);
  size_t count;
  if (!table_count(in, 12, &count)) return corrupt("import table");
  module.imports = module.arena.array<ImportRow>(count);
  for (auto& row : module.imports) {
    row.module = atom_at(module, in.u32());
    row.function = atom_at(module, in.u32());
    row.arity = in.u32();
    if (!row.module.is_value() || !row.function.is_value() || row.arity > 255) return corrupt("import table");
  }
  return Ok{};
}

Result<Ok, LoadError> parse_exports(std::span<const uint8_t> chunk, ParsedModule& module, std::span<ExportRow>& rows, const char* what) {
  Reader in(chunk);
  size_t count;
  if (!table_count(in, 12, &count)) return corrupt(what);
  rows = module.arena.array<ExportRow>(count);
  for (auto& row : rows) {
    row.function = atom_at(module, in.u32());
    row.arity = in.u32();
    row.label = in.u32();
    if (!row.function.is_value() || row.arity > 255) return corrupt(what);
  }
  return Ok{};
}

Result<Ok, LoadError> parse_lambdas(std::span<const uint8_t> chunk, ParsedModule& module) {
  Reader in(chunk);
  size_t count;
  if (!table_count(in, 24, &count)) return corrupt("fun table");
  module.lambdas = module.arena.array<LambdaRow>(count);
  for (auto& row : module.lambdas) {
    row.function = atom_at(module, in.u32());
    row.arity = in.u32();
    row.label = in.u32();
    row.old_index = in.u32();
    row.num_free = in.u32();
    row.old_uniq = in.u32();
    if (!row.function.is_value() || row.arity > 255 || row.num_free > row.arity) return corrupt("fun table");
  }
  return Ok{};
}

// Version 1 (OTP 25): rows of 18 bytes. 2 (26): a mask whose high bits say which of min, max and unit follow. 3 (27, 28): the
// same without the match-state bit. Other versions are not understood: no types at all, which is always safe.
Result<Ok, LoadError> parse_types(std::span<const uint8_t> chunk, ParsedModule& module) {
  Reader in(chunk);
  uint32_t version = in.u32();
  if (version < 1 || version > 3) return Ok{};
  size_t count;
  if (!table_count(in, 2, &count) || count == 0) return corrupt("type table");
  module.types = module.arena.array<TypeInfo>(count);
  for (auto& type : module.types) {
    uint16_t mask = in.u16();
    if (version == 1) {
      type.min = SWord(in.u64());
      type.max = SWord(in.u64());
      type.has_min = type.has_max = type.min <= type.max;
      type.bits = mask;
    } else {
      unsigned union_bits = version == 2 ? 13 : 12;
      type.has_min = mask >> union_bits & 1;
      type.has_max = mask >> (union_bits + 1) & 1;
      if (type.has_min) type.min = SWord(in.u64());
      if (type.has_max) type.max = SWord(in.u64());
      if (mask >> (union_bits + 2) & 1) type.unit = uint8_t(in.u8() + 1);
      type.bits = mask & ((1 << union_bits) - 1);
      if (version == 3) type.bits = (type.bits & 3) | (type.bits & ~3) << 1;
      // Without match states in the union, a bitstring may be one.
      if (version == 3 && type.bits & TypeInfo::Bitstring) type.bits |= TypeInfo::MatchState;
    }
    if (!in.ok() || type.bits & ~TypeInfo::Any) return corrupt("type table");
    if (type.bits == 0) type.bits = TypeInfo::Any;
  }
  return Ok{};
}

}  // namespace

Result<Ok, LoadError> parse_tables(const BeamFile& file, ParsedModule& module) {
  if (file.chunk(chunk_id("AtU8")).empty()) return LoadError{"no UTF-8 atom table: compiled before OTP 20, or no module"};
  TRY(parse_atoms(file.chunk(chunk_id("AtU8")), module));
  if (file.chunk(chunk_id("ExpT")).empty()) return LoadError{"no export table"};
  TRY(parse_exports(file.chunk(chunk_id("ExpT")), module, module.exports, "export table"));
  if (auto lambdas = file.chunk(chunk_id("FunT")); !lambdas.empty()) TRY(parse_lambdas(lambdas, module));
  return Ok{};
}

Result<Ok, LoadError> parse_code_tables(const BeamFile& file, ParsedModule& module) {
  if (file.chunk(chunk_id("ImpT")).empty()) return LoadError{"no import table"};
  TRY(parse_imports(file.chunk(chunk_id("ImpT")), module));
  if (auto locals = file.chunk(chunk_id("LocT")); !locals.empty())
    TRY(parse_exports(locals, module, module.locals, "table of local functions"));
  if (auto types = file.chunk(chunk_id("Type")); !types.empty()) TRY(parse_types(types, module));
  auto strings = file.chunk(chunk_id("StrT"));
  auto copy = module.arena.array<uint8_t>(strings.size());
  if (!strings.empty()) std::memcpy(copy.data(), strings.data(), strings.size());
  module.strings = copy;
  if (!file.md5(module.md5)) return corrupt("fun table");
  return Ok{};
}

Result<Ok, LoadError> parse_lines(const BeamFile& file, ParsedModule& module, LiteralPlan& plan) {
  auto chunk = file.chunk(chunk_id("Line"));
  Reader in(chunk);
  size_t item_count = 0, name_count = 0;
  if (!chunk.empty() && in.u32() == 0) {
    in.u32();  // flags: only say how the compiler was called
    in.u32();  // number of `line` instructions
    item_count = in.u32();
    name_count = in.u32();
    if (!in.ok() || item_count > in.left() || name_count > in.left()) return corrupt("line table");
  }
  module.files = module.arena.array<Term>(name_count + 1);
  module.lines = module.arena.array<LineItem>(item_count + 1);
  uint32_t current = 0;
  for (size_t i = 1; i <= item_count;) {
    CompactNumber n = read_compact(in);
    if (!in.ok() || !n.big.empty() || n.value < 0) return corrupt("line table");
    if (n.tag == CompactNumber::Atom) {
      if (size_t(n.value) > name_count) return corrupt("line table");
      current = uint32_t(n.value);
    } else if (n.tag == CompactNumber::Integer) {
      if (n.value > std::numeric_limits<int32_t>::max()) return corrupt("line table");
      module.lines[i++] = {current, uint32_t(n.value)};
    } else {
      return corrupt("line table");
    }
  }
  for (size_t i = 0; i < name_count; i++) {
    auto name = in.bytes(in.u16());
    if (!in.ok()) return corrupt("line table");
    plan.file_names.push_back(name);
  }
  return Ok{};
}

}  // namespace joist
