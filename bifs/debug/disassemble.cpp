// erts_debug:disassemble/1: one instruction as text. erts_debug:df/1,2,3 write whole functions and modules with it. And the names of
// all instructions.
#include <cstring>

#include "bifs/bif.h"
#include "bifs/list_builder.h"
#include "vm/code/disassemble.h"
#include "vm/code/module.h"
#include "vm/code/ops.h"
#include "vm/term/bits.h"

namespace joist {
namespace {

const FunctionStart* function_named(const CodeInstance& code, Term name, Word arity) {
  for (size_t i = 0; i < code.function_count; i++)
    if (code.functions[i].function.same(name) && code.functions[i].arity == arity) return &code.functions[i];
  return nullptr;
}

// The function that an offset lies in; null for what is before the first.
const FunctionStart* function_around(const CodeInstance& code, uint32_t offset) {
  const FunctionStart* found = nullptr;
  for (size_t i = 0; i < code.function_count && code.functions[i].info <= offset; i++) found = &code.functions[i];
  return found;
}

// Only walking the function tells where its instructions begin. Whoever lists it asks for one after the other, so the walk goes on from
// where the last one of this thread ended, if the code is still that (what code it is, its MD5 says).
bool is_instruction(const CodeInstance& code, const FunctionStart& function, uint32_t offset) {
  static thread_local struct {
    const Word* code = nullptr;
    uint8_t md5[sizeof(CodeInstance::md5)];
    uint32_t function, at;
  } last;
  std::string text;
  uint32_t at = function.info;
  bool same_function = last.code == code.code && last.function == at && memcmp(last.md5, code.md5, sizeof last.md5) == 0;
  if (same_function && last.at <= offset) at = last.at;
  while (at < offset) {
    text.clear();
    uint32_t words = disassemble_one(code, at, &text);
    if (words == 0) return false;
    at += words;
  }
  if (at != offset) return false;
  last.code = code.code, last.function = function.info, last.at = at;
  memcpy(last.md5, code.md5, sizeof last.md5);
  return true;
}

// {AddressOfNext, Text, {Module, Function, Arity}}, or false when there is no instruction.
Term instruction(NativeCall& c, const CodeInstance& code, const FunctionStart& function, uint32_t offset) {
  std::string text;
  uint32_t words = disassemble_one(code, offset, &text);
  if (words == 0) return atom::false_;
  Term line = bits::from_text(c.heap(), text);
  HeapWriter w = c.heap().reserve(Words(4 + 4));
  Term mfa = w.tuple(code.module, function.function, Term::small(function.arity));
  Term result = w.tuple(Term::small(SWord(Word(code.code + offset + words))), line, mfa);
  c.heap().commit(w);
  return result;
}

}  // namespace

// {Module, Function, Arity} gives the function's first instruction, an address the instruction there. undef: no such function.
BIF(erts_debug, disassemble, 1) {
  Term what = c.arg(0);
  if (what.is_small()) {
    auto* pc = reinterpret_cast<const Word*>(what.small_value());
    CodeInstance* code = Word(pc) % sizeof(Word) == 0 ? find_code(pc) : nullptr;
    if (!code) return atom::false_;
    auto offset = uint32_t(pc - code->code);
    const FunctionStart* function = function_around(*code, offset);
    return function && is_instruction(*code, *function, offset) ? instruction(c, *code, *function, offset) : atom::false_;
  }
  auto mfa = what.as<Tuple>();
  if (!mfa || mfa->arity() != 3 || !mfa->at(0).is_atom() || !mfa->at(1).is_atom() || !mfa->at(2).is_small()) return badarg();
  static const Term undef = make_atom("undef");
  Module* module = find_module(mfa->at(0));
  CodeInstance* code = module ? module->current.load() : nullptr;
  const FunctionStart* function = code ? function_named(*code, mfa->at(1), Word(mfa->at(2).small_value())) : nullptr;
  return function ? instruction(c, *code, *function, function->info) : undef;
}

BIF(erts_debug, instructions, 0) {
  std::vector<Term> names;
  for (size_t op = 0; op < size_t(Op::count); op++) names.push_back(text_to_list(c.heap(), op_info(Op(op)).name));
  return list_of(c.heap(), names);
}

}  // namespace joist
