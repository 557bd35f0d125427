// The Code chunk: generic instructions, grouped into functions.
//
// Shape: [int_code_end] ends the module; before it, each function is `label, line*, func_info, label, …`. What belongs together is
// decided here; whether the instructions make sense is verify()'s business.
#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "loader/iff.h"
#include "loader/literals.h"
#include "loader/parse.h"
#include "loader/reader.h"
#include "vm/term/atom.h"

namespace joist {

namespace {

struct OpcodeInfo {
  const char* name = nullptr;
  int arity = -1;
};
constexpr auto opcode_table = [] {
  struct { OpcodeInfo rows[opcode_limit]; } table{};
#define OPCODE(number, name, arity) table.rows[number] = {#name, arity};
#include "loader/opcodes.def"
#undef OPCODE
  return table;
}();

constexpr size_t max_register = 1023;
constexpr SWord max_heap_need = SWord(1) << 27;  // words; no compiler asks for more at once
constexpr SWord fun_words = 3;                   // header, entry, creator; free variables are counted as plain words

class CodeReader {
 public:
  CodeReader(ParsedModule& module, LiteralPlan& plan, std::span<const uint8_t> code) : module_(module), plan_(plan), in_(code), code_bytes_(code.size()) {}

  Result<Ok, LoadError> run(uint32_t label_count, uint32_t function_count) {
    label_count_ = label_count;
    module_.labels = module_.arena.array<LabelPosition>(label_count);
    auto& ops = module_.ops;
    ops.reserve(code_bytes_ / 4);  // compilers need a little more for an instruction
    for (;;) {
      GenericOp op;
      TRY(read_op(&op));
      if (op.opcode == op_int_code_end) break;
      if (op.opcode == op_call_ext_last || op.opcode == op_call_ext_only) raise_without_frame(&op, module_);
      ops.push_back(op);
    }
    TRY(group(ops));
    if (module_.functions.size() != function_count) return error("wrong number of functions in the header");
    return Ok{};
  }

 private:
  LoadError error(const char* what) const { return LoadError{"corrupt code: " + std::string(what)}; }

  Result<Ok, LoadError> read_op(GenericOp* op) {
    unsigned opcode = in_.u8();
    if (!in_.ok()) return error("it ends without int_code_end");
    int arity = opcode_arity(opcode);
    if (arity < 0) return LoadError{"unknown instruction " + std::to_string(opcode)};
    op->opcode = uint16_t(opcode);
    op->count = uint16_t(arity);
    auto operands = module_.arena.array<GenericOperand>(size_t(arity));
    op->operands = operands.data();
    for (auto& operand : operands) TRY(read_operand(&operand, true));
    return Ok{};
  }

  static void raise_without_frame(GenericOp* op, const ParsedModule& module) {
    auto& import = (*op)[1];
    if (import.kind != OperandKind::Unsigned || size_t(import.value) >= module.imports.size()) return;
    if (!never_returns(module.imports[size_t(import.value)])) return;
    op->opcode = op_call_ext;
    op->count = 2;
  }

  // A count of an extended operand.
  Result<SWord, LoadError> read_unsigned() {
    CompactNumber n = read_compact(in_);
    if (!in_.ok() || n.tag != CompactNumber::Unsigned || !n.big.empty()) return error("number expected");
    return n.value;
  }

  Result<Ok, LoadError> read_operand(GenericOperand* out, bool may_be_list) {
    CompactNumber n = read_compact(in_);
    if (!in_.ok()) return error("an operand is cut off");
    out->value = n.value;
    if (!n.big.empty() && n.tag != CompactNumber::Integer) {
      if (n.tag != CompactNumber::Unsigned) return error("operand out of range");
      out->value = std::numeric_limits<SWord>::max();  // a size that no object can have
    }
    switch (n.tag) {
      case CompactNumber::Unsigned: out->kind = OperandKind::Unsigned; return Ok{};
      case CompactNumber::Char: out->kind = OperandKind::Char; return Ok{};
      case CompactNumber::Integer:
        out->kind = OperandKind::Integer;
        if (!n.big.empty() || !Term::fits_small(n.value)) return big_integer(n, out);
        return Ok{};
      case CompactNumber::Atom:
        out->kind = n.value == 0 ? OperandKind::Nil : OperandKind::Atom;
        if (size_t(n.value) >= module_.atoms.size()) return error("no such atom");
        out->value = SWord(module_.atoms[size_t(n.value)].raw());
        return Ok{};
      case CompactNumber::X:
      case CompactNumber::Y:
        out->kind = n.tag == CompactNumber::X ? OperandKind::X : OperandKind::Y;
        if (size_t(n.value) > max_register) return error("register number out of range");
        return Ok{};
      case CompactNumber::Label:
        out->kind = OperandKind::Label;
        if (size_t(n.value) >= label_count_ && n.value != 0) return error("label out of range");
        return Ok{};
      case CompactNumber::Extended: return read_extended(n.value, out, may_be_list);
    }
    return error("unknown operand");
  }

