// Control flow of one function: what each instruction may rely on holds on every way to it.
//
// The state at a point is: which x registers hold terms; the frame's size (or that there is none) and what is in each of its slots; how
// many heap words were asked for and not yet used. Where ways join, only what holds on all of them is kept; where frames or active catches
// differ nothing may follow but what raises. A function is walked in order; a jump back that weakens the state of a label already
// passed makes another walk necessary. States only get weaker, so this ends; compilers' code needs one or two walks.
//
// Why it matters: the collector trusts live counts and frames (a stale word would be followed), put_list and the like write to
// the heap without a check, and a return pops what must be a return address. Types of values are not proved (README.md).
#include <algorithm>
#include <memory>
#include <string_view>
#include <vector>

#include "loader/verify.h"
#include "vm/term/atom.h"

namespace joist {

namespace {

constexpr int no_frame = -1;
constexpr int some_frame = -2;  // frames of several sizes, or none: enough for a call that never comes back
constexpr int max_walks = 200;

enum Slot : uint8_t {
  Unset,  // never written: garbage
  Dead,   // holds something the collector may see, but no term to read
  Value,
  Catch,  // an active catch or try
  Try,
  Mixed,  // one on some ways only
};

struct State {
  int frame = no_frame;
  SWord heap = 0;                   // words left of the last reservation
  std::vector<uint64_t> x;          // bit n: x[n] holds a term
  std::vector<uint8_t> y;           // Slot, frame entries

  bool has_x(size_t n) const { return x[n / 64] >> (n % 64) & 1; }
  void set_x(size_t n) { x[n / 64] |= uint64_t(1) << (n % 64); }
  // Forgets x[live] and above.
  void keep_x(size_t live) {
    for (size_t i = 0; i < x.size(); i++) {
      size_t first = i * 64;
      if (first >= live) x[i] = 0;
      else if (live - first < 64) x[i] &= (uint64_t(1) << (live - first)) - 1;
    }
  }
  bool any_catch() const {
    return std::any_of(y.begin(), y.end(), [](uint8_t s) { return s >= Catch; });
  }
};

class Flow {
 public:
  Flow(const ParsedModule& module, const GenericFunction& function, const std::vector<bool>& returns)
      : module_(module), function_(function), returns_(returns) {
    size_t highest = std::max<size_t>(function.arity, 4);  // x0…x3 are written by exceptions
    auto look = [&](const GenericOperand& o) {
      if (o.kind == OperandKind::X) highest = std::max(highest, size_t(o.value));
    };
    for (auto& op : function.ops) {
      for (auto& o : op.args()) {
        look(o);
        if (o.kind == OperandKind::List)
          for (auto& element : o.elements()) look(element);
      }
    }
    x_words_ = highest / 64 + 1;
    states_.resize(function.ops.size());
  }

  Result<Ok, LoadError> run() {
    for (int walk = 0; walk < max_walks; walk++) {
      again_ = false;
      TRY(walk_once());
      if (!again_) return Ok{};
    }
    return verify_error(module_, function_, 0, "control flow is too tangled");
  }

 private:
  LoadError error(const std::string& what) const { return verify_error(module_, function_, at_, what); }

  Result<Ok, LoadError> walk_once() {
    state_ = State{};
    state_.x.assign(x_words_, 0);
    for (size_t n = 0; n < function_.arity; n++) state_.set_x(n);
    reachable_ = true;
    for (at_ = function_.func_info + 1; at_ < function_.ops.size(); at_++) {
      auto& op = function_.ops[at_];
      if (op.opcode == op_label) {
        TRY(enter_label());
        continue;
      }
      if (!reachable_) continue;
      TRY(step(op));
      if (op_rules(op.opcode).ends) reachable_ = false;
    }
    at_ = function_.ops.size() - 1;
    if (reachable_) return error("control runs off the end of the function");
    return Ok{};
  }

  // Joins the state that falls into a label with those that jump to it.
  Result<Ok, LoadError> enter_label() {
    if (reachable_) TRY(join(at_, state_));
    auto& known = states_[at_];
    reachable_ = known != nullptr;
    if (reachable_) state_ = *known;
    return Ok{};
  }

