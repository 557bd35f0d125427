// Writes the machine's instructions: chooses the handler by the operands' modes, lays the operands out, resolves labels.
#pragma once
#include <string>
#include <vector>

#include "loader/generic.h"
#include "vm/code/module.h"
#include "vm/code/ops.h"

namespace joist {

class CodeReferences;

// What goes into one field of an instruction.
struct Value {
  enum class Is : uint8_t { Operand, Number, Constant, Pointer, Tail } is;
  const GenericOperand* operand = nullptr;  // Operand: register, constant, label or count of the file; Tail: the first of `word`
  Word word = 0;

  Value(const GenericOperand& o) : is(Is::Operand), operand(&o) {}
  Value(Term t) : is(Is::Constant), word(t.raw()) {}
  Value(const void* p) : is(Is::Pointer), word(reinterpret_cast<Word>(p)) {}
  Value(std::span<const GenericOperand> tail) : is(Is::Tail), operand(tail.data()), word(tail.size()) {}
  static Value number(Word n) { Value v(Term::from_raw(n)); v.is = Is::Number; return v; }
  static Value no_label() { return number(0); }
};

class Emitter {
 public:
  // `references`: takes notes of what the words refer to; null: nobody wants them.
  Emitter(const ParsedModule& module, CodeInstance& instance, std::span<uint32_t> label_offsets, CodeReferences* references = nullptr)
      : module_(module), instance_(instance), label_offsets_(label_offsets), references_(references) {}

  // One instruction; a value for each field of its row in ops.def. Fields take:
  //   Src: register or constant operand, Term    Dst: register operand    Fail, Label: label operand, no_label()
  //   Count, Live, Words, Num: unsigned operand, number()    FReg: F operand    Imm: constant operand or Term
  //   Raw: number()    pointers: a pointer    Tail: a span of operands (registers, constants, labels, numbers), one word each
  void emit(Op op, std::initializer_list<Value> values) { emit(op, {values.begin(), values.size()}); }
  void emit(Op op, std::span<const Value> values);
  // A `label` of the file: its code begins here.
  void bind_label(uint32_t label);
  // What follows is at this line (a row of ParsedModule::lines).
  void set_line(uint32_t row);
  // Whether what follows now is at this line already.
  bool is_line(uint32_t row) const;

  const ParsedModule& module() const { return module_; }
  CodeInstance& instance() { return instance_; }
  // Words written so far: the offset of the next instruction.
  uint32_t at() const { return uint32_t(code_.size()); }
  // Refuses the module; the first reason counts.
  void refuse(std::string reason);

  // For specialise(): the finished words.
  std::vector<Word>& code() { return code_; }
  std::vector<LineRow>& lines() { return lines_; }
  void resolve_labels();
  const std::string& error() const { return error_; }

 private:
  struct Fixup {
    uint32_t instruction;  // word offset that the distance counts from
    uint32_t label;
    uint32_t byte;         // where the distance goes
    bool wide;             // a tail word, else 32 bits
  };
  Word encode_source(const Value& value);
  void note(const Value& value, FieldType type, uint32_t at);
  const ParsedModule& module_;
  CodeInstance& instance_;
  std::span<uint32_t> label_offsets_;
  CodeReferences* references_;
  std::vector<Word> code_;
  std::vector<LineRow> lines_;
  std::vector<Fixup> fixups_;
  std::string error_;
};

}  // namespace joist
