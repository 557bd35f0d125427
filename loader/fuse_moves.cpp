// Moves in front of a call, made fewer.
//
// Compilers put arguments in place one after the other, by way of registers that nobody reads afterwards. What counts is only where each
// value is when the call begins: of the x registers the arguments, of the frame what was written (nothing, when the call frees it). So a
// run of moves is taken as one assignment of all its targets at once and written anew, when that is shorter. A sum in front of the run
// whose result is an argument goes to its place directly, behind the moves.
#include "loader/fuse.h"

namespace joist {
namespace {

constexpr size_t max_run = 16;

struct Assignment {
  GenericOperand to, from;
  bool is_sum = false;
};

// What a run assigns, each target once.
class Assignments {
 public:
  bool move(const GenericOperand& from, const GenericOperand& to) { return set(to, value_of(from)); }
  bool swap(const GenericOperand& a, const GenericOperand& b) {
    Assignment x = value_of(a), y = value_of(b);
    return set(a, y) && set(b, x);
  }
  bool sum(const GenericOperand& to) { return set(to, {to, to, true}); }

  // Leaves out what a call with so many arguments does not see, and what is in its place already.
  void keep(SWord arguments, bool frame) {
    size_t kept = 0;
    for (const Assignment& a : list()) {
      bool seen = a.to.kind == OperandKind::X ? a.to.value < arguments : frame;
      if (seen && (a.is_sum || !same_register(a.to, a.from))) rows_[kept++] = a;
    }
    count_ = kept;
  }

  std::span<const Assignment> list() const { return {rows_, count_}; }

  // The next to be written: no other reads its target; those to the frame first, so that a move to an argument comes last. When each is read
  // by another: none, for they are cycles.
  bool take_free(Assignment* taken) {
    size_t best = count_;
    for (size_t i = 0; i < count_; i++) {
      if (rows_[i].is_sum || is_read(rows_[i].to)) continue;
      if (best == count_ || (rows_[best].to.kind != OperandKind::Y && rows_[i].to.kind == OperandKind::Y)) best = i;
    }
    if (best == count_) return false;
    *taken = rows_[best];
    remove(best);
    return true;
  }
  // Of a cycle: exchanging the two puts the target's value in place.
  bool take_exchange(Assignment* taken) {
    size_t i = 0;
    while (i < count_ && rows_[i].is_sum) i++;
    if (i == count_) return false;
    *taken = rows_[i];
    remove(i);
    for (Assignment& a : std::span(rows_, count_)) {
      if (same_register(a.from, taken->to)) a.from = taken->from;
    }
    for (size_t k = count_; k-- > 0;)
      if (!rows_[k].is_sum && same_register(rows_[k].to, rows_[k].from)) remove(k);
    return true;
  }

 private:
  Assignment value_of(const GenericOperand& o) const {
    for (const Assignment& a : list())
      if (same_register(a.to, o)) return a;
    return {o, o, false};
  }
  bool set(const GenericOperand& to, const Assignment& value) {
    size_t i = 0;
    while (i < count_ && !same_register(rows_[i].to, to)) i++;
    if (i == max_run) return false;
    if (i == count_) count_++;
    rows_[i] = {to, value.from, value.is_sum};
    return true;
  }
  bool is_read(const GenericOperand& o) const {
    for (const Assignment& a : list())
      if (!a.is_sum && same_register(a.from, o)) return true;
    return false;
  }
  void remove(size_t i) {
    for (count_--; i < count_; i++) rows_[i] = rows_[i + 1];
  }

  Assignment rows_[max_run];
  size_t count_ = 0;
};

struct CallShape {
  SWord arguments;
  bool keeps_frame;
};
bool is_call(Ops ops, size_t i, CallShape* shape) {
  if (i >= ops.size()) return false;
  switch (ops[i].opcode) {
    case op_call: case op_call_ext: case op_call_only: case op_call_ext_only: *shape = {ops[i][0].value, true}; return true;
    case op_call_last: case op_call_ext_last: *shape = {ops[i][0].value, false}; return true;
    default: return false;
  }
}

// The sum may collect: x registers below its live count must be terms, which the target of the sum is when it was before.
bool place_sum(const GenericOp& sum, std::span<const Assignment> list, SWord arguments, GenericOperand operands[6]) {
  const Assignment* target = nullptr;
  for (const Assignment& a : list) {
    if (!a.is_sum) {
      if (same_register(a.to, sum[3])) return false;
      continue;
    }
    if (target) return false;
    target = &a;
  }
  if (!target || !is_low_x(target->to)) return false;
  for (size_t i = 0; i < 6; i++) operands[i] = sum[i];
  if (target->to.value < sum[1].value) operands[1].value = arguments;
  else if (target->to.value == arguments - 1) operands[1].value = target->to.value;
  else return false;
  operands[5] = target->to;
  return true;
}

}  // namespace

// [gc_bif2 '+' or '-' R, constant → X]   moves and swaps   [trim]   [line]   call
size_t shorten_moves(Emitter& e, Ops ops) {
  SWord ignored;
  const GenericOp* sum = ops[0].opcode == op_gc_bif2 ? &ops[0] : nullptr;
  size_t run_end = sum ? 1 : 0;
  while (is_move(ops, run_end) || at(ops, run_end, op_swap)) run_end++;
  size_t i = run_end;
  if (at(ops, i, op_trim)) i++;
  i = skip_line(ops, i, &ignored);
  CallShape call;
  if (run_end < 2 || run_end > max_run || !is_call(ops, i, &call)) return 0;
  if (sum && ((*sum)[5].kind != OperandKind::X || !is_plain_sum(e, *sum, &ignored))) return 0;
  Assignments run;
  if (sum) run.sum((*sum)[5]);
  for (auto& op : ops.subspan(sum ? 1 : 0, run_end - (sum ? 1 : 0))) {
    if (op[0].kind == OperandKind::F || !op[1].is_register()) return 0;
    if (!(op.opcode == op_move ? run.move(op[0], op[1]) : run.swap(op[0], op[1]))) return 0;
  }
  run.keep(call.arguments, call.keeps_frame);
  if (run.list().size() >= run_end) return 0;
  GenericOperand sum_operands[6];
  if (sum && !place_sum(*sum, run.list(), call.arguments, sum_operands)) return 0;

  GenericOperand operands[max_run][2];
  GenericOp shorter[max_run + 4];
  size_t n = 0;
  for (Assignment a;;) {
    bool free = run.take_free(&a);
    if (!free && !run.take_exchange(&a)) break;
    operands[n][0] = a.from;
    operands[n][1] = a.to;
    shorter[n] = {uint16_t(free ? op_move : op_swap), 2, operands[n]};
    n++;
  }
  if (sum) shorter[n++] = {op_gc_bif2, 6, sum_operands};
  for (size_t k = run_end; k <= i; k++) shorter[n++] = ops[k];
  translate_ops(e, Ops(shorter, n));
  return i + 1;
}

}  // namespace joist
