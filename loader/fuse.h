// What the files of fusions share (fuse.cpp, fuse_fast.cpp, fuse_moves.cpp, fuse_sums.cpp).
#pragma once
#include "loader/translate_guards.h"

namespace joist {

using Ops = std::span<const GenericOp>;

inline bool at(Ops ops, size_t i, Opcode opcode) { return i < ops.size() && ops[i].opcode == opcode; }
inline bool is_move(Ops ops, size_t i) { return at(ops, i, op_move); }
inline bool is_low_x(const GenericOperand& o) { return o.kind == OperandKind::X && o.value < 4; }

// Behind a `line` at i, if there is one; *row is its row, or -1.
inline size_t skip_line(Ops ops, size_t i, SWord* row) {
  *row = -1;
  if (!at(ops, i, op_line)) return i;
  *row = ops[i][0].value;
  return i + 1;
}
inline void apply_line(Emitter& e, SWord row) {
  if (row >= 0) e.set_line(uint32_t(row));
}
// Behind `[deallocate N]; return` at i, *frame being N or 0; 0 when there is none.
inline size_t skip_return(Ops ops, size_t i, Value* frame) {
  *frame = Value::number(0);
  if (at(ops, i, op_deallocate)) *frame = ops[i++][0];
  return at(ops, i, op_return) ? i + 1 : 0;
}

// Behind `[move S → x0]; return` at i, *result being S or x0; 0 when there is none.
inline size_t skip_move_return(Ops ops, size_t i, GenericOperand* result) {
  *result = {};
  result->kind = OperandKind::X;
  if (is_move(ops, i) && ops[i][1].is_x(0)) *result = ops[i++][0];
  return at(ops, i, op_return) && result->kind != OperandKind::F ? i + 1 : 0;
}

// A gc_bif2 that adds a constant to a register or subtracts one, and raises when it fails.
inline bool is_plain_sum(Emitter& e, const GenericOp& op, SWord* constant) { return op[0].value == 0 && adds_constant(e, op, constant); }

// `allocate N Live` and one or two moves of arguments to the frame.
size_t allocate_moves(Emitter& e, Ops ops);

// fuse_fast.cpp: small integers in one step.
size_t times_plus(Emitter& e, Ops ops);
size_t bsr_add_call(Emitter& e, Ops ops);
size_t less_return(Emitter& e, Ops ops);
size_t not_less_return(Emitter& e, Ops ops);

// fuse_moves.cpp: fewer moves in front of a call.
size_t shorten_moves(Emitter& e, Ops ops);

// fuse_sums.cpp: arithmetic and what uses its result.
size_t sum_argument(Emitter& e, Ops ops);
size_t add_call(Emitter& e, Ops ops);
size_t exchange_add_call(Emitter& e, Ops ops);
size_t plus_return(Emitter& e, Ops ops);
size_t band_is_eq(Emitter& e, Ops ops);

}  // namespace joist