  Result<Ok, LoadError> join(size_t label_at, const State& from) {
    // Behind a call that in truth never comes back, compilers let control run into a handler. The machine's try_case raises when it is
    // reached with its catch still active, so such a way adds nothing.
    if (!(from.has_x(0) && from.has_x(1) && from.has_x(2)) && opcode(first_op(label_at)) == op_try_case) return Ok{};
    auto& known = states_[label_at];
    bool changed = false;
    if (!known) {
      known = std::make_unique<State>(from);
      changed = true;
    } else {
      if (known->frame != from.frame) {
        // Compilers let ways with different frames meet in front of what raises.
        auto collectable = [](const State& s) { return std::none_of(s.y.begin(), s.y.end(), [](uint8_t v) { return v == Unset; }); };
        if (!collectable(*known) || !collectable(from)) return error("stack frames differ where control joins");
        changed = known->frame != some_frame;
        known->frame = some_frame;
      }
      if (from.y.size() < known->y.size()) {
        known->y.resize(from.y.size());
        changed = true;
      }
      for (size_t i = 0; i < x_words_; i++) {
        uint64_t both = known->x[i] & from.x[i];
        changed |= both != known->x[i];
        known->x[i] = both;
      }
      for (size_t i = 0; i < known->y.size(); i++) {
        uint8_t a = known->y[i], b = from.y[i];
        if (a == b) continue;
        // Compilers that do not optimise leave ways out of a try that are never taken.
        if (a < Catch && b < Catch) known->y[i] = std::min(a, b);
        else if (a == Unset || b == Unset) return error("active catches differ where control joins");
        else known->y[i] = Mixed;
        changed |= known->y[i] != a;
      }
      if (from.heap < known->heap) {
        known->heap = from.heap;
        changed = true;
      }
    }
    if (changed && label_at <= at_) again_ = true;
    return Ok{};
  }

  // Where the first instruction from `at` on is that does something; the number of instructions when there is none.
  size_t first_op(size_t at) const {
    while (at < function_.ops.size() && (function_.ops[at].opcode == op_label || function_.ops[at].opcode == op_line)) at++;
    return at;
  }
  size_t first_op_at(const GenericOperand& label) const { return first_op(module_.labels[size_t(label.value)].op); }
  uint16_t opcode(size_t at) const { return at < function_.ops.size() ? function_.ops[at].opcode : 0; }

  Result<Ok, LoadError> branch(const GenericOperand& label, const State& from) {
    if (label.kind != OperandKind::Label || label.value == 0) return Ok{};
    size_t at = module_.labels[size_t(label.value)].op;
    if (at <= function_.func_info) {  // function_clause: reports the arguments
      for (size_t n = 0; n < function_.arity; n++)
        if (!from.has_x(n)) return error("an argument is lost before function_clause");
      return Ok{};
    }
    return join(at, from);
  }

  // ---- registers
  Result<Ok, LoadError> read(const GenericOperand& o) {
    if (o.kind == OperandKind::X && !state_.has_x(size_t(o.value))) return error("x" + std::to_string(o.value) + " is not set");
    if (o.kind == OperandKind::Y) {
      if (size_t(o.value) >= state_.y.size()) return error("y" + std::to_string(o.value) + " is outside of the frame");
      if (state_.y[size_t(o.value)] != Value) return error("y" + std::to_string(o.value) + " is not set");
    }
    return Ok{};
  }
  Result<Ok, LoadError> write(const GenericOperand& o, Slot slot = Value) {
    if (o.kind == OperandKind::X) state_.set_x(size_t(o.value));
    if (o.kind == OperandKind::Y) {
      if (size_t(o.value) >= state_.y.size()) return error("y" + std::to_string(o.value) + " is outside of the frame");
      if (state_.y[size_t(o.value)] >= Catch) return error("an active catch is overwritten");
      state_.y[size_t(o.value)] = slot;
    }
    return Ok{};
  }
  Result<Ok, LoadError> need_x(size_t count) {
    if (count > x_words_ * 64) return error("live registers that are never set");
    for (size_t n = 0; n < count; n++)
      if (!state_.has_x(n)) return error("x" + std::to_string(n) + " is live but not set");
    return Ok{};
  }
  // A point where the collector may run with `live` x registers; what is above is lost.
  Result<Ok, LoadError> may_collect(size_t live) {
    TRY(need_x(live));
    for (size_t i = 0; i < state_.y.size(); i++)
      if (state_.y[i] == Unset) return error("y" + std::to_string(i) + " is not initialised where the collector may run");
    state_.keep_x(live);
    state_.heap = 0;
    return Ok{};
  }
  Result<Ok, LoadError> use_heap(SWord words) {
    if (state_.heap < words) return error("more heap is used than was asked for");
    state_.heap -= words;
    return Ok{};
  }

