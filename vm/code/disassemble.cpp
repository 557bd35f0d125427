// Prints instructions by ops.def alone: no instruction is known here by name, but for where the code ends.
#include "vm/code/breakpoints.h"
#include "vm/code/disassemble.h"

#include <cinttypes>
#include <cstdio>
#include <cstring>

#include "gc/literal_area.h"
#include "vm/code/fun.h"
#include "vm/code/ops.h"
#include "vm/term/print.h"

namespace joist {
namespace {

std::string text_of(Mode mode, size_t offset) {
  if (mode == Mode::Y) return "y" + std::to_string(offset / 8);
  return "x" + std::to_string(offset / 8);
}

std::string export_text(const Export* e) {
  return print_atom(e->module) + ":" + print_atom(e->function) + "/" + std::to_string(e->arity);
}

bool is_term_word(Word w) { return (w & 7) != 0 && (w & 7) != 6; }

std::string field_text(const FieldInfo& field, const Word* at, uint32_t offset) {
  const char* p = reinterpret_cast<const char*>(at) + field.offset;
  uint32_t narrow;
  Word wide = 0;
  std::memcpy(&narrow, p, sizeof narrow);
  if (field.size == 8) std::memcpy(&wide, p, sizeof wide);
  switch (field.type) {
    case FieldType::Src: {
      ins::Src src{wide};
      return src.is_constant() ? print_term(Term::from_raw(wide), 200) : text_of(src.mode(), src.offset());
    }
    case FieldType::Dst: return text_of(ins::Dst{narrow}.mode(), ins::Dst{narrow}.offset());
    case FieldType::Fail: case FieldType::Label: return narrow ? "@" + std::to_string(offset + int32_t(narrow)) : "none";
    case FieldType::FReg: return "f" + std::to_string(narrow / 8);
    case FieldType::Imm: return is_term_word(wide) ? print_term(Term::from_raw(wide), 200) : std::to_string(wide);
    case FieldType::ExportPtr: return export_text(reinterpret_cast<const Export*>(wide));
    case FieldType::NativePtr: {
      auto* n = reinterpret_cast<const NativeEntry*>(wide);
      if (!n) return "none";
      return std::string(n->module_text) + ":" + n->function_text + "/" + std::to_string(n->arity);
    }
    case FieldType::FunPtr: {
      auto* f = reinterpret_cast<const FunEntry*>(wide);
      return print_atom(f->module) + "#" + std::to_string(f->index);
    }
    case FieldType::Raw: return std::to_string(wide);
    default: return std::to_string(narrow);
  }
}

// A tail word: register, term, label distance or number. Only the instruction knows which: a word that points to no literal, or would be
// an atom that does not exist, is a number.
std::string tail_text(Word w, bool is_label, uint32_t offset) {
  if (is_label) return "@" + std::to_string(offset + SWord(w));
  ins::Src src{w};
  Term t = Term::from_raw(w);
  if ((t.is_pointer() && !is_literal(t)) || (t.is_atom() && t.atom_index() >= atom_count())) return std::to_string(SWord(w));
  if (!src.is_constant()) return text_of(src.mode(), src.offset());
  return is_term_word(w) ? print_term(t, 80) : std::to_string(SWord(w));
}

}  // namespace

uint32_t disassemble_one(const CodeInstance& instance, uint32_t offset, std::string* out) {
  const Word* at = instance.code + offset;
  Op op = op_of_handler(instruction_word(at));
  if (op == Op::count) return 0;
  const OpInfo& info = op_info(op);
  char head[64];
  std::snprintf(head, sizeof head, "%6" PRIu32 "  %s", offset, info.name);
  *out += head;
  size_t tail = 0;
  for (size_t i = 0; i < info.field_count; i++) {
    const FieldInfo& field = info.fields[i];
    if (field.type == FieldType::Count) {
      uint32_t count;
      std::memcpy(&count, reinterpret_cast<const char*>(at) + field.offset, sizeof count);
      tail = count;
    }
    if (field.type == FieldType::Pairs) tail *= 2;
    if (field.type != FieldType::Tail && field.type != FieldType::Pairs) {
      *out += std::string(" ") + field.name + "=" + field_text(field, at, offset);
      continue;
    }
    *out += " [";
    for (size_t k = 0; k < tail && offset + info.words + k < instance.code_words; k++) {
      bool is_label = field.type == FieldType::Pairs && k >= tail / 2;
      *out += (k ? " " : "") + tail_text(at[info.words + k], is_label, offset);
    }
    *out += "]";
  }
  *out += "\n";
  return info.words + uint32_t(tail);
}

std::string disassemble(const CodeInstance& instance) {
  std::string out;
  size_t function = 0, line = 0;
  for (uint32_t offset = 0; offset < instance.code_words;) {
    if (function < instance.function_count && instance.functions[function].info == offset) {
      const FunctionStart& f = instance.functions[function++];
      out += "\n" + print_atom(f.function) + "/" + std::to_string(f.arity) + ":\n";
    }
    for (; line < instance.line_count && instance.lines[line].offset <= offset; line++) {
      if (instance.lines[line].line) out += "    % line " + std::to_string(instance.lines[line].line) + "\n";
    }
    uint32_t words = disassemble_one(instance, offset, &out);
    if (words == 0) return out + "    no instruction\n";
    offset += words;
  }
  return out;
}

}  // namespace joist
