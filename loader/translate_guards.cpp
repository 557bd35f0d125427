// In-place instructions for guard natives: which native of which arity becomes what.
#include "loader/translate_guards.h"

#include <algorithm>

#include "vm/term/atom.h"
#include "vm/term/otp_terms.h"

namespace joist {
namespace {

struct Guard {
  Term name;
  Op op;
  bool swapped = false;  // operands change places: A > B is B < A
};

// dst = f(a), no collection.
constexpr Guard unary_bifs[] = {
    {atom::hd, Op::hd}, {atom::tl, Op::tl}, {atom::tuple_size, Op::tuple_size}, {atom::not_, Op::not_},
};
constexpr Guard unary_gc_bifs[] = {
    {atom::length, Op::length}, {atom::map_size, Op::map_size}, {atom::byte_size, Op::byte_size}, {atom::bit_size, Op::bit_size},
};
// dst = f(a, b) that cannot fail.
constexpr Guard comparisons[] = {
    {atom::eq_exact, Op::eq_exact}, {atom::ne_exact, Op::ne_exact}, {atom::eq, Op::eq},       {atom::ne, Op::ne},
    {atom::lt, Op::lt},             {atom::gt, Op::lt, true},       {atom::le, Op::ge, true}, {atom::ge, Op::ge},
};
constexpr Guard binary_bifs[] = {
    {atom::and_, Op::and_},       {atom::or_, Op::or_},           {atom::xor_, Op::xor_},
    {atom::map_get, Op::map_get}, {atom::is_map_key, Op::is_map_key}, {atom::element, Op::element},
};
// With a Live operand.
constexpr Guard unary_arithmetic[] = {
    {atom::bnot, Op::bnot}, {atom::minus, Op::negate}, {atom::plus, Op::unary_plus}, {atom::abs, Op::absolute},
};
constexpr Guard binary_arithmetic[] = {
    {atom::plus, Op::plus}, {atom::minus, Op::minus}, {atom::times, Op::times}, {atom::div, Op::int_div}, {atom::rem, Op::rem},
    {atom::slash, Op::divide}, {atom::band, Op::band}, {atom::bor, Op::bor}, {atom::bxor, Op::bxor}, {atom::bsl, Op::bsl},
    {atom::bsr, Op::bsr},
};

// The row for the native that an import operand names; null when it is another.
const Guard* find(Emitter& e, const GenericOperand& import, std::span<const Guard> rows) {
  const ImportRow& row = e.module().imports[size_t(import.value)];
  if (!row.module.same(atom::erlang)) return nullptr;
  for (const Guard& g : rows)
    if (g.name.same(row.function)) return &g;
  return nullptr;
}

}  // namespace

bool is_erlang(Emitter& e, const GenericOperand& import, Term function) {
  auto imports = e.module().imports;
  if (import.kind != OperandKind::Unsigned || size_t(import.value) >= imports.size()) return false;
  const ImportRow& row = imports[size_t(import.value)];
  return row.module.same(atom::erlang) && row.function.same(function) && row.arity == 2;
}

// bif0 Bif Dst
size_t translate_bif0(Emitter& e, std::span<const GenericOp> ops) {
  static constexpr Guard rows[] = {{atom::self, Op::self}, {atom::node, Op::node_name}};
  const Guard* g = find(e, ops[0][0], rows);
  if (!g) return 0;
  e.emit(g->op, {ops[0][1]});
  return 1;
}

// bif1 Fail Bif Arg Dst
size_t translate_bif1(Emitter& e, std::span<const GenericOp> ops) {
  auto& op = ops[0];
  const Guard* g = find(e, op[1], unary_bifs);
  if (!g) return 0;
  e.emit(g->op, {op[2], op[3], op[0]});
  return 1;
}

// bif2 Fail Bif A B Dst
size_t translate_bif2(Emitter& e, std::span<const GenericOp> ops) {
  auto& op = ops[0];
  if (const Guard* g = find(e, op[1], comparisons)) {
    e.emit(g->op, {op[g->swapped ? 3 : 2], op[g->swapped ? 2 : 3], op[4]});
    return 1;
  }
  const Guard* g = find(e, op[1], binary_bifs);
  if (!g) return 0;
  if (g->op == Op::element && op[2].kind == OperandKind::Integer && op[2].value > 0) {
    e.emit(Op::element_at, {op[3], op[4], op[0], op[2]});
  } else if (g->op == Op::is_map_key) {
    auto& defined = e.module().define_on_failure;
    bool define = std::find(defined.begin(), defined.end(), &op) != defined.end();
    e.emit(Op::is_map_key, {op[2], op[3], op[4], op[0], Value::number(define)});
  } else {
    e.emit(g->op, {op[2], op[3], op[4], op[0]});
  }
  return 1;
}

// gc_bif1 Fail Live Bif Arg Dst
size_t translate_gc_bif1(Emitter& e, std::span<const GenericOp> ops) {
  auto& op = ops[0];
  if (const Guard* g = find(e, op[2], unary_arithmetic)) {
    e.emit(g->op, {op[3], op[4], op[0], op[1]});
    return 1;
  }
  const Guard* g = find(e, op[2], unary_gc_bifs);
  if (!g) return 0;
  e.emit(g->op, {op[3], op[4], op[0]});
  return 1;
}

// The constant must be one of OTP's small integers, and not negative when it is subtracted: in OTP the errors of such sums and
// differences name no native, those of others do.
bool adds_constant(Emitter& e, const GenericOp& op, SWord* constant) {
  if (!op[3].is_register() || op[4].kind != OperandKind::Integer || !is_small_in_otp(op[4].value)) return false;
  *constant = op[4].value;
  if (is_erlang(e, op[2], atom::plus)) return true;
  *constant = -op[4].value;
  return is_erlang(e, op[2], atom::minus) && op[4].value >= 0;
}

// gc_bif2 Fail Live Bif A B Dst
size_t translate_gc_bif2(Emitter& e, std::span<const GenericOp> ops) {
  auto& op = ops[0];
  const Guard* g = find(e, op[2], binary_arithmetic);
  if (!g) return 0;
  // (Two constants stay together only in code that was not optimised, or that fails.)
  SWord constant;
  if (adds_constant(e, op, &constant)) {
    e.emit(Op::plus_small, {op[3], op[5], op[0], Term::small(constant), op[1]});
  } else if (op[4].is_register() && op[3].kind == OperandKind::Integer && g->op == Op::plus &&
             is_small_in_otp(op[3].value)) {
    e.emit(Op::plus_small, {op[4], op[5], op[0], op[3], op[1]});
  } else if (op[3].is_register() && op[4].kind == OperandKind::Integer && op[4].value >= 0 && op[4].value < 64 && g->op == Op::bsr) {
    e.emit(Op::bsr_small, {op[3], op[5], op[0], op[4], op[1]});
  } else {
    e.emit(g->op, {op[3], op[4], op[5], op[0], op[1]});
  }
  return 1;
}

}  // namespace joist