  // ---- frames
  Result<Ok, LoadError> push_frame(SWord slots) {
    if (state_.frame != no_frame) return error("there is a frame already");
    state_.frame = int(slots);
    state_.y.assign(size_t(slots), Unset);
    return Ok{};
  }
  Result<Ok, LoadError> pop_frame(SWord slots) {
    if (state_.frame < 0 || state_.frame != slots) return error("the frame has another size");
    if (state_.any_catch()) return error("a frame with an active catch is dropped");
    state_.frame = no_frame;
    state_.y.clear();
    return Ok{};
  }
  Result<Ok, LoadError> need_no_frame() {
    return state_.frame == no_frame ? Result<Ok, LoadError>(Ok{}) : Result<Ok, LoadError>(error("the frame is still there"));
  }

  // ---- calls
  // A call with `args` registers in use that comes back with x0 only.
  Result<Ok, LoadError> call(size_t args) {
    if (state_.frame < 0) return error("a call without a stack frame");
    TRY(may_collect(args));
    state_.keep_x(0);
    state_.set_x(0);
    return Ok{};
  }

  // A call that raises: needs no frame, and nothing follows.
  Result<Ok, LoadError> last_call(size_t args) {
    TRY(may_collect(args));
    reachable_ = false;
    return Ok{};
  }

  Result<Ok, LoadError> start_catch(const GenericOp& op, Slot kind) {
    SWord slot = op[0].value;
    if (size_t(slot) >= state_.y.size()) return error("the catch's slot is outside of the frame");
    for (SWord i = 0; i <= slot; i++)
      if (state_.y[size_t(i)] >= Catch) return error("catches do not nest");
    // The handler begins with the instruction that ends this very catch.
    size_t handler = first_op_at(op[1]);
    if (opcode(handler) != (kind == Catch ? op_catch_end : op_try_case) || function_.ops[handler][0].value != slot)
      return error("the handler does not end the catch");
    state_.y[size_t(slot)] = kind;
    State at_handler = state_;
    at_handler.keep_x(0);
    for (size_t n = 0; n < 4; n++) at_handler.set_x(n);
    at_handler.heap = 0;
    return branch(op[1], at_handler);
  }
  Result<Ok, LoadError> end_catch(const GenericOp& op, Slot kind) {
    SWord slot = op[0].value;
    if (size_t(slot) >= state_.y.size() || state_.y[size_t(slot)] != kind) return error("there is no such catch");
    for (SWord i = 0; i < slot; i++)
      if (state_.y[size_t(i)] >= Catch) return error("catches do not nest");
    state_.y[size_t(slot)] = Dead;
    return Ok{};
  }

  // Whether op sets its destination when it jumps to its failure label, too (see ParsedModule::define_on_failure).
  bool defines_on_failure(const GenericOp& op) const {
    if (op.opcode != op_bif2 || op[4].kind != OperandKind::X || state_.has_x(size_t(op[4].value))) return false;
    auto& import = module_.imports[size_t(op[1].value)];
    return import.module.same(atom::erlang) && import.function.same(atom::is_map_key);
  }
  Result<Ok, LoadError> branch_on_failure(const GenericOp& op, const GenericOperand& label) {
    if (!defines_on_failure(op)) return branch(label, state_);
    auto& found = module_.define_on_failure;
    if (std::find(found.begin(), found.end(), &op) == found.end()) found.push_back(&op);
    State state = state_;
    state.set_x(size_t(op[4].value));
    return branch(label, state);
  }

  static constexpr bool is_one_of(char letter, std::string_view letters) {
    for (char c : letters)
      if (c == letter) return true;
    return false;
  }

