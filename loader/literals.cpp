// Literals: the LitT chunk, integers of the code that are no small ones, and what module_info answers.
#include "loader/literals.h"

#include <limits>
#include <string>

#include "loader/iff.h"
#include "loader/parse.h"
#include "loader/reader.h"
#include "vm/base/utf8.h"
#include "vm/term/atom.h"
#include "vm/term/etf/etf.h"

namespace joist {

namespace {

LoadError corrupt_literals() { return LoadError{"corrupt literal table"}; }

size_t characters(std::span<const uint8_t> utf8, bool* valid) {
  size_t n = 0;
  const uint8_t* end = utf8.data() + utf8.size();
  for (const uint8_t* p = utf8.data(); p < end; n++) {
    Utf8Step step = utf8_step(p, end);
    if (step.length <= 0) {
      *valid = false;
      return 0;
    }
    p += step.length;
  }
  return n;
}

// Valid UTF-8 as a list of code points.
Term string_term(HeapWriter& w, std::span<const uint8_t> utf8) {
  bool valid = true;
  size_t n = characters(utf8, &valid);
  Word* cells = w.take(2 * n);
  Term list = n == 0 ? nil : Term::cons(cells);
  const uint8_t* end = utf8.data() + utf8.size();
  for (const uint8_t* p = utf8.data(); p < end; cells += 2) {
    Utf8Step step = utf8_step(p, end);
    p += step.length;
    cells[0] = Term::small(step.ch).raw();
    cells[1] = p < end ? Term::cons(cells + 2).raw() : nil.raw();
  }
  return list;
}

// Two's complement, big-endian, beyond the small range.
Term integer_term(HeapWriter& w, std::span<const uint8_t> bytes) {
  bool negative = bytes[0] & 0x80;
  size_t limbs = (bytes.size() + 7) / 8;
  Word* p = w.take(1 + limbs);
  Word carry = negative ? 1 : 0;
  for (size_t i = 0; i < limbs; i++) {
    Word limb = 0;
    for (size_t b = 0; b < 8; b++) {
      size_t at = i * 8 + b;
      uint8_t byte = at < bytes.size() ? bytes[bytes.size() - 1 - at] : negative ? 0xff : 0;
      limb |= Word(byte) << (8 * b);
    }
    if (negative) {
      limb = ~limb + carry;
      carry = carry && limb == 0;
    }
    p[1 + i] = limb;
  }
  while (limbs > 1 && p[limbs] == 0) limbs--;
  *p = make_header(Kind::Bignum, limbs, negative ? 1 : 0);
  return Term::boxed(p);
}

}  // namespace

Result<Ok, LoadError> parse_literals(const BeamFile& file, ParsedModule& module, LiteralPlan& plan) {
  plan.attributes = file.chunk(chunk_id("Attr"));
  plan.compile_info = file.chunk(chunk_id("CInf"));
  auto chunk = file.chunk(chunk_id("LitT"));
  if (chunk.empty()) return Ok{};
  Reader in(chunk);
  size_t size = in.u32();
  auto content = in.rest();
  if (!in.ok()) return corrupt_literals();
  if (size != 0) {  // 0: not compressed (OTP 28)
    size_t actual = 0;
    plan.inflated = inflate_all(content, 15, size, &actual);
    if (!plan.inflated) return corrupt_literals();
    content = {plan.inflated.get(), actual};
  }
  Reader terms(content);
  size_t count = terms.u32();
  if (!terms.ok() || count > terms.left() / 4) return corrupt_literals();
  plan.encoded.reserve(count);
  for (size_t i = 0; i < count; i++) {
    auto term = terms.bytes(terms.u32());
    if (!terms.ok()) return corrupt_literals();
    plan.encoded.push_back(term);
  }
  return Ok{};
}

Result<Ok, LoadError> build_literals(ParsedModule& module, LiteralPlan& plan) {
  size_t words = 0;
  auto add_encoded = [&](std::span<const uint8_t> bytes) {
    auto need = etf::decoded_words(bytes.data(), bytes.size());
    if (need) words += *need;
    return bool(need);
  };
  for (auto& bytes : plan.encoded)
    if (!add_encoded(bytes)) return corrupt_literals();
  if (!plan.attributes.empty() && !add_encoded(plan.attributes)) return LoadError{"corrupt attributes"};
  if (!plan.compile_info.empty() && !add_encoded(plan.compile_info)) return LoadError{"corrupt compile information"};
  for (auto& bytes : module.big_integers) words += 1 + (bytes.size() + 7) / 8;
  bool valid = true;
  for (auto& name : plan.file_names) words += 2 * characters(name, &valid);
  if (!valid) return LoadError{"corrupt line table"};
  std::string own_name = std::string(atom_text(module.name)) + ".erl";
  words += 2 * own_name.size();

  module.literal_area = literal_area_create(Words(words));
  HeapWriter w = module.literal_area->writer();
  auto decode = [&](std::span<const uint8_t> bytes, Term* out) {
    auto decoded = etf::decode_into(w, bytes.data(), bytes.size(), {});
    module.literal_area->top = w.at();  // so that what was built so far is released when the load fails
    if (decoded) *out = decoded->term;
    return bool(decoded);
  };
  module.literals = module.arena.array<Term>(plan.encoded.size() + module.big_integers.size());
  size_t at = 0;
  for (auto& bytes : plan.encoded)
    if (!decode(bytes, &module.literals[at++])) return corrupt_literals();
  if (!plan.attributes.empty() && !decode(plan.attributes, &module.attributes)) return LoadError{"corrupt attributes"};
  if (!plan.compile_info.empty() && !decode(plan.compile_info, &module.compile_info)) return LoadError{"corrupt compile information"};
  for (auto& bytes : module.big_integers) module.literals[at++] = integer_term(w, bytes);
  module.files[0] = string_term(w, {reinterpret_cast<const uint8_t*>(own_name.data()), own_name.size()});
  for (size_t i = 0; i < plan.file_names.size(); i++)
    module.files[i + 1] = plan.file_names[i].empty() ? module.files[0] : string_term(w, plan.file_names[i]);
  module.literal_area->top = w.at();
  return Ok{};
}

ParsedModule::~ParsedModule() {
  if (literal_area) literal_area_destroy(literal_area);
}

Term ParsedModule::constant(const GenericOperand& operand) const {
  switch (operand.kind) {
    case OperandKind::Integer:
    case OperandKind::Char: return Term::small(operand.value);
    case OperandKind::Atom: return operand.atom();
    case OperandKind::Nil: return nil;
    case OperandKind::Literal: return literals[size_t(operand.value)];
    default: PANIC("operand of kind %d is no constant", int(operand.kind));
  }
}

}  // namespace joist
