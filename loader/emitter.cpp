// Lays out instructions field by field as ops.def says.
#include "loader/emitter.h"

#include <cstring>

#include "loader/references.h"
#include "vm/base/tunables.h"

namespace joist {
namespace {

Mode mode_of(const Value& v) {
  if (v.is != Value::Is::Operand) return Mode::C;
  switch (v.operand->kind) {
    case OperandKind::X: return mode_of_x(size_t(v.operand->value));
    case OperandKind::Y: return Mode::Y;
    default: return Mode::C;
  }
}

}  // namespace

void Emitter::refuse(std::string reason) {
  if (error_.empty()) error_ = std::move(reason);
}

Word Emitter::encode_source(const Value& v) {
  if (v.is != Value::Is::Operand) return v.word;
  const GenericOperand& o = *v.operand;
  switch (o.kind) {
    case OperandKind::X: case OperandKind::Y: return ins::Src::reg(mode_of(v), size_t(o.value)).bits;
    case OperandKind::Unsigned: return Word(o.value);
    case OperandKind::F: return Word(o.value) * sizeof(double);
    case OperandKind::List: case OperandKind::Label: refuse("operand of a wrong kind"); return 0;
    default: return module_.constant(o).raw();
  }
}

// Of a word that holds the value, what another run must put in its place.
void Emitter::note(const Value& v, FieldType type, uint32_t at) {
  if (v.is == Value::Is::Pointer) references_->pointer(type, v.word, at);
  else if (v.is == Value::Is::Constant) references_->term(Term::from_raw(v.word), at);
  else if (v.is == Value::Is::Operand && v.operand->is_constant()) references_->term(module_.constant(*v.operand), at);
}

void Emitter::emit(Op op, std::span<const Value> values) {
  const OpInfo& info = op_info(op);
  VERIFY(values.size() == info.field_count);
  uint32_t start = at();
  Mode modes[8];
  size_t moded = 0;
  code_.resize(start + info.words);
  auto put = [&](const FieldInfo& field, Word word) {
    std::memcpy(reinterpret_cast<char*>(&code_[start]) + field.offset, &word, field.size);
  };
  for (size_t i = 0; i < values.size(); i++) {
    const FieldInfo& field = info.fields[i];
    const Value& v = values[i];
    if (references_ && field.size == sizeof(Word)) note(v, field.type, start + field.offset / uint32_t(sizeof(Word)));
    switch (field.type) {
      case FieldType::Src:
        modes[moded++] = mode_of(v);
        put(field, encode_source(v));
        break;
      case FieldType::Dst:
        if (v.is != Value::Is::Operand || !v.operand->is_register()) return refuse(std::string("no register as destination of ") + info.name);
        modes[moded++] = mode_of(v);
        put(field, ins::Dst::reg(mode_of(v), size_t(v.operand->value)).bits);
        break;
      case FieldType::Fail: case FieldType::Label:
        if (v.is == Value::Is::Operand && v.operand->kind == OperandKind::Label && v.operand->value != 0) {
          fixups_.push_back({start, uint32_t(v.operand->value), start * 8 + field.offset, false});
        } else {
          bool none = v.is == Value::Is::Operand ? v.operand->kind == OperandKind::Label : v.word == 0;
          if (!none || field.type == FieldType::Label) return refuse(std::string("no label for ") + info.name);
        }
        break;
      case FieldType::Tail: case FieldType::Pairs:
        VERIFY(v.is == Value::Is::Tail);
        for (const GenericOperand& o : std::span(v.operand, v.word)) {
          if (o.kind == OperandKind::Label) {
            fixups_.push_back({start, uint32_t(o.value), at() * 8, true});
            code_.push_back(0);
          } else {
            if (references_) note(o, FieldType::Tail, at());
            code_.push_back(encode_source(o));
          }
        }
        break;
      default:
        put(field, encode_source(v));
    }
  }
  Word handler = handler_word(op, modes, moded);
  if (!handler) return refuse(std::string("operands that ") + info.name + " cannot have");
  code_[start] = handler;
  if (references_) references_->instruction(op, start);
}

void Emitter::bind_label(uint32_t label) { label_offsets_[label] = at(); }

void Emitter::set_line(uint32_t row) {
  LineItem item = row < module_.lines.size() ? module_.lines[row] : LineItem{};
  if (!lines_.empty() && lines_.back().offset == at()) lines_.pop_back();
  lines_.push_back({at(), item.file, item.line});
}

bool Emitter::is_line(uint32_t row) const {
  LineItem item = row < module_.lines.size() ? module_.lines[row] : LineItem{};
  return !lines_.empty() && lines_.back().file == item.file && lines_.back().line == item.line;
}

void Emitter::resolve_labels() {
  for (const Fixup& f : fixups_) {
    int64_t distance = int64_t(label_offsets_[f.label]) - int64_t(f.instruction);
    if (label_offsets_[f.label] == 0) return refuse("label " + std::to_string(f.label) + " is nowhere");
    char* at = reinterpret_cast<char*>(code_.data()) + f.byte;
    if (f.wide) {
      std::memcpy(at, &distance, sizeof distance);
    } else {
      auto narrow = int32_t(distance);
      std::memcpy(at, &narrow, sizeof narrow);
    }
  }
}

}  // namespace joist
