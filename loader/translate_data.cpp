// Rules for instructions on data: moves, tests, comparisons, tuples, lists, floats, funs. Selection and maps: translate_select.cpp,
// translate_map.cpp; natives in guards: translate_guards.cpp.
#include "loader/translate.h"
#include "loader/translate_guards.h"
#include "loader/translate_select.h"
#include "vm/term/atom.h"
#include "vm/term/boxed.h"

namespace joist {
namespace {

bool is_small(const GenericOperand& o) { return o.kind == OperandKind::Integer || o.kind == OperandKind::Char; }
bool next_is(std::span<const GenericOp> ops, Opcode opcode) { return ops.size() > 1 && ops[1].opcode == opcode; }

// test Fail Arg
template <Op O>
size_t test(Emitter& e, std::span<const GenericOp> ops) {
  e.emit(O, {ops[0][1], ops[0][0]});
  return 1;
}
// test Fail A B
template <Op O>
size_t compare(Emitter& e, std::span<const GenericOp> ops) {
  e.emit(O, {ops[0][1], ops[0][2], ops[0][0]});
  return 1;
}
size_t test_arity(Emitter& e, std::span<const GenericOp> ops) {  // Fail Tuple Arity
  e.emit(Op::test_arity, {ops[0][1], ops[0][0], ops[0][2]});
  return 1;
}
// test Fail A B: with one operand a constant small integer. Lhs: for a constant on the left.
template <Op Rhs, Op Lhs>
size_t compare_small(Emitter& e, std::span<const GenericOp> ops) {
  auto& op = ops[0];
  if (is_small(op[2])) e.emit(Rhs, {op[1], op[2], op[0]});
  else if (is_small(op[1])) e.emit(Lhs, {op[2], op[1], op[0]});
  else return 0;
  return 1;
}
template <Op O>
size_t compare_immediate(Emitter& e, std::span<const GenericOp> ops) {
  auto& op = ops[0];
  if (is_immediate(op[2])) e.emit(O, {op[1], op[2], op[0]});
  else if (is_immediate(op[1])) e.emit(O, {op[2], op[1], op[0]});
  else return 0;
  return 1;
}

// is_nonempty_list Fail S; get_list S H T
size_t nonempty_get_list(Emitter& e, std::span<const GenericOp> ops) {
  auto& list = ops[0][1];
  if (ops.size() < 2 || !list.is_register() || ops[1].count == 0 || !same_register(list, ops[1][0])) return 0;
  switch (ops[1].opcode) {
    case op_get_list: e.emit(Op::is_nonempty_list_get_list, {list, ops[1][1], ops[1][2], ops[0][0]}); return 2;
    case op_get_hd: e.emit(Op::is_nonempty_list_get_hd, {list, ops[1][1], ops[0][0]}); return 2;
    case op_get_tl: e.emit(Op::is_nonempty_list_get_tl, {list, ops[1][1], ops[0][0]}); return 2;
    default: return 0;
  }
}

// get_hd S H; get_tl S T and the other way round
template <Opcode Other, bool HeadFirst>
size_t get_both(Emitter& e, std::span<const GenericOp> ops) {
  if (!next_is(ops, Other)) return 0;
  auto &first = ops[0], &second = ops[1];
  if (!same_register(first[0], second[0]) || same_register(first[0], first[1]) || same_register(first[1], second[1])) return 0;
  e.emit(Op::get_list, {first[0], HeadFirst ? first[1] : second[1], HeadFirst ? second[1] : first[1]});
  return 2;
}

size_t put_list(Emitter& e, std::span<const GenericOp> ops) {
  e.emit(Op::put_list, {ops[0][0], ops[0][1], ops[0][2]});
  return 1;
}

// test_heap Need Live; put_list H T D
size_t test_heap_put_list(Emitter& e, std::span<const GenericOp> ops) {
  if (!next_is(ops, op_put_list)) return 0;
  e.emit(Op::test_heap_put_list, {ops[1][0], ops[1][1], ops[1][2], ops[0][0], ops[0][1]});
  return 2;
}

// is_tuple Fail S; test_arity Fail S N
size_t tuple_of_arity(Emitter& e, std::span<const GenericOp> ops) {
  if (!next_is(ops, op_test_arity)) return 0;
  auto &is = ops[0], &arity = ops[1];
  if (!same_register(is[1], arity[1]) || is[0].value != arity[0].value) return 0;
  e.emit(Op::is_tuple_of_arity, {is[1], is[0], arity[2]});
  return 2;
}

// is_tagged_tuple Fail S Arity Tag
size_t tagged_tuple(Emitter& e, std::span<const GenericOp> ops) {
  auto& op = ops[0];
  bool known = e.module().type(op[1]).is_only(TypeInfo::Tuple);
  e.emit(known ? Op::is_tagged_tuple_known : Op::is_tagged_tuple,
         {op[1], Value::number(Tuple::make(size_t(op[2].value))), op[3], op[0]});
  return 1;
}

Value element_offset(const GenericOperand& index) { return Value::number(8 + 8 * Word(index.value)); }

// get_tuple_element S N D, N from 0; with the next one of the same tuple
size_t tuple_element(Emitter& e, std::span<const GenericOp> ops) {
  auto& op = ops[0];
  if (next_is(ops, op_get_tuple_element) && same_register(op[0], ops[1][0]) && !same_register(op[0], op[2])) {
    e.emit(Op::get_tuple_element2, {op[0], op[2], ops[1][2], element_offset(op[1]), element_offset(ops[1][1])});
    return 2;
  }
  e.emit(Op::get_tuple_element, {op[0], op[2], element_offset(op[1])});
  return 1;
}

// set_tuple_element Value Tuple N
size_t set_tuple_element(Emitter& e, std::span<const GenericOp> ops) {
  e.emit(Op::set_tuple_element, {ops[0][0], ops[0][1], element_offset(ops[0][2])});
  return 1;
}

// put_tuple2 Dst Elements
size_t put_tuple(Emitter& e, std::span<const GenericOp> ops) {
  auto elements = ops[0][1].elements();
  if (elements.size() == 2) {
    e.emit(Op::put_tuple2, {elements[0], elements[1], ops[0][0]});
    return 1;
  }
  if (elements.size() == 3) {
    e.emit(Op::put_tuple3, {elements[0], elements[1], elements[2], ops[0][0]});
    return 1;
  }
  e.emit(Op::put_tuple, {ops[0][0], Value::number(elements.size()), elements});
  return 1;
}

// update_record Hint Size Src Dst Updates. Hint inplace: a copy is as good, and safe.
size_t update_record(Emitter& e, std::span<const GenericOp> ops) {
  auto& op = ops[0];
  auto updates = op[4].elements();
  bool reuse = op[0].kind == OperandKind::Atom && !op[0].atom().same(atom::copy);
  e.emit(Op::update_record, {op[2], op[3], op[1], Value::number(reuse), Value::number(updates.size()), updates});
  return 1;
}

// fmove S D: one of them a float register
size_t fmove(Emitter& e, std::span<const GenericOp> ops) {
  auto& op = ops[0];
  e.emit(op[0].kind == OperandKind::F ? Op::fmove_store : Op::fmove_load, {op[op[0].kind == OperandKind::F ? 1 : 0],
         op[op[0].kind == OperandKind::F ? 0 : 1]});
  return 1;
}
// fadd Fail A B Dst
template <Op O>
size_t float_binary(Emitter& e, std::span<const GenericOp> ops) {
  e.emit(O, {ops[0][1], ops[0][2], ops[0][3], ops[0][0]});
  return 1;
}
// fnegate Fail A Dst
size_t fnegate(Emitter& e, std::span<const GenericOp> ops) {
  e.emit(Op::fnegate, {ops[0][1], ops[0][2]});
  return 1;
}
// fclearerror, fcheckerror: every operation checks its own result.
size_t nothing(Emitter&, std::span<const GenericOp>) { return 1; }

// make_fun3 Index Dst Env
size_t make_fun3(Emitter& e, std::span<const GenericOp> ops) {
  auto env = ops[0][2].elements();
  e.emit(Op::make_fun, {static_cast<const void*>(e.instance().funs[size_t(ops[0][0].value)]), ops[0][1],
                        Value::number(env.size()), env});
  return 1;
}
// make_fun2 Index
size_t make_fun2(Emitter& e, std::span<const GenericOp> ops) {
  auto index = size_t(ops[0][0].value);
  e.emit(Op::make_fun2, {static_cast<const void*>(e.instance().funs[index]), Value::number(e.module().lambdas[index].num_free)});
  return 1;
}

// Two moves, in modes that move2 is compiled for.
bool move2_source(const GenericOperand& o) {
  return o.is_constant() || o.kind == OperandKind::Y || (o.kind == OperandKind::X && o.value < 3);
}
bool move2_destination(const GenericOperand& o) { return !o.is_constant() && move2_source(o); }
size_t two_moves(Emitter& e, std::span<const GenericOp> ops) {
  if (!next_is(ops, op_move)) return 0;
  auto &a = ops[0], &b = ops[1];
  if (!move2_source(a[0]) || !move2_source(b[0]) || !move2_destination(a[1]) || !move2_destination(b[1])) return 0;
  e.emit(Op::move2, {a[0], b[0], a[1], b[1]});
  return 2;
}

constexpr Rule rules[] = {
    {op_move, two_moves},
    {op_move, direct<Op::move>},
    {op_swap, direct<Op::swap>},
    {op_bif0, translate_bif0},
    {op_bif1, translate_bif1},
    {op_bif2, translate_bif2},
    {op_gc_bif1, translate_gc_bif1},
    {op_gc_bif2, translate_gc_bif2},
    {op_is_lt, compare_small<Op::is_lt_small, Op::is_gt_small>},
    {op_is_lt, compare<Op::is_lt>},
    {op_is_ge, compare_small<Op::is_ge_small, Op::is_le_small>},
    {op_is_ge, compare<Op::is_ge>},
    {op_is_eq, compare<Op::is_eq>},
    {op_is_ne, compare<Op::is_ne>},
    {op_is_eq_exact, compare_immediate<Op::is_eq_immediate>},
    {op_is_eq_exact, compare<Op::is_eq_exact>},
    {op_is_ne_exact, compare_immediate<Op::is_ne_immediate>},
    {op_is_ne_exact, compare<Op::is_ne_exact>},
    {op_is_integer, test<Op::is_integer>},
    {op_is_float, test<Op::is_float>},
    {op_is_number, test<Op::is_number>},
    {op_is_atom, test<Op::is_atom>},
    {op_is_boolean, test<Op::is_boolean>},
    {op_is_pid, test<Op::is_pid>},
    {op_is_reference, test<Op::is_reference>},
    {op_is_port, test<Op::is_port>},
    {op_is_nil, test<Op::is_nil>},
    {op_is_binary, test<Op::is_binary>},
    {op_is_bitstr, test<Op::is_bitstring>},
    {op_is_list, test<Op::is_list>},
    {op_is_nonempty_list, nonempty_get_list},
    {op_is_nonempty_list, test<Op::is_nonempty_list>},
    {op_is_tuple, tuple_of_arity},
    {op_is_tuple, test<Op::is_tuple>},
    {op_is_map, test<Op::is_map>},
    {op_is_function, test<Op::is_function>},
    {op_is_function2, compare<Op::is_function2>},
    {op_test_arity, test_arity},
    {op_is_tagged_tuple, tagged_tuple},
    {op_get_list, direct<Op::get_list>},
    {op_get_hd, get_both<op_get_tl, true>},
    {op_get_hd, direct<Op::get_hd>},
    {op_get_tl, get_both<op_get_hd, false>},
    {op_get_tl, direct<Op::get_tl>},
    {op_put_list, put_list},
    {op_get_tuple_element, tuple_element},
    {op_set_tuple_element, set_tuple_element},
    {op_put_tuple2, put_tuple},
    {op_update_record, update_record},
    {op_select_val, translate_select_val},
    {op_select_tuple_arity, translate_select_tuple_arity},
    {op_fmove, fmove},
    {op_fconv, direct<Op::fconv>},
    {op_fadd, float_binary<Op::fadd>},
    {op_fsub, float_binary<Op::fsub>},
    {op_fmul, float_binary<Op::fmul>},
    {op_fdiv, float_binary<Op::fdiv>},
    {op_fnegate, fnegate},
    {op_fclearerror, nothing},
    {op_fcheckerror, nothing},
    {op_put_map_assoc, translate_put_map<false>},
    {op_put_map_exact, translate_put_map<true>},
    {op_get_map_elements, translate_get_map_elements},
    {op_has_map_fields, translate_has_map_fields},
    {op_make_fun3, make_fun3},
    {op_make_fun2, make_fun2},
};

// Those that must be tried before control's.
constexpr Rule early_rules[] = {
    {op_test_heap, test_heap_put_list},
};

}  // namespace
const std::span<const Rule> data_rules = rules;
const std::span<const Rule> fusion_rules = early_rules;
}  // namespace joist
