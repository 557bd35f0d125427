// Rules that turn generic instructions into the machine's. specialise() walks a function; for the instruction it stands at it tries
// the rules of its opcode in the order in which the tables list them, until one takes it.
#pragma once
#include "loader/emitter.h"

namespace joist {

// `ops`: the rest of the function; ops[0] has the rule's opcode. Emits and returns how many generic instructions it took (fusions: more
// than one); 0: does not apply, try the next rule. Never look past a `label`: it is an instruction like others, so matching
// opcodes one after another does that by itself.
using Translate = size_t (*)(Emitter& e, std::span<const GenericOp> ops);

// specialise.cpp: translates instructions by the rules, for a rule that wrote them anew.
void translate_ops(Emitter& e, std::span<const GenericOp> ops);

struct Rule {
  Opcode opcode;
  Translate translate;
};

inline bool same_register(const GenericOperand& a, const GenericOperand& b) {
  return a.is_register() && a.kind == b.kind && a.value == b.value;
}
inline bool is_immediate(const GenericOperand& o) {
  return o.kind == OperandKind::Integer || o.kind == OperandKind::Atom || o.kind == OperandKind::Nil || o.kind == OperandKind::Char;
}

// The instruction whose fields are the generic instruction's operands, in their order.
template <Op O>
size_t direct(Emitter& e, std::span<const GenericOp> ops) {
  Value values[8] = {Term(), Term(), Term(), Term(), Term(), Term(), Term(), Term()};
  size_t n = ops[0].count;
  for (size_t i = 0; i < n; i++) values[i] = ops[0][i];
  e.emit(O, std::span<const Value>(values, n));
  return 1;
}

extern const std::span<const Rule> fusion_rules;   // translate_data.cpp: tried first
extern const std::span<const Rule> pair_rules;     // fuse.cpp: tried before all others
extern const std::span<const Rule> control_rules;  // translate_control.cpp: frames, calls, natives, exceptions, receive
extern const std::span<const Rule> data_rules;     // translate_data.cpp: moves, tests, arithmetic, tuples, lists, maps, floats, selection
extern const std::span<const Rule> bits_rules;     // translate_bits.cpp: bit syntax

extern const std::span<const Rule> native_rules;   // translate_control.cpp: bif0 … gc_bif3 that no other rule took

}  // namespace joist