  Result<Ok, LoadError> read_extended(SWord what, GenericOperand* out, bool may_be_list) {
    switch (what) {
      case 1: {  // list
        if (!may_be_list) return error("a list in a list");
        size_t count = size_t(TRY(read_unsigned()));
        if (count > in_.left()) return error("a list is cut off");
        auto elements = module_.arena.array<GenericOperand>(count);
        for (auto& element : elements) TRY(read_operand(&element, false));
        out->kind = OperandKind::List;
        out->aux = uint32_t(count);
        out->list = elements.data();
        return Ok{};
      }
      case 2: {  // float register
        SWord number = TRY(read_unsigned());
        if (size_t(number) > max_register) return error("register number out of range");
        out->kind = OperandKind::F;
        out->value = number;
        return Ok{};
      }
      case 3: return read_allocation(out);
      case 4: {  // literal
        SWord index = TRY(read_unsigned());
        if (size_t(index) >= plan_.encoded.size()) return error("no such literal");
        out->kind = OperandKind::Literal;
        out->value = index;
        return Ok{};
      }
      case 5: {  // register with a type
        CompactNumber n = read_compact(in_);
        if (!in_.ok() || (n.tag != CompactNumber::X && n.tag != CompactNumber::Y) || !n.big.empty() || size_t(n.value) > max_register)
          return error("register expected");
        out->kind = n.tag == CompactNumber::X ? OperandKind::X : OperandKind::Y;
        out->value = n.value;
        SWord type = TRY(read_unsigned());
        if (module_.types.empty()) return Ok{};
        if (size_t(type) >= module_.types.size()) return error("no such type");
        out->aux = uint32_t(type) + 1;
        return Ok{};
      }
      default: return error("unknown kind of operand");
    }
  }

  // {words, floats, funs} needed, in any order: becomes words.
  Result<Ok, LoadError> read_allocation(GenericOperand* out) {
    SWord count = TRY(read_unsigned()), words = 0;
    if (count > 3) return error("allocation list too long");
    for (SWord i = 0; i < count; i++) {
      SWord kind = TRY(read_unsigned()), number = TRY(read_unsigned());
      if (kind > 2 || number > max_heap_need) return error("allocation out of range");
      words += number * (kind == 0 ? 1 : kind == 1 ? 2 : fun_words);
    }
    if (words > max_heap_need) return error("allocation out of range");
    out->kind = OperandKind::Unsigned;
    out->value = words;
    return Ok{};
  }

  Result<Ok, LoadError> big_integer(const CompactNumber& n, GenericOperand* out) {
    if (n.big.size() > size_t(1) << 22) return error("integer too large");
    auto bytes = module_.arena.array<uint8_t>(n.big.empty() ? 8 : n.big.size());
    if (!n.big.empty()) std::memcpy(bytes.data(), n.big.data(), bytes.size());
    else for (size_t i = 0; i < 8; i++) bytes[i] = uint8_t(Word(n.value) >> (56 - 8 * i));
    out->kind = OperandKind::Literal;
    out->value = SWord(plan_.encoded.size() + module_.big_integers.size());
    module_.big_integers.push_back(bytes);
    return Ok{};
  }

