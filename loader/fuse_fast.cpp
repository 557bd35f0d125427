// Fast ways: one instruction in front of two or three that does their work when all operands are small integers, which is nearly always
// (vm/interp/ops/fused_fast.cpp). The instructions behind it are those that would be there without it, so it needs no slow path.
#include "loader/fuse.h"
#include "vm/term/atom.h"

namespace joist {
namespace {

// x0…x3 that the instruction changes in place.
bool changes_low_x(const GenericOp& op) { return is_low_x(op[5]) && same_register(op[3], op[5]); }

bool is_constant_bif(Emitter& e, const GenericOp& op, Term function) {
  return op[0].value == 0 && is_erlang(e, op[2], function) && op[3].is_register() && op[4].kind == OperandKind::Integer;
}

}  // namespace

// gc_bif2 '*' A, constant → D   gc_bif2 '+' D, constant → D
size_t times_plus(Emitter& e, Ops ops) {
  SWord addend;
  auto& product = ops[0];
  if (!is_constant_bif(e, product, atom::times) || !at(ops, 1, op_gc_bif2)) return 0;
  auto& sum = ops[1];
  if (!adds_constant(e, sum, &addend) || !same_register(product[5], sum[3]) || !same_register(sum[3], sum[5])) return 0;
  e.emit(Op::fast_times_plus, {product[3], sum[5], product[4], Term::small(addend)});
  e.emit(Op::times, {product[3], product[4], product[5], product[0], product[1]});
  e.emit(Op::plus_small, {sum[3], sum[5], sum[0], Term::small(addend), sum[1]});
  return 2;
}

// gc_bif2 'bsr' Xi, constant → Xi   gc_bif2 '+' or '-' Xk, constant → Xk   call_only
size_t bsr_add_call(Emitter& e, Ops ops) {
  SWord addend;
  auto& shift = ops[0];
  if (!is_constant_bif(e, shift, atom::bsr) || !changes_low_x(shift) || shift[4].value < 0 || shift[4].value > 63) return 0;
  if (!at(ops, 1, op_gc_bif2) || !adds_constant(e, ops[1], &addend)) return 0;
  auto& sum = ops[1];
  if (!changes_low_x(sum) || same_register(sum[5], shift[5]) || !at(ops, 2, op_call_only)) return 0;
  e.emit(Op::fast_bsr_add_call_only, {shift[5], sum[5], Term::small(addend), Value::number(Word(shift[4].value)), ops[2][1]});
  return translate_gc_bif2(e, ops);
}

// Comparison Fail R, constant   [move S → x0]   return
template <Op Fast, Op Slow>
size_t order_return(Emitter& e, Ops ops) {
  auto& test = ops[0];
  if (!test[1].is_register() || test[2].kind != OperandKind::Integer) return 0;
  GenericOperand result;
  if (!skip_move_return(ops, 1, &result)) return 0;
  e.emit(Fast, {test[1], result, test[2], test[0]});
  e.emit(Slow, {test[1], test[2], test[0]});
  return 1;
}
size_t less_return(Emitter& e, Ops ops) { return order_return<Op::fast_is_lt_return, Op::is_lt_small>(e, ops); }
size_t not_less_return(Emitter& e, Ops ops) { return order_return<Op::fast_is_ge_return, Op::is_ge_small>(e, ops); }

}  // namespace joist
