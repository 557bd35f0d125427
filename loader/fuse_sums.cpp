// Fusions of arithmetic with what uses its result.
#include "loader/fuse.h"
#include "vm/term/atom.h"

namespace joist {
namespace {

bool small_constant(const GenericOperand& o) { return o.kind == OperandKind::Integer; }

// Position of a local call at i, behind a `line` that says where we are anyway; else 0.
size_t skip_to_call(Emitter& e, Ops ops, size_t i) {
  SWord row;
  i = skip_line(ops, i, &row);
  if (i >= ops.size() || (row >= 0 && !e.is_line(uint32_t(row)))) return 0;
  auto opcode = ops[i].opcode;
  return opcode == op_call || opcode == op_call_only || opcode == op_call_last ? i : 0;
}

void emit_add_call(Emitter& e, const GenericOp& sum, SWord constant, const GenericOperand& argument, const GenericOp& call) {
  Value rhs(Term::small(constant));
  if (call.opcode == op_call) e.emit(Op::add_call, {sum[3], argument, rhs, call[1], sum[1]});
  else if (call.opcode == op_call_only) e.emit(Op::add_call_only, {sum[3], argument, rhs, call[1], sum[1]});
  else e.emit(Op::add_call_last, {sum[3], argument, rhs, call[1], call[2], sum[1]});
}

}  // namespace

// gc_bif2 '+' or '-' X, constant → one of x0…x3   call
size_t sum_argument(Emitter& e, Ops ops) {
  SWord constant;
  auto& sum = ops[0];
  if (!is_low_x(sum[5]) || !is_plain_sum(e, sum, &constant)) return 0;
  size_t i = skip_to_call(e, ops, 1);
  if (!i || ops[i][0].value <= sum[5].value) return 0;
  emit_add_call(e, sum, constant, sum[5], ops[i]);
  return i + 1;
}

// gc_bif2 '+' or '-' Y, constant → Xk   move x0 → Y   move Xk → x0   call F/1
size_t exchange_add_call(Emitter& e, Ops ops) {
  SWord constant;
  auto& sum = ops[0];
  if (sum[3].kind != OperandKind::Y || sum[5].kind != OperandKind::X || sum[1].value == 0 || !is_plain_sum(e, sum, &constant)) return 0;
  if (!is_move(ops, 1) || !ops[1][0].is_x(0) || !same_register(ops[1][1], sum[3])) return 0;
  if (!is_move(ops, 2) || !same_register(ops[2][0], sum[5]) || !ops[2][1].is_x(0)) return 0;
  size_t i = skip_to_call(e, ops, 3);
  if (!i || ops[i].opcode != op_call || ops[i][0].value != 1) return 0;
  e.emit(Op::exchange_add_call, {sum[3], Term::small(constant), ops[i][1], sum[1]});
  return i + 1;
}

// gc_bif2 '+' A, B → x0   [deallocate N]   return
size_t plus_return(Emitter& e, Ops ops) {
  auto& sum = ops[0];
  if (sum[0].value != 0 || !is_erlang(e, sum[2], atom::plus) || !sum[3].is_register() || !sum[4].is_register()) return 0;
  Value frame = Value::number(0);
  size_t end = sum[5].is_x(0) ? skip_return(ops, 1, &frame) : 0;
  if (end) e.emit(Op::plus_return, {sum[3], sum[4], frame, sum[1]});
  return end;
}

// gc_bif2 'band' X, constant → D   is_eq_exact Fail D, constant
size_t band_is_eq(Emitter& e, Ops ops) {
  auto& bits = ops[0];
  if (!is_erlang(e, bits[2], atom::band) || !bits[3].is_register() || !small_constant(bits[4])) return 0;
  if (!at(ops, 1, op_is_eq_exact) || !same_register(ops[1][1], bits[5]) || !small_constant(ops[1][2])) return 0;
  e.emit(Op::band_is_eq, {bits[3], bits[5], bits[4], ops[1][2], ops[1][0], bits[0], bits[1]});
  return 2;
}

// The compiler computes an argument to an x register of its own, saves others in the frame and moves it to x0 last. As the call ends that
// register's life, the sum can go to x0 at once:
//   [allocate N Live]  gc_bif2 '+' or '-' X, constant → Xk   moves of x registers to the frame   move Xk → x0   call F/A, A ≤ k
// becomes the moves, then add_call. With an allocate in between, the moves must fill the frame: the sum may raise or collect.
size_t add_call(Emitter& e, Ops ops) {
  SWord constant;
  auto& sum = ops[0];
  auto &source = sum[3], &target = sum[5];
  GenericOperand x0 = target;
  x0.value = 0;
  if (target.kind != OperandKind::X || !is_plain_sum(e, sum, &constant)) return 0;
  size_t i = 1;
  const GenericOp* allocate = nullptr;
  SWord k = target.value;
  if (at(ops, i, op_allocate) && ops[i][0].value > 0) {
    allocate = &ops[i++];
    if (source.kind != OperandKind::X || k == 0 || (*allocate)[1].value != k + 1) return 0;
  }
  // Moves that may come first: to the frame, from registers that the sum does not change.
  size_t first_move = i;
  Word filled = 0;
  while (is_move(ops, i) && ops[i][1].kind == OperandKind::Y && ops[i][1].value < 32 && !same_register(ops[i][1], source) &&
         ops[i][0].kind == OperandKind::X && !same_register(ops[i][0], target)) {
    filled |= Word(1) << ops[i++][1].value;
  }
  size_t moves = i - first_move;
  if (allocate && filled != (Word(1) << (*allocate)[0].value) - 1) return 0;
  if (moves > 4) return 0;
  if (k != 0) {
    if (!is_move(ops, i) || !same_register(ops[i][0], target) || !ops[i][1].is_x(0)) return 0;
    i++;
  } else if (moves) {
    return 0;
  }
  i = skip_to_call(e, ops, i);
  if (!i) return 0;
  const GenericOp& call = ops[i];
  if (call[0].value == 0 || (k != 0 && call[0].value > k)) return 0;
  if (allocate) {
    GenericOperand live = (*allocate)[1];
    live.value = k;
    if (source.value >= k || sum[1].value > k) return 0;
    GenericOp shorter = *allocate;
    GenericOperand operands[2] = {(*allocate)[0], live};
    shorter.operands = operands;
    // The whole frame is what the sum is made of.
    if (filled == 1 && same_register(ops[first_move][0], source) && is_low_x(source) && call.opcode == op_call) {
      e.emit(Op::fast_save_add_call, {source, Term::small(constant), call[1]});
    }
    GenericOp begin[3] = {shorter, ops[first_move], moves > 1 ? ops[first_move + 1] : ops[first_move]};
    size_t taken = allocate_moves(e, Ops(begin, moves > 1 ? 3 : 2));
    if (taken == 0) {
      e.emit(Op::allocate, {operands[0], operands[1]});
      taken = 1;
    }
    first_move += taken - 1;
    moves -= taken - 1;
  }
  for (size_t m = first_move; m < first_move + moves; m++) e.emit(Op::move, {ops[m][0], ops[m][1]});
  emit_add_call(e, sum, constant, x0, call);
  return i + 1;
}

}  // namespace joist