  // Splits the instructions into functions and notes where the labels are.
  Result<Ok, LoadError> group(std::span<GenericOp> ops) {
    std::vector<size_t> starts;
    for (size_t i = 0; i < ops.size(); i++) {
      if (ops[i].opcode != op_func_info) continue;
      size_t start = i;
      while (start > 0 && ops[start - 1].opcode == op_line) start--;
      if (start == 0 || ops[start - 1].opcode != op_label) return error("func_info without a label before it");
      starts.push_back(start - 1);
    }
    if (starts.empty() ? !ops.empty() : starts[0] != 0) return error("instructions outside of functions");
    module_.functions = module_.arena.array<GenericFunction>(starts.size());
    for (size_t f = 0; f < starts.size(); f++) {
      size_t end = f + 1 < starts.size() ? starts[f + 1] : ops.size();
      if (f > 0 && starts[f] <= starts[f - 1]) return error("overlapping functions");
      auto& function = module_.functions[f];
      function.ops = ops.subspan(starts[f], end - starts[f]);
      TRY(describe(function));
      for (size_t i = 0; i < function.ops.size(); i++) {
        if (function.ops[i].opcode != op_label) continue;
        auto& number = function.ops[i][0];
        if (number.kind != OperandKind::Unsigned || number.value <= 0 || size_t(number.value) >= label_count_)
          return error("label out of range");
        auto& position = module_.labels[size_t(number.value)];
        if (position.function != ~0u) return error("a label is defined twice");
        position = {uint32_t(f), uint32_t(i)};
      }
    }
    return Ok{};
  }

  Result<Ok, LoadError> describe(GenericFunction& function) {
    auto ops = function.ops;
    size_t at = 1;
    while (ops[at].opcode != op_func_info) at++;
    auto& info = ops[at];
    if (info[0].kind != OperandKind::Atom || info[1].kind != OperandKind::Atom || info[2].kind != OperandKind::Unsigned)
      return error("bad func_info");
    if (info[2].value > 255) return error("a function's arity is out of range");
    if (at + 1 >= ops.size() || ops[at + 1].opcode != op_label) return error("func_info without a label behind it");
    function.func_info = uint32_t(at);
    function.name = info[1].atom();
    function.arity = uint32_t(info[2].value);
    function.info_label = uint32_t(ops[0][0].value);
    function.entry_label = uint32_t(ops[at + 1][0].value);
    for (auto& op : ops) {
      if (op.opcode != op_on_load) continue;
      if (module_.on_load_label != 0) return error("more than one on_load function");
      module_.on_load_label = function.entry_label;
      if (function.arity != 0) return error("the on_load function has arguments");
    }
    return Ok{};
  }

  ParsedModule& module_;
  LiteralPlan& plan_;
  Reader in_;
  size_t code_bytes_;
  size_t label_count_ = 0;
};

}  // namespace

bool never_returns(const ImportRow& import) {
  if (!import.module.same(atom::erlang)) return false;
  auto name = atom_text(import.function);
  switch (import.arity) {
    case 1: return name == "error" || name == "exit" || name == "throw" || name == "nif_error";
    case 2: return name == "error" || name == "nif_error";
    case 3: return name == "error";
    default: return false;
  }
}

const char* opcode_name(unsigned opcode) {
  return opcode < opcode_limit && opcode_table.rows[opcode].name ? opcode_table.rows[opcode].name : "?";
}
int opcode_arity(unsigned opcode) { return opcode < opcode_limit ? opcode_table.rows[opcode].arity : -1; }

Result<Ok, LoadError> parse_code(const BeamFile& file, ParsedModule& module, LiteralPlan& plan) {
  auto chunk = file.chunk(chunk_id("Code"));
  if (chunk.empty()) return LoadError{"no code chunk"};
  Reader in(chunk);
  size_t header_size = in.u32();
  Reader header(in.bytes(header_size));
  uint32_t format = header.u32(), highest = header.u32(), labels = header.u32(), functions = header.u32();
  if (!in.ok() || !header.ok()) return LoadError{"corrupt code header"};
  if (format != 0) return LoadError{"unknown code format " + std::to_string(format)};
  if (highest >= opcode_limit)
    return LoadError{"compiled for a later release: it uses instruction " + std::to_string(highest) + "; the highest known is " +
                     std::to_string(opcode_limit - 1)};
  module.max_opcode = highest;
  auto code = in.rest();
  if (labels == 0 || labels > code.size() + 1) return LoadError{"corrupt code header"};
  return CodeReader(module, plan, code).run(labels, functions);
}

}  // namespace joist
