#include "loader/print.h"

#include <algorithm>
#include <cstring>

#include "loader/verify.h"
#include "vm/code/export.h"
#include "vm/code/fun.h"
#include "vm/code/ops.h"
#include "vm/term/atom.h"
#include "vm/term/print.h"

namespace joist {

namespace {

constexpr size_t term_limit = 200;  // characters

std::string function_name(Term module, Term function, size_t arity) {
  return print_atom(module) + ":" + print_atom(function) + "/" + std::to_string(arity);
}

std::string operand_text(const ParsedModule& module, const GenericOperand& o) {
  std::string number = std::to_string(o.value);
  switch (o.kind) {
    case OperandKind::X: case OperandKind::Y: {
      std::string text = (o.kind == OperandKind::X ? "x" : "y") + number;
      return o.aux ? text + ":t" + std::to_string(o.aux - 1) : text;
    }
    case OperandKind::F: return "f" + number;
    case OperandKind::Unsigned: return number;
    case OperandKind::Label: return o.value ? "L" + number : "-";
    case OperandKind::List: {
      std::string text = "[";
      for (auto& element : o.elements()) text += (text.size() > 1 ? ", " : "") + operand_text(module, element);
      return text + "]";
    }
    case OperandKind::Integer: return "#" + number;
    default: return print_term(module.constant(o), term_limit);
  }
}

std::string type_text(const TypeInfo& type) {
  static constexpr const char* names[] = {"atom", "bitstring", "match_state", "cons", "float", "fun", "integer", "map", "nil", "pid", "port",
                                          "reference", "tuple"};
  if (type.bits == TypeInfo::Any) return "any";
  std::string text;
  for (size_t i = 0; i < std::size(names); i++)
    if (type.bits >> i & 1) text += (text.empty() ? "" : "|") + std::string(names[i]);
  if (type.has_min || type.has_max)
    text += " " + (type.has_min ? std::to_string(type.min) : "") + ".." + (type.has_max ? std::to_string(type.max) : "");
  if (type.unit != 1) text += " unit " + std::to_string(type.unit);
  return text;
}

// ---- specialised code

std::string register_text(Mode mode, uint32_t offset) {
  std::string number = std::to_string(offset / 8);
  switch (mode) {
    case Mode::X0: case Mode::X1: case Mode::X2: case Mode::X3: return "x" + std::to_string(unsigned(mode));
    case Mode::XM: return "x" + number;
    case Mode::Y: return "y" + number;
    default: return "?" + number;
  }
}

std::string source_text(ins::Src s) {
  if (!s.is_constant()) return register_text(s.mode(), s.offset());
  return print_term(Term::from_raw(s.bits), term_limit);
}

// A word of a tail: a term, a register, or a plain number (a distance, a count, bytes).
std::string tail_text(Word w, bool pointer_ok) {
  ins::Src s{w};
  Term t = Term::from_raw(w);
  if (!s.is_constant()) return register_text(s.mode(), s.offset());
  if (t.is_small() || t.is_nil() || (t.is_atom() && t.atom_index() < atom_count())) return print_term(t, term_limit);
  if (pointer_ok && is_literal(t)) return print_term(t, term_limit);
  return "word " + std::to_string(SWord(w));
}

class CodePrinter {
 public:
  explicit CodePrinter(const CodeInstance& code) : code_(code) {}

  std::string run() {
    size_t function = 0, line = 0;
    for (size_t at = 0; at < code_.code_words;) {
      if (function < code_.function_count && at == code_.functions[function].info) {
        auto& f = code_.functions[function++];
        out_ += "\n" + function_name(code_.module, f.function, f.arity) + "\n";
      }
      for (; line < code_.line_count && code_.lines[line].offset <= at; line++)
        if (code_.lines[line].line)
          out_ += "                              % " + print_term(code_.files[code_.lines[line].file], 60) + ":" + std::to_string(code_.lines[line].line) + "\n";
      at += instruction(at);
    }
    return std::move(out_);
  }

 private:
  Word field_value(const Word* pc, const FieldInfo& field) const {
    Word value = 0;
    std::memcpy(&value, reinterpret_cast<const char*>(pc) + field.offset, field.size);
    return value;
  }

  // Prints one and returns its length in words.
  size_t instruction(size_t at) {
    const Word* pc = code_.code + at;
    Op op = op_of_handler(*pc);
    char head[24];
    snprintf(head, sizeof head, "  %6zu  ", at);
    out_ += head;
    if (op == Op::count) {
      out_ += "word " + std::to_string(*pc) + "\n";
      return 1;
    }
    const OpInfo& info = op_info(op);
    std::string name = info.name;
    name.resize(std::max<size_t>(name.size(), 20), ' ');
    out_ += name;
    size_t words = info.words, count = 0;
    for (size_t i = 0; i < info.field_count; i++) {
      const FieldInfo& field = info.fields[i];
      if (field.type == FieldType::Count) count = uint32_t(field_value(pc, field));
      out_ += (i ? ", " : " ") + std::string(field.name) + "=" + field_text(pc, at, field, count);
      if (field.type == FieldType::Tail) words += count;
      if (field.type == FieldType::Pairs) words += 2 * count;
    }
    out_ += "\n";
    return words;
  }

