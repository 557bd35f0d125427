// Rules for instructions of control: labels and lines, frames, calls, natives, exceptions, receive.
#include "loader/translate.h"
#include "vm/base/tunables.h"
#include "vm/code/export.h"
#include "vm/code/native.h"

namespace joist {
namespace {

using Ops = std::span<const GenericOp>;

bool next_is(Ops ops, size_t i, Opcode opcode) { return i < ops.size() && ops[i].opcode == opcode; }
// The instruction at i is `deallocate N` and `return` follows.
bool deallocate_return_at(Ops ops, size_t i) { return next_is(ops, i, op_deallocate) && next_is(ops, i + 1, op_return); }
const GenericOperand& frame_at(Ops ops, size_t i) { return ops[i][0]; }
// move Src, {x,0}
bool is_move_to_x0(const GenericOp& op) { return op.opcode == op_move && op[1].is_x(0) && op[0].kind != OperandKind::F; }

// ---- what leaves no code

size_t label(Emitter& e, Ops ops) {
  e.bind_label(uint32_t(ops[0][0].value));
  return 1;
}
size_t line(Emitter& e, Ops ops) {
  e.set_line(uint32_t(ops[0][0].value));
  return 1;
}
size_t nothing(Emitter&, Ops) { return 1; }

size_t func_info(Emitter& e, Ops ops) {
  e.emit(Op::func_info, {ops[0][0], ops[0][1], ops[0][2]});
  if (!next_is(ops, 1, op_label) || !next_is(ops, 2, op_label)) return 1;
  // A loop begins where the function does: its turns must not meet the breakpoints that count calls.
  label(e, ops.subspan(1));
  e.emit(Op::nop, {});
  return 2;
}

// ---- frames

// allocate_zero N Live: the slots are cleared behind it.
void clear_slots(Emitter& e, size_t count) {
  for (size_t i = 0; i < count; i += 16) {
    GenericOperand slots[16];
    size_t n = count - i < 16 ? count - i : 16;
    for (size_t k = 0; k < n; k++) {
      slots[k].kind = OperandKind::Y;
      slots[k].value = SWord(i + k);
    }
    e.emit(Op::init_yregs, {Value::number(n), Value(std::span<const GenericOperand>(slots, n))});
  }
}
size_t allocate_zero(Emitter& e, Ops ops) {
  e.emit(Op::allocate, {ops[0][0], ops[0][1]});
  clear_slots(e, size_t(ops[0][0].value));
  return 1;
}
size_t allocate_heap_zero(Emitter& e, Ops ops) {
  e.emit(Op::allocate_heap, {ops[0][0], ops[0][1], ops[0][2]});
  clear_slots(e, size_t(ops[0][0].value));
  return 1;
}
size_t init(Emitter& e, Ops ops) {
  e.emit(Op::init_yregs, {Value::number(1), Value(std::span<const GenericOperand>(&ops[0][0], 1))});
  return 1;
}
size_t init_yregs(Emitter& e, Ops ops) {
  e.emit(Op::init_yregs, {Value::number(ops[0][0].elements().size()), Value(ops[0][0].elements())});
  return 1;
}
size_t deallocate(Emitter& e, Ops ops) {
  if (next_is(ops, 1, op_return)) {
    e.emit(Op::deallocate_return, {ops[0][0]});
    return 2;
  }
  e.emit(Op::deallocate, {ops[0][0]});
  return 1;
}
size_t trim(Emitter& e, Ops ops) {
  e.emit(Op::deallocate, {ops[0][0]});
  return 1;
}
// Moves to x0 in front of what ends a function.
size_t move_to_x0(Emitter& e, Ops ops) {
  if (!is_move_to_x0(ops[0]) || ops.size() < 2) return 0;
  const GenericOp& next = ops[1];
  switch (next.opcode) {
    case op_return: e.emit(Op::move_return, {ops[0][0]}); return 2;
    case op_deallocate:
      if (!next_is(ops, 2, op_return)) return 0;
      e.emit(Op::move_deallocate_return, {ops[0][0], next[0]});
      return 3;
    default: return 0;
  }
}

// ---- calls

size_t call(Emitter& e, Ops ops) {
  e.emit(Op::call, {ops[0][1]});
  return 1;
}
size_t call_only(Emitter& e, Ops ops) {
  e.emit(Op::call_only, {ops[0][1]});
  return 1;
}
size_t call_last(Emitter& e, Ops ops) {
  e.emit(Op::call_last, {ops[0][1], ops[0][2]});
  return 1;
}

const ImportRow* import_row(Emitter& e, const GenericOperand& o) {
  auto imports = e.module().imports;
  if (o.kind != OperandKind::Unsigned || size_t(o.value) >= imports.size()) {
    e.refuse("no such import");
    return nullptr;
  }
  return &imports[size_t(o.value)];
}
bool is_erlang(const ImportRow& row, Term function, uint32_t arity) {
  return row.module.same(atom::erlang) && row.function.same(function) && row.arity == arity;
}

enum class Call { Ordinary, Only, Last };

// A call of an import: frame is null but for Last.
size_t call_import(Emitter& e, const ImportRow& row, Call how, const GenericOperand* frame) {
  auto pick = [&](Op ordinary, Op last) {
    if (how == Call::Ordinary) e.emit(ordinary, {});
    else e.emit(last, {frame ? Value(*frame) : Value::number(0)});
  };
  if (is_erlang(row, atom::apply, 3)) {
    pick(Op::apply_list, Op::apply_list_last);
  } else if (is_erlang(row, atom::apply, 2)) {
    pick(Op::apply_fun_list, Op::apply_fun_list_last);
  } else if (is_erlang(row, atom::hibernate, 3)) {
    e.emit(Op::hibernate, {});
  } else if (const NativeEntry* native = find_native(row.module, row.function, row.arity); native && has_function(native->kind)) {
    e.emit(Op::call_native, {native});
    if (how == Call::Only) e.emit(Op::return_, {});
    if (how == Call::Last) e.emit(Op::deallocate_return, {*frame});
  } else {
    const Export* target = get_export(row.module, row.function, row.arity);
    if (how == Call::Ordinary) e.emit(Op::call_ext, {target});
    else if (how == Call::Only) e.emit(Op::call_ext_only, {target});
    else e.emit(Op::call_ext_last, {target, *frame});
  }
  return 1;
}
size_t call_ext(Emitter& e, Ops ops) {
  const ImportRow* row = import_row(e, ops[0][1]);
  return row ? call_import(e, *row, Call::Ordinary, nullptr) : 1;
}
size_t call_ext_only(Emitter& e, Ops ops) {
  const ImportRow* row = import_row(e, ops[0][1]);
  return row ? call_import(e, *row, Call::Only, nullptr) : 1;
}
size_t call_ext_last(Emitter& e, Ops ops) {
  const ImportRow* row = import_row(e, ops[0][1]);
  return row ? call_import(e, *row, Call::Last, &ops[0][2]) : 1;
}

// A tail call of a fun is call_fun, deallocate, return: the frame must go before the call.
size_t emit_call_fun(Emitter& e, Ops ops, const GenericOperand& fun, const GenericOperand& arity) {
  if (deallocate_return_at(ops, 1)) {
    e.emit(Op::call_fun_last, {fun, arity, frame_at(ops, 1)});
    return 3;
  }
  if (next_is(ops, 1, op_return)) {
    e.emit(Op::call_fun_last, {fun, arity, Value::number(0)});
    return 2;
  }
  e.emit(Op::call_fun, {fun, arity});
  return 1;
}
size_t call_fun(Emitter& e, Ops ops) {
  GenericOperand fun;
  fun.kind = OperandKind::X;
  fun.value = ops[0][0].value;
  return emit_call_fun(e, ops, fun, ops[0][0]);
}
size_t call_fun2(Emitter& e, Ops ops) { return emit_call_fun(e, ops, ops[0][2], ops[0][1]); }

size_t apply(Emitter& e, Ops ops) {
  if (deallocate_return_at(ops, 1)) {
    e.emit(Op::apply_last, {ops[0][0], frame_at(ops, 1)});
    return 3;
  }
  e.emit(Op::apply, {ops[0][0]});
  return 1;
}
size_t apply_last(Emitter& e, Ops ops) {
  e.emit(Op::apply_last, {ops[0][0], ops[0][1]});
  return 1;
}

// ---- natives as instructions

const NativeEntry* guard_native(Emitter& e, const GenericOperand& o, uint32_t arity) {
  const ImportRow* row = import_row(e, o);
  if (!row) return nullptr;
  const NativeEntry* native = find_native(row->module, row->function, arity);
  bool fits = native && row->arity == arity &&
              (native->kind == NativeKind::Plain || native->kind == NativeKind::Guard || native->kind == NativeKind::Missing);
  if (!fits) e.refuse("no native " + std::string(atom_text(row->module)) + ":" + std::string(atom_text(row->function)) + "/" + std::to_string(arity) + " for a bif instruction");
  return fits ? native : nullptr;
}
size_t bif0(Emitter& e, Ops ops) {
  auto& op = ops[0];
  if (auto* native = guard_native(e, op[0], 0)) e.emit(Op::bif0, {native, op[1]});
  return 1;
}
size_t bif1(Emitter& e, Ops ops) {
  auto& op = ops[0];
  if (auto* native = guard_native(e, op[1], 1)) e.emit(Op::bif1, {op[2], op[3], native, op[0]});
  return 1;
}
size_t bif2(Emitter& e, Ops ops) {
  auto& op = ops[0];
  if (auto* native = guard_native(e, op[1], 2)) e.emit(Op::bif2, {op[2], op[3], op[4], native, op[0]});
  return 1;
}
size_t gc_bif1(Emitter& e, Ops ops) {
  auto& op = ops[0];
  if (auto* native = guard_native(e, op[2], 1)) e.emit(Op::gc_bif1, {op[3], op[4], native, op[0], op[1]});
  return 1;
}
size_t gc_bif2(Emitter& e, Ops ops) {
  auto& op = ops[0];
  if (auto* native = guard_native(e, op[2], 2)) e.emit(Op::gc_bif2, {op[3], op[4], op[5], native, op[0], op[1]});
  return 1;
}
size_t gc_bif3(Emitter& e, Ops ops) {
  auto& op = ops[0];
  if (auto* native = guard_native(e, op[2], 3)) e.emit(Op::gc_bif3, {op[3], op[4], op[5], op[6], native, op[0], op[1]});
  return 1;
}
// x0 ! x1, as erlang:send/2; that is also the name in stacktraces.
size_t send(Emitter& e, Ops) {
  const NativeEntry* native = find_native(atom::erlang, make_atom("send"), 2);
  if (!native) e.refuse("no native for send");
  else e.emit(Op::send, {native});
  return 1;
}

// ---- exceptions

size_t catch_or_try(Emitter& e, Ops ops) {
  e.emit(Op::catch_, {ops[0][0], ops[0][1]});
  return 1;
}

// ---- receive

// loop_rec Empty, {x,0}
size_t loop_rec(Emitter& e, Ops ops) {
  e.emit(Op::loop_rec, {ops[0][0]});
  return 1;
}
size_t wait_timeout(Emitter& e, Ops ops) {
  e.emit(Op::wait_timeout, {ops[0][1], ops[0][0]});
  return 1;
}

// recv_mark and recv_set of old compilers only make receives faster.
constexpr Rule rules[] = {
    {op_label, label},
    {op_line, line},
    {op_func_info, func_info},
    {op_int_code_end, nothing},
    {op_on_load, nothing},
    {op_nif_start, nothing},
    {op_executable_line, nothing},
    {op_debug_line, nothing},
    {op_recv_mark, nothing},
    {op_recv_set, nothing},

    {op_move, move_to_x0},
    {op_allocate, direct<Op::allocate>},
    {op_allocate_heap, direct<Op::allocate_heap>},
    {op_allocate_zero, allocate_zero},
    {op_allocate_heap_zero, allocate_heap_zero},
    {op_init, init},
    {op_init_yregs, init_yregs},
    {op_deallocate, deallocate},
    {op_trim, trim},
    {op_test_heap, direct<Op::test_heap>},
    {op_return, direct<Op::return_>},
    {op_jump, direct<Op::jump>},

    {op_call, call},
    {op_call_only, call_only},
    {op_call_last, call_last},
    {op_call_ext, call_ext},
    {op_call_ext_only, call_ext_only},
    {op_call_ext_last, call_ext_last},
    {op_call_fun, call_fun},
    {op_call_fun2, call_fun2},
    {op_apply, apply},
    {op_apply_last, apply_last},
    {op_send, send},

    {op_catch, catch_or_try},
    {op_try, catch_or_try},
    {op_catch_end, direct<Op::catch_end>},
    {op_try_end, direct<Op::try_end>},
    {op_try_case, direct<Op::try_case>},
    {op_try_case_end, direct<Op::try_case_end>},
    {op_badmatch, direct<Op::badmatch>},
    {op_case_end, direct<Op::case_end>},
    {op_if_end, direct<Op::if_end>},
    {op_badrecord, direct<Op::badrecord>},
    {op_raise, direct<Op::raise>},
    {op_raw_raise, direct<Op::raw_raise>},
    {op_build_stacktrace, direct<Op::build_stacktrace>},

    {op_loop_rec, loop_rec},
    {op_loop_rec_end, direct<Op::loop_rec_end>},
    {op_remove_message, direct<Op::remove_message>},
    {op_wait, direct<Op::wait>},
    {op_wait_timeout, wait_timeout},
    {op_timeout, direct<Op::timeout>},
    {op_recv_marker_reserve, direct<Op::recv_marker_reserve>},
    {op_recv_marker_bind, direct<Op::recv_marker_bind>},
    {op_recv_marker_clear, direct<Op::recv_marker_clear>},
    {op_recv_marker_use, direct<Op::recv_marker_use>},
};

}  // namespace
const std::span<const Rule> control_rules = rules;

// Last of all, so that the data rules' own instructions for common natives come first.
namespace {
constexpr Rule native_table_rules[] = {
    {op_bif0, bif0}, {op_bif1, bif1}, {op_bif2, bif2}, {op_gc_bif1, gc_bif1}, {op_gc_bif2, gc_bif2}, {op_gc_bif3, gc_bif3},
};
}  // namespace
const std::span<const Rule> native_rules = native_table_rules;
}  // namespace joist
