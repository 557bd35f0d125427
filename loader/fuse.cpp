// Fusions: generic instructions that often follow one another become one of the machine's, for a dispatch that is not needed is time won.
// Which pairs matter is counted by builds with JOIST_PROFILE_OPS (vm/interp/profile.cpp).
//
// A `line` in front of a call may stand between the parts: moves and frames cannot fail, so the fused instruction may begin at the
// call's line.
#include "loader/translate.h"
#include "vm/code/export.h"
#include "vm/code/native.h"
#include "vm/term/boxed.h"

namespace joist {
namespace {

using Ops = std::span<const GenericOp>;

bool at(Ops ops, size_t i, Opcode opcode) { return i < ops.size() && ops[i].opcode == opcode; }
bool same_register(const GenericOperand& a, const GenericOperand& b) {
  return a.is_register() && a.kind == b.kind && a.value == b.value;
}
bool is_low_x(const GenericOperand& o) { return o.kind == OperandKind::X && o.value < 4; }
bool is_move(Ops ops, size_t i) { return at(ops, i, op_move); }

// Behind a `line` at i, if there is one; *row is its row, or -1.
size_t skip_line(Ops ops, size_t i, SWord* row) {
  *row = -1;
  if (!at(ops, i, op_line)) return i;
  *row = ops[i][0].value;
  return i + 1;
}
void apply_line(Emitter& e, SWord row) {
  if (row >= 0) e.set_line(uint32_t(row));
}

// ---- a call and the move in front of it

const ImportRow* ordinary_import(Emitter& e, const GenericOperand& o) {
  auto imports = e.module().imports;
  if (o.kind != OperandKind::Unsigned || size_t(o.value) >= imports.size()) return nullptr;
  const ImportRow& row = imports[size_t(o.value)];
  // Natives, and the functions that are instructions.
  const NativeEntry* native = find_native(row.module, row.function, row.arity);
  if (native && native->kind != NativeKind::Missing) return nullptr;
  if (row.module.same(atom::erlang) && (row.function.same(atom::apply) || row.function.same(atom::hibernate))) return nullptr;
  return &row;
}

size_t move_call(Emitter& e, Ops ops) {
  auto &from = ops[0][0], &to = ops[0][1];
  if (!is_low_x(to) || from.kind == OperandKind::F) return 0;
  SWord row;
  size_t i = skip_line(ops, 1, &row);
  if (i >= ops.size()) return 0;
  const GenericOp& call = ops[i];
  switch (call.opcode) {
    case op_call: case op_call_only: case op_call_last:
      apply_line(e, row);
      if (call.opcode == op_call) e.emit(Op::move_call, {from, to, call[1]});
      else if (call.opcode == op_call_only) e.emit(Op::move_call_only, {from, to, call[1]});
      else e.emit(Op::move_call_last, {from, to, call[1], call[2]});
      return i + 1;
    case op_call_ext: case op_call_ext_only: case op_call_ext_last: {
      const ImportRow* import = ordinary_import(e, call[1]);
      if (!import) return 0;
      const Export* target = get_export(import->module, import->function, import->arity);
      apply_line(e, row);
      if (call.opcode == op_call_ext) e.emit(Op::move_call_ext, {from, to, target});
      else if (call.opcode == op_call_ext_only) e.emit(Op::move_call_ext_only, {from, to, target});
      else e.emit(Op::move_call_ext_last, {from, to, call[2], target});
      return i + 1;
    }
    default: return 0;
  }
}

size_t trim_call(Emitter& e, Ops ops) {
  SWord row;
  size_t i = skip_line(ops, 1, &row);
  if (!at(ops, i, op_call)) return 0;
  apply_line(e, row);
  e.emit(Op::trim_call, {ops[0][0], ops[i][1]});
  return i + 1;
}

// ---- frames and what they begin with

// `allocate N Live` and the initialisation of some slots: all are set, for a loop over the frame is shorter than a list.
size_t allocate_init(Emitter& e, Ops ops) {
  if (!at(ops, 1, op_init_yregs) || ops[0][0].value == 0 || ops[0][0].value > 16) return 0;
  e.emit(Op::allocate_zero, {ops[0][0], ops[0][1]});
  return 2;
}
size_t allocate_zero(Emitter& e, Ops ops) {
  if (ops[0][0].value == 0) return 0;
  e.emit(Op::allocate_zero, {ops[0][0], ops[0][1]});
  return 1;
}

bool saves_argument(Ops ops, size_t i) { return is_move(ops, i) && is_low_x(ops[i][0]) && ops[i][1].kind == OperandKind::Y; }
size_t allocate_moves(Emitter& e, Ops ops) {
  if (!saves_argument(ops, 1)) return 0;
  if (saves_argument(ops, 2)) {
    e.emit(Op::allocate_move2, {ops[0][0], ops[0][1], ops[1][0], ops[2][0], ops[1][1], ops[2][1]});
    return 3;
  }
  e.emit(Op::allocate_move, {ops[0][0], ops[0][1], ops[1][0], ops[1][1]});
  return 2;
}

// ---- tuples

// select_tuple_arity tests for a tuple itself.
size_t tuple_select_arity(Emitter& e, Ops ops) {
  if (!at(ops, 1, op_select_tuple_arity)) return 0;
  auto &is = ops[0], &select = ops[1];
  return same_register(is[1], select[0]) && is[0].value == select[1].value ? 1 : 0;
}

bool gets_element_of(Ops ops, size_t i, const GenericOperand& tuple) {
  return at(ops, i, op_get_tuple_element) && same_register(ops[i][0], tuple);
}
// Two neighbours are got by one instruction of their own.
bool gets_neighbours(Ops ops, size_t i) {
  return gets_element_of(ops, i + 1, ops[i][0]) && !same_register(ops[i][0], ops[i][2]) &&
         (ops[i + 1][1].value == ops[i][1].value + 1 || ops[i + 1][1].value == ops[i][1].value - 1);
}
Value element_offset(const GenericOp& op) { return Value::number(8 + 8 * Word(op[1].value)); }

size_t tagged_tuple_element(Emitter& e, Ops ops) {
  auto& is = ops[0];
  if (!is[1].is_register() || !gets_element_of(ops, 1, is[1]) || gets_neighbours(ops, 1)) return 0;
  e.emit(Op::is_tagged_tuple_get_element,
         {is[1], ops[1][2], Value::number(Tuple::make(size_t(is[2].value))), is[3], is[0], element_offset(ops[1])});
  return 2;
}
// is_tuple Fail S; test_arity Fail S N; get_tuple_element S I D
size_t tuple_of_arity_element(Emitter& e, Ops ops) {
  if (!at(ops, 1, op_test_arity)) return 0;
  auto &is = ops[0], &arity = ops[1];
  if (!same_register(is[1], arity[1]) || is[0].value != arity[0].value) return 0;
  if (!gets_element_of(ops, 2, is[1]) || gets_neighbours(ops, 2)) return 0;
  e.emit(Op::is_tuple_of_arity_get_element, {is[1], ops[2][2], is[0], arity[2], element_offset(ops[2])});
  return 3;
}

// ---- f(X - 1)

// The compiler computes an argument to an x register of its own, saves others in the frame and moves it to x0 last. As the call ends that
// register's life, the sum can go to x0 at once:
//   [allocate N Live]  gc_bif2 '+' or '-' X, constant → Xk   moves of x registers to the frame   move Xk → x0   call F/A, A ≤ k
// becomes the moves, then add_call. With an allocate in between, the moves must fill the frame: the sum may raise or collect.
bool small_constant(const GenericOperand& o) { return o.kind == OperandKind::Integer; }

// The constant to add; false when the instruction is another.
bool adds_constant(Emitter& e, const GenericOp& op, SWord* constant) {
  auto imports = e.module().imports;
  if (op[0].value != 0 || op[2].kind != OperandKind::Unsigned || size_t(op[2].value) >= imports.size()) return false;
  const ImportRow& row = imports[size_t(op[2].value)];
  if (!row.module.same(atom::erlang) || row.arity != 2 || !op[3].is_register() || !small_constant(op[4])) return false;
  if (row.function.same(atom::plus)) *constant = op[4].value;
  else if (row.function.same(atom::minus)) *constant = -op[4].value;
  else return false;
  return Term::fits_small(*constant);
}

size_t add_call(Emitter& e, Ops ops) {
  SWord constant;
  auto& sum = ops[0];
  auto &source = sum[3], &target = sum[5];
  if (target.kind != OperandKind::X || !adds_constant(e, sum, &constant)) return 0;
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
  SWord row;
  i = skip_line(ops, i, &row);
  if (i >= ops.size() || (row >= 0 && !e.is_line(uint32_t(row)))) return 0;
  const GenericOp& call = ops[i];
  if (call.opcode != op_call && call.opcode != op_call_only && call.opcode != op_call_last) return 0;
  if (call[0].value == 0 || (k != 0 && call[0].value > k)) return 0;
  if (allocate) {
    GenericOperand live = (*allocate)[1];
    live.value = k;
    if (source.value >= k || sum[1].value > k) return 0;
    GenericOp shorter = *allocate;
    GenericOperand operands[2] = {(*allocate)[0], live};
    shorter.operands = operands;
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
  Value rhs(Term::small(constant));
  if (call.opcode == op_call) e.emit(Op::add_call, {source, rhs, call[1], sum[1]});
  else if (call.opcode == op_call_only) e.emit(Op::add_call_only, {source, rhs, call[1], sum[1]});
  else e.emit(Op::add_call_last, {source, rhs, call[1], call[2], sum[1]});
  return i + 1;
}

constexpr Rule rules[] = {
    {op_gc_bif2, add_call},
    {op_move, move_call},
    {op_trim, trim_call},
    {op_allocate, allocate_init},
    {op_allocate, allocate_moves},
    {op_allocate_zero, allocate_zero},
    {op_is_tuple, tuple_select_arity},
    {op_is_tuple, tuple_of_arity_element},
    {op_is_tagged_tuple, tagged_tuple_element},
};

}  // namespace
const std::span<const Rule> pair_rules = rules;
}  // namespace joist