  std::string field_text(const Word* pc, size_t at, const FieldInfo& field, size_t count) const {
    Word value = field.size ? field_value(pc, field) : 0;
    switch (field.type) {
      case FieldType::Src: return source_text(ins::Src{value});
      case FieldType::Dst: return register_text(ins::Dst{uint32_t(value)}.mode(), ins::Dst{uint32_t(value)}.offset());
      case FieldType::Fail: case FieldType::Label:
        return int32_t(value) ? "@" + std::to_string(int64_t(at) + int32_t(value)) : "-";
      case FieldType::FReg: return "f" + std::to_string(value / 8);
      case FieldType::Imm: return print_term(Term::from_raw(value), term_limit);
      case FieldType::ExportPtr: {
        auto* e = reinterpret_cast<const Export*>(value);
        return function_name(e->module, e->function, e->arity);
      }
      case FieldType::NativePtr: {
        auto* n = reinterpret_cast<const NativeEntry*>(value);
        if (!n) return "-";
        return function_name(n->module, n->function, n->arity);
      }
      case FieldType::FunPtr: {
        auto* f = reinterpret_cast<const FunEntry*>(value);
        return function_name(f->module, f->function, f->arity + f->num_free);
      }
      case FieldType::Tail: case FieldType::Pairs: {
        const Word* tail = reinterpret_cast<const Word*>(reinterpret_cast<const char*>(pc) + field.offset);
        size_t n = field.type == FieldType::Pairs ? 2 * count : count;
        std::string text = "[";
        for (size_t i = 0; i < n; i++) text += (i ? ", " : "") + tail_text(tail[i], true);
        return text + "]";
      }
      default: return std::to_string(value);
    }
  }

  const CodeInstance& code_;
  std::string out_;
};

}  // namespace

std::string print_tables(const ParsedModule& module) {
  std::string out = "module " + print_atom(module.name) + "\n";
  auto row = [&](const char* what, size_t i, const std::string& text) { out += "  " + std::string(what) + " " + std::to_string(i) + "  " + text + "\n"; };
  for (size_t i = 1; i < module.atoms.size(); i++) row("atom", i, print_atom(module.atoms[i]));
  for (size_t i = 0; i < module.imports.size(); i++)
    row("import", i, function_name(module.imports[i].module, module.imports[i].function, module.imports[i].arity));
  for (size_t i = 0; i < module.exports.size(); i++)
    row("export", i, print_atom(module.exports[i].function) + "/" + std::to_string(module.exports[i].arity) + " L" + std::to_string(module.exports[i].label));
  for (size_t i = 0; i < module.lambdas.size(); i++) {
    auto& l = module.lambdas[i];
    row("fun", i, print_atom(l.function) + "/" + std::to_string(l.arity) + " L" + std::to_string(l.label) + ", " + std::to_string(l.num_free) + " free");
  }
  for (size_t i = 0; i < module.literals.size(); i++) row("literal", i, print_term(module.literals[i], term_limit));
  for (size_t i = 0; i < module.types.size(); i++) row("type", i, type_text(module.types[i]));
  out += "  attributes  " + print_term(module.attributes, 1000) + "\n  compile information  " + print_term(module.compile_info, 1000) + "\n";
  return out;
}

std::string print_generic(const ParsedModule& module) {
  std::string out;
  for (auto& function : module.functions) {
    out += "\n" + function_name(module.name, function.name, function.arity) + "\n";
    for (auto& op : function.ops) {
      if (op.opcode == op_label) {
        out += " L" + std::to_string(op[0].value) + ":\n";
        continue;
      }
      std::string name = opcode_name(op.opcode);
      if (op.count) name.resize(std::max<size_t>(name.size(), 20), ' ');
      out += "    " + name;
      for (size_t i = 0; i < op.count; i++) {
        bool is_import = op_rules(op.opcode).operands && op_rules(op.opcode).operands[i] == 'e' && size_t(op[i].value) < module.imports.size();
        std::string text = operand_text(module, op[i]);
        if (is_import) {
          auto& import = module.imports[size_t(op[i].value)];
          text = function_name(import.module, import.function, import.arity);
        } else if (op.opcode == op_line && size_t(op[i].value) < module.lines.size()) {
          auto& line = module.lines[size_t(op[i].value)];
          text = print_term(module.files[line.file], 60) + ":" + std::to_string(line.line);
        }
        out += (i ? ", " : " ") + text;
      }
      out += "\n";
    }
  }
  return out;
}

std::string print_specialised(const CodeInstance& code) { return CodePrinter(code).run(); }

}  // namespace joist