  Result<Ok, LoadError> step(const GenericOp& op) {
    const char* letters = op_rules(op.opcode).operands;
    // 1. what is read
    for (size_t i = 0; i < op.count; i++)
      if (is_one_of(letters[i], "sSbm")) TRY(read(op[i]));
    TRY(read_lists(op));
    // 2. what is kept
    SWord heap = 0;
    for (size_t i = 0; i < op.count; i++) {
      if (letters[i] == 'h') heap = op[i].value;
      if (letters[i] != 'v') continue;
      TRY(may_collect(size_t(op[i].value)));
    }
    TRY(special_before(op));
    if (heap) state_.heap = heap;
    // 3. where it may go
    if (op.opcode != op_catch && op.opcode != op_try && !waits_at_itself(op))
      for (size_t i = 0; i < op.count; i++)
        if (is_one_of(letters[i], "fFk")) TRY(branch_on_failure(op, op[i]));
    if (op.opcode == op_select_val || op.opcode == op_select_tuple_arity)
      for (size_t i = 1; i < op[2].elements().size(); i += 2) TRY(branch(op[2].elements()[i], state_));
    // 4. what is written
    if (op.opcode == op_swap) {
      TRY(read(op[0]));
      TRY(read(op[1]));
    }
    for (size_t i = 0; i < op.count; i++)
      if (letters[i] == 'd' || letters[i] == 'n') TRY(write(op[i]));
    return special_after(op);
  }

  // `wait_timeout` that goes on at itself when a message comes, maybe by a jump: its time was read at the first visit and is kept.
  bool waits_at_itself(const GenericOp& op) const {
    if (op.opcode != op_wait_timeout) return false;
    size_t to = first_op_at(op[0]);
    if (opcode(to) == op_jump) to = first_op_at(function_.ops[to][0]);
    return to == at_;
  }

  Result<Ok, LoadError> read_lists(const GenericOp& op) {
    switch (op.opcode) {
      case op_put_tuple2: case op_make_fun3: case op_has_map_fields: case op_put_map_assoc: case op_put_map_exact:
      case op_update_record: case op_bs_create_bin:
        for (auto& element : op[op.count - 1].elements()) TRY(read(element));
        return Ok{};
      case op_get_map_elements:
        for (size_t i = 0; i < op[2].aux; i += 2) TRY(read(op[2].elements()[i]));
        return Ok{};
      default: return Ok{};
    }
  }

  // Effects that come before a jump to the failure label.
  Result<Ok, LoadError> special_before(const GenericOp& op) {
    switch (op.opcode) {
      case op_loop_rec: case op_wait: case op_wait_timeout: case op_loop_rec_end: return may_collect(0);
      case op_bs_match: return check_commands(op);
      case op_put_list: return use_heap(2);
      case op_put_tuple2: return use_heap(1 + SWord(op[1].aux));
      case op_make_fun3: return use_heap(3 + SWord(op[2].aux));
      case op_update_record: return use_heap(1 + op[1].value);
      case op_fmove: return op[0].kind == OperandKind::F ? use_heap(2) : Result<Ok, LoadError>(Ok{});
      case op_bs_private_append: {
        // Grows a binary of its own; may reserve words on the heap for its reference, but never collects.
        state_.heap = 0;
        return Ok{};
      }
      default: return Ok{};
    }
  }

