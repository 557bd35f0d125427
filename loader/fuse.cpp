// Fusions: generic instructions that often follow one another become one of the machine's, for a dispatch that is not needed is time won.
// Which pairs matter is counted by `joist --profile-ops` (vm/interp/profile.cpp).
//
// A `line` in front of a call may stand between the parts: moves and frames cannot fail, so the fused instruction may begin at the
// call's line.
#include "loader/fuse.h"
#include "vm/code/export.h"
#include "vm/code/native.h"
#include "vm/term/boxed.h"

namespace joist {
namespace {

// ---- a call and the move in front of it

const ImportRow* ordinary_import(Emitter& e, const GenericOperand& o) {
  auto imports = e.module().imports;
  if (o.kind != OperandKind::Unsigned || size_t(o.value) >= imports.size()) return nullptr;
  const ImportRow& row = imports[size_t(o.value)];
  // Natives, and the functions that are instructions.
  const NativeEntry* native = find_native(row.module, row.function, row.arity);
  if (native && has_function(native->kind)) return nullptr;
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

// ---- moves between the frame and x registers: none reads what another wrote

bool is_load(Ops ops, size_t i) { return is_move(ops, i) && ops[i][0].kind == OperandKind::Y && ops[i][1].kind == OperandKind::X; }
bool is_save(Ops ops, size_t i) { return is_move(ops, i) && ops[i][0].kind == OperandKind::X && ops[i][1].kind == OperandKind::Y; }
template <bool Is(Ops, size_t), Op Two, Op Three>
size_t frame_moves(Emitter& e, Ops ops) {
  if (!Is(ops, 0) || !Is(ops, 1)) return 0;
  auto &a = ops[0], &b = ops[1];
  if (!Is(ops, 2)) {
    e.emit(Two, {a[0], b[0], a[1], b[1]});
    return 2;
  }
  e.emit(Three, {a[0], b[0], ops[2][0], a[1], b[1], ops[2][1]});
  return 3;
}
constexpr Translate loads = frame_moves<is_load, Op::load2, Op::load3>;
constexpr Translate saves = frame_moves<is_save, Op::save2, Op::save3>;

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

// The moves before the initialisation of the rest.
size_t allocate_saves_init(Emitter& e, Ops ops) {
  size_t end = 1;
  while (is_save(ops, end)) end++;
  if (end == 1 || !at(ops, end, op_init_yregs) || ops[0][0].value > 16) return 0;
  e.emit(Op::allocate_zero, {ops[0][0], ops[0][1]});
  for (size_t i = 1; i < end;) {
    if (size_t taken = saves(e, ops.subspan(i, end - i))) {
      i += taken;
    } else {
      e.emit(Op::move, {ops[i][0], ops[i][1]});
      i++;
    }
  }
  return end + 1;
}

bool saves_argument(Ops ops, size_t i) { return is_move(ops, i) && is_low_x(ops[i][0]) && ops[i][1].kind == OperandKind::Y; }
}  // namespace

size_t allocate_moves(Emitter& e, Ops ops) {
  if (!saves_argument(ops, 1)) return 0;
  if (saves_argument(ops, 2)) {
    e.emit(Op::allocate_move2, {ops[0][0], ops[0][1], ops[1][0], ops[2][0], ops[1][1], ops[2][1]});
    return 3;
  }
  e.emit(Op::allocate_move, {ops[0][0], ops[0][1], ops[1][0], ops[1][1]});
  return 2;
}

namespace {

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
Value element_offset(const GenericOp& op) { return Value::number(8 + 8 * Word(op[1].value)); }

size_t tagged_tuple_element(Emitter& e, Ops ops) {
  auto& is = ops[0];
  if (!is[1].is_register() || !gets_element_of(ops, 1, is[1])) return 0;
  e.emit(Op::is_tagged_tuple_get_element,
         {is[1], ops[1][2], Value::number(Tuple::make(size_t(is[2].value))), is[3], is[0], element_offset(ops[1])});
  return 2;
}
// is_tuple Fail S; test_arity Fail S N; get_tuple_element S I D
size_t tuple_of_arity_element(Emitter& e, Ops ops) {
  if (!at(ops, 1, op_test_arity)) return 0;
  auto &is = ops[0], &arity = ops[1];
  if (!same_register(is[1], arity[1]) || is[0].value != arity[0].value) return 0;
  if (!gets_element_of(ops, 2, is[1])) return 0;
  e.emit(Op::is_tuple_of_arity_get_element, {is[1], ops[2][2], is[0], arity[2], element_offset(ops[2])});
  return 3;
}

// ---- terms built and returned

// test_heap Need Live; put_tuple2 D {A, B}; when that is x0: [deallocate N]; return
size_t heap_tuple(Emitter& e, Ops ops) {
  if (!at(ops, 1, op_put_tuple2) || ops[1][1].elements().size() != 2) return 0;
  auto elements = ops[1][1].elements();
  Value frame = Value::number(0);
  size_t end = ops[1][0].is_x(0) ? skip_return(ops, 2, &frame) : 0;
  if (end) e.emit(Op::put_tuple2_return, {elements[0], elements[1], frame, ops[0][0], ops[0][1]});
  else e.emit(Op::test_heap_put_tuple2, {elements[0], elements[1], ops[1][0], ops[0][0], ops[0][1]});
  return end ? end : 2;
}
// test_heap Need Live; put_list H T x0; [deallocate N]; return
size_t heap_list_return(Emitter& e, Ops ops) {
  if (!at(ops, 1, op_put_list) || !ops[1][2].is_x(0)) return 0;
  Value frame = Value::number(0);
  size_t end = skip_return(ops, 2, &frame);
  if (end) e.emit(Op::put_list_return, {ops[1][0], ops[1][1], frame, ops[0][0], ops[0][1]});
  return end;
}

// test_heap Need Live; get_tuple_element …; put_list or put_tuple2: the elements are got first, so that room is made where it is used. They
// must be live then: each target is so already, or the next x register.
size_t heap_after_elements(Emitter& e, Ops ops) {
  constexpr size_t most = 4;
  GenericOperand need[2] = {ops[0][0], ops[0][1]};
  SWord& live = need[1].value;
  GenericOp reordered[most + 4];
  size_t n = 0;
  while (n < most && at(ops, 1 + n, op_get_tuple_element)) {
    const GenericOp& get = ops[1 + n];
    if (get[2].kind == OperandKind::X && get[2].value > live) break;
    if (get[2].is_x(live)) live++;
    reordered[n++] = get;
  }
  size_t put = 1 + n;
  if (n == 0 || (!at(ops, put, op_put_list) && !at(ops, put, op_put_tuple2))) return 0;
  Value ignored = Value::number(0);
  size_t end = skip_return(ops, put + 1, &ignored);
  if (!end) end = put + 1;
  reordered[n++] = {op_test_heap, 2, need};
  for (size_t i = put; i < end; i++) reordered[n++] = ops[i];
  translate_ops(e, Ops(reordered, n));
  return end;
}

// ---- a clause that ends a recursion

// is_nil or is_eq_exact Fail R, immediate; [move S → x0]; return
template <bool Nil>
size_t test_return(Emitter& e, Ops ops) {
  auto& test = ops[0];
  if (!test[1].is_register() || (!Nil && !is_immediate(test[2]))) return 0;
  GenericOperand result;
  size_t end = skip_move_return(ops, 1, &result);
  if (!end) return 0;
  e.emit(Op::is_eq_immediate_return, {test[1], result, Nil ? Value(nil) : Value(test[2]), test[0]});
  return end;
}

constexpr Rule rules[] = {
    {op_is_nil, test_return<true>},
    {op_is_eq_exact, test_return<false>},
    {op_is_lt, less_return},
    {op_is_ge, not_less_return},
    {op_gc_bif2, times_plus},
    {op_gc_bif2, bsr_add_call},
    {op_gc_bif2, shorten_moves},
    {op_move, shorten_moves},
    {op_swap, shorten_moves},
    {op_gc_bif2, sum_argument},
    {op_gc_bif2, add_call},
    {op_gc_bif2, exchange_add_call},
    {op_gc_bif2, plus_return},
    {op_gc_bif2, band_is_eq},
    {op_move, loads},
    {op_move, saves},
    {op_move, move_call},
    {op_test_heap, heap_after_elements},
    {op_test_heap, heap_list_return},
    {op_test_heap, heap_tuple},
    {op_trim, trim_call},
    {op_allocate, allocate_init},
    {op_allocate, allocate_saves_init},
    {op_allocate, allocate_moves},
    {op_allocate_zero, allocate_zero},
    {op_is_tuple, tuple_select_arity},
    {op_is_tuple, tuple_of_arity_element},
    {op_is_tagged_tuple, tagged_tuple_element},
};

}  // namespace
const std::span<const Rule> pair_rules = rules;
}  // namespace joist
