// The walk over a module's functions that turns generic instructions into the machine's by the rules of translate_*.cpp.
//
// Instructions that load time alone knows (label, line, int_code_end …) are handled here. A function that is a native (bifs.def) gets a
// body that calls the native, whatever the beam has: the beams of lists, erlang … hold stubs.
#include "loader/specialise.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "loader/translate.h"
#include "vm/code/native.h"
#include "vm/code/ranges.h"

namespace joist {
namespace {

// Rules by opcode, in the order of their tables.
struct RuleIndex {
  std::vector<Translate> by_opcode[opcode_limit];
  RuleIndex() {
    for (auto table : {pair_rules, fusion_rules, control_rules, data_rules, bits_rules, native_rules}) {
      for (const Rule& rule : table) by_opcode[rule.opcode].push_back(rule.translate);
    }
  }
};
const RuleIndex& rule_index() {
  static const RuleIndex index;
  return index;
}

// erlang:hibernate/3 is an instruction, for it drops the stack.
bool is_hibernate(Term module, const GenericFunction& f) {
  return module.same(atom::erlang) && f.name.same(atom::hibernate) && f.arity == 3;
}

// The body of a native's function: labels in front of and behind func_info, then the call.
void native_function(Emitter& e, const GenericFunction& function, const NativeEntry* native) {
  for (size_t i = 0; i <= size_t(function.func_info) + 1; i++) {
    const GenericOp& op = function.ops[i];
    for (Translate translate : rule_index().by_opcode[op.opcode]) {
      if (translate(e, function.ops.subspan(i))) break;
    }
  }
  if (is_hibernate(e.module().name, function)) {
    e.emit(Op::hibernate, {});
  } else {
    e.emit(Op::native_body, {native});
  }
}

// A compiler marks the functions that a library may replace, anywhere in their code. Without marks all functions of a module that loads
// a library are such.
bool is_marked(std::span<const GenericOp> ops) {
  return std::any_of(ops.begin(), ops.end(), [](const GenericOp& op) { return op.opcode == op_nif_start; });
}
bool all_may_be_nifs(const ParsedModule& module) {
  static const Term load_nif = make_atom("load_nif");
  auto loads = [](const ImportRow& i) { return i.module.same(atom::erlang) && i.function.same(load_nif) && i.arity == 2; };
  return std::any_of(module.imports.begin(), module.imports.end(), loads) && !is_marked(module.ops);
}

// Labels in front of and behind func_info, the stub, the code.
void replaceable_function(Emitter& e, const GenericFunction& function) {
  size_t entry = size_t(function.func_info) + 2;
  translate_ops(e, function.ops.first(entry));
  e.emit(Op::nif_stub, {static_cast<const void*>(nullptr)});
  translate_ops(e, function.ops.subspan(entry));
}

template <class T>
T* copy_array(const T* from, size_t count) {
  T* to = static_cast<T*>(std::malloc(sizeof(T) * (count ? count : 1)));
  VERIFY(to);
  if (count) std::memcpy(static_cast<void*>(to), from, sizeof(T) * count);
  return to;
}

}  // namespace

void translate_ops(Emitter& e, std::span<const GenericOp> ops) {
  const RuleIndex& rules = rule_index();
  while (!ops.empty()) {
    uint16_t opcode = ops[0].opcode;
    size_t taken = 0;
    for (Translate translate : rules.by_opcode[opcode]) {
      taken = translate(e, ops);
      if (taken) break;
    }
    if (!taken) e.refuse(std::string("cannot load instruction ") + opcode_name(opcode));
    if (!e.error().empty()) return;
    ops = ops.subspan(taken);
  }
}

Result<Ok, LoadError> specialise(const ParsedModule& module, CodeInstance& instance, std::span<uint32_t> label_offsets,
                                 CodeReferences* references) {
  Emitter e(module, instance, label_offsets, references);
  // Offset 0 stands for "no such label": it holds an instruction that nothing jumps to.
  e.emit(Op::module_start, {module.name});
  std::vector<FunctionStart> starts;
  bool all_replaceable = all_may_be_nifs(module);
  for (const GenericFunction& function : module.functions) {
    const NativeEntry* native = find_native(module.name, function.name, function.arity);
    e.set_line(0);
    if ((native && has_function(native->kind)) || is_hibernate(module.name, function)) native_function(e, function, native);
    else if (all_replaceable || is_marked(function.ops)) replaceable_function(e, function);
    else translate_ops(e, function.ops);
    if (!e.error().empty()) return LoadError{e.error()};
    uint32_t entry = label_offsets[function.entry_label];
    starts.push_back({entry - uint32_t(words_of<ins::func_info>), entry, function.name, function.arity});
  }
  e.emit(Op::module_end, {});
  e.resolve_labels();
  if (!e.error().empty()) return LoadError{e.error()};
  instance.code_words = e.code().size();
  instance.code = code_allocate(instance.code_words);
  std::memcpy(instance.code, e.code().data(), instance.code_words * sizeof(Word));
  instance.functions = copy_array(starts.data(), starts.size());
  instance.function_count = starts.size();
  instance.lines = copy_array(e.lines().data(), e.lines().size());
  instance.line_count = e.lines().size();
  return Ok{};
}

}  // namespace joist