  Result<Ok, LoadError> special_after(const GenericOp& op) {
    switch (op.opcode) {
      case op_call: {
        size_t callee = module_.labels[size_t(op[1].value)].function;
        return returns_[callee] ? call(size_t(op[0].value)) : last_call(size_t(op[0].value));
      }
      case op_call_ext: {
        auto& import = module_.imports[size_t(op[1].value)];
        return never_returns(import) ? last_call(size_t(op[0].value)) : call(size_t(op[0].value));
      }
      case op_call_fun: case op_apply: {
        size_t extra = op.opcode == op_apply ? 2 : 1;
        return call(size_t(op[0].value) + extra);
      }
      case op_call_fun2: return call(size_t(op[1].value));
      case op_call_only: case op_call_ext_only:
        TRY(need_no_frame());
        return need_x(size_t(op[0].value));
      case op_call_last: case op_call_ext_last:
        TRY(pop_frame(op[2].value));
        return need_x(size_t(op[0].value));
      case op_apply_last:
        TRY(pop_frame(op[1].value));
        return need_x(size_t(op[0].value) + 2);
      case op_return:
        TRY(need_no_frame());
        return need_x(1);
      case op_allocate: case op_allocate_heap: return push_frame(op[0].value);
      case op_allocate_zero: case op_allocate_heap_zero:
        TRY(push_frame(op[0].value));
        std::fill(state_.y.begin(), state_.y.end(), Value);
        return Ok{};
      case op_deallocate: return pop_frame(op[0].value);
      case op_trim: {
        SWord dropped = op[0].value, kept = op[1].value;
        if (dropped > 1024 || kept > 1024 || state_.frame < 0 || state_.frame != dropped + kept) return error("the frame has another size");
        if (state_.any_catch()) return error("a frame with an active catch is trimmed");
        state_.y.erase(state_.y.begin(), state_.y.begin() + dropped);
        state_.frame = int(kept);
        return Ok{};
      }
      case op_init: return write(op[0]);
      case op_init_yregs:
        for (auto& slot : op[0].elements()) TRY(write(slot));
        return Ok{};
      case op_send:
        TRY(need_x(2));
        return call(2);
      case op_catch: return start_catch(op, Catch);
      case op_try: return start_catch(op, Try);
      case op_catch_end:
        TRY(need_x(1));
        TRY(end_catch(op, Catch));
        TRY(may_collect(1));
        return Ok{};
      case op_try_end: return end_catch(op, Try);
      case op_try_case:
        TRY(need_x(3));
        TRY(end_catch(op, Try));
        TRY(may_collect(3));
        return Ok{};
      case op_build_stacktrace: return may_collect(1);
      case op_raw_raise:
        TRY(may_collect(3));
        state_.keep_x(1);
        return Ok{};
      case op_bs_init_writable: return may_collect(1);
      case op_make_fun2: {
        TRY(may_collect(module_.lambdas[size_t(op[0].value)].num_free));
        state_.keep_x(0);
        state_.set_x(0);
        return Ok{};
      }
      case op_get_map_elements:
        for (size_t i = 1; i < op[2].aux; i += 2) TRY(write(op[2].elements()[i]));
        return Ok{};
      case op_bs_match: return write_commands(op);
      default: return Ok{};
    }
  }

  // Commands of bs_match: name, then operands. Room for all that they build is made once, before anything is matched, with the live
  // count of the first that builds; so destinations of earlier commands need not be within the counts of later ones.
  Result<Ok, LoadError> check_commands(const GenericOp& op) {
    auto list = op[2].elements();
    bool collected = false;
    for (size_t i = 0; i < list.size();) {
      size_t operands = command_operands(list[i]);
      if (operands == 0 || list.size() - i <= operands) return error("an unknown command");
      if (builds(list[i])) {
        auto& live = list[i + 1];
        if (live.kind != OperandKind::Unsigned || live.value > 1023) return error("a live count expected");
        if (!list[i + operands].is_register()) return error("a destination expected");
        if (operands == 5) TRY(read(list[i + 3]));
        if (!collected) TRY(may_collect(size_t(live.value)));
        collected = true;
      }
      i += 1 + operands;
    }
    return Ok{};
  }
  Result<Ok, LoadError> write_commands(const GenericOp& op) {
    auto list = op[2].elements();
    for (size_t i = 0; i < list.size();) {
      size_t operands = command_operands(list[i]);
      if (builds(list[i])) TRY(write(list[i + operands]));
      i += 1 + operands;
    }
    return Ok{};
  }
  static size_t command_operands(const GenericOperand& command) {
    if (command.kind != OperandKind::Atom) return 0;
    auto name = atom_text(command.atom());
    if (name == "skip" || name == "ensure_exactly") return 1;
    if (name == "ensure_at_least") return 2;
    if (name == "get_tail" || name == "=:=") return 3;
    return name == "integer" || name == "binary" ? 5 : 0;
  }
  static bool builds(const GenericOperand& command) {
    auto name = atom_text(command.atom());
    return name == "get_tail" || name == "integer" || name == "binary";
  }

  const ParsedModule& module_;
  const GenericFunction& function_;
  const std::vector<bool>& returns_;
  size_t at_ = 0;
  size_t x_words_ = 1;
  bool reachable_ = true, again_ = false;
  State state_;
  std::vector<std::unique_ptr<State>> states_;  // by position of the label
};

}  // namespace

Result<Ok, LoadError> verify_flow(const ParsedModule& module, const GenericFunction& function, const std::vector<bool>& returns) {
  return Flow(module, function, returns).run();
}

}  // namespace joist
