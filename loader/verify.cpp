// What can be checked without following control: operands are of the kinds their instruction takes, labels and indexes exist.
#include "loader/verify.h"

#include "vm/term/atom.h"
#include "vm/term/print.h"

namespace joist {

namespace {

class OperandChecks {
 public:
  OperandChecks(const ParsedModule& module, const GenericFunction& function) : module_(module), function_(function) {}

  Result<Ok, LoadError> run() {
    for (at_ = 0; at_ < function_.ops.size(); at_++) {
      auto& op = function_.ops[at_];
      auto& rules = op_rules(op.opcode);
      if (!rules.operands) return error("an instruction of compilers before OTP 24");
      for (size_t i = 0; i < op.count; i++)
        if (!matches(rules.operands[i], op[i])) return error("operand " + std::to_string(i + 1) + " is not of the right kind");
      if (const char* what = details(op)) return error(what);
    }
    return Ok{};
  }

 private:
  LoadError error(const std::string& what) const { return verify_error(module_, function_, at_, what); }

  bool is_local_label(const GenericOperand& o) const {
    if (o.kind != OperandKind::Label || o.value == 0) return false;
    auto& position = module_.labels[size_t(o.value)];
    return position.function != ~0u && &module_.functions[position.function] == &function_;
  }
  bool is_number(const GenericOperand& o, SWord limit) const {
    return o.kind == OperandKind::Unsigned && o.value >= 0 && o.value <= limit;
  }

  bool matches(char letter, const GenericOperand& o) const {
    using enum OperandKind;
    switch (letter) {
      case 's': return o.is_register() || o.is_constant();
      case 'S': case 'd': return o.is_register();
      case 'b': return o.is_register() || o.is_constant() || o.kind == Unsigned;
      case 'm': return o.is_register() || o.is_constant() || o.kind == F;
      case 'n': return o.is_register() || o.kind == F;
      case 'l': return o.kind == F;
      case 'u': return o.kind == Unsigned;
      case 'v': return is_number(o, 1023);
      case 'h': return is_number(o, SWord(1) << 27);
      case 'y': return o.kind == Y;
      case 'f': return o.kind == Label && (o.value == 0 || is_local_label(o));
      case 'F': return is_local_label(o);
      case 'k': return o.kind == Atom || is_local_label(o);
      case 'L': {
        if (o.kind != Label || o.value == 0) return false;
        auto& position = module_.labels[size_t(o.value)];
        return position.function != ~0u && module_.functions[position.function].entry_label == uint32_t(o.value);
      }
      case 'e': return is_number(o, SWord(module_.imports.size()) - 1);
      case 'a': return o.kind == Atom;
      case 'z': return o.kind == List;
      default: return true;
    }
  }

  // Every `step` elements of a list must match the letters.
  bool list_matches(const GenericOperand& list, const char* letters) const {
    size_t step = std::char_traits<char>::length(letters);
    auto elements = list.elements();
    if (elements.size() % step != 0) return false;
    for (size_t i = 0; i < elements.size(); i++)
      if (!matches(letters[i % step], elements[i])) return false;
    return true;
  }

  bool in_strings(SWord offset, SWord bytes) const {
    SWord size = SWord(module_.strings.size());
    return offset >= 0 && bytes >= 0 && offset <= size && bytes <= size - offset;
  }
  const ImportRow& import(const GenericOperand& o) const { return module_.imports[size_t(o.value)]; }

  // Null, or what is wrong.
  const char* details(const GenericOp& op) const {
    switch (op.opcode) {
      case op_line:
      case op_executable_line:
        return size_t(op[0].value) < module_.lines.size() || module_.lines.size() == 1 ? nullptr : "no such line";
      case op_call: case op_call_last: case op_call_only: {
        auto& target = module_.functions[module_.labels[size_t(op[1].value)].function];
        return op[0].value == SWord(target.arity) ? nullptr : "wrong number of arguments";
      }
      case op_call_ext: case op_call_ext_last: case op_call_ext_only:
        return op[0].value == SWord(import(op[1]).arity) ? nullptr : "wrong number of arguments";
      case op_call_fun: case op_apply: case op_apply_last: return op[0].value <= 255 ? nullptr : "too many arguments";
      case op_call_fun2: return op[1].value <= 255 ? nullptr : "too many arguments";
      case op_bif0: return import(op[0]).arity == 0 ? nullptr : "wrong number of arguments";
      case op_bif1: return import(op[1]).arity == 1 ? nullptr : "wrong number of arguments";
      case op_bif2: return import(op[1]).arity == 2 ? nullptr : "wrong number of arguments";
      case op_gc_bif1: return import(op[2]).arity == 1 ? nullptr : "wrong number of arguments";
      case op_gc_bif2: return import(op[2]).arity == 2 ? nullptr : "wrong number of arguments";
      case op_gc_bif3: return import(op[2]).arity == 3 ? nullptr : "wrong number of arguments";
      case op_allocate: case op_allocate_heap: case op_allocate_zero: case op_allocate_heap_zero:
        return op[0].value <= 1024 ? nullptr : "the frame is too large";
      case op_fmove:
        return (op[0].kind == OperandKind::F) != (op[1].kind == OperandKind::F) ? nullptr : "one operand must be a float register";
      case op_init_yregs: return list_matches(op[0], "y") ? nullptr : "y registers expected";
      case op_select_val:
        for (size_t i = 0; i < op[2].elements().size(); i += 2)
          if (!op[2].elements()[i].is_constant()) return "constants expected";
        return list_matches(op[2], "sF") ? nullptr : "values and labels expected";
      case op_select_tuple_arity: return list_matches(op[2], "uF") ? nullptr : "arities and labels expected";
      case op_put_tuple2: case op_make_fun3: case op_has_map_fields: {
        auto& list = op[op.count - 1];
        if (!list_matches(list, "s")) return "sources expected";
        if (op.opcode == op_put_tuple2) return list.aux < (1u << 24) ? nullptr : "the tuple is too large";
        if (op.opcode == op_has_map_fields) return nullptr;
        if (size_t(op[0].value) >= module_.lambdas.size()) return "no such fun";
        return module_.lambdas[size_t(op[0].value)].num_free == list.aux ? nullptr : "wrong number of free variables";
      }
      case op_make_fun2: return size_t(op[0].value) < module_.lambdas.size() ? nullptr : "no such fun";
      case op_put_map_assoc: case op_put_map_exact: return list_matches(op[4], "ss") ? nullptr : "keys and values expected";
      case op_get_map_elements: return list_matches(op[2], "sd") && op[2].aux > 0 ? nullptr : "keys and registers expected";
      case op_get_tuple_element: return size_t(op[1].value) < (1u << 24) ? nullptr : "element out of range";
      case op_set_tuple_element: return size_t(op[2].value) < (1u << 24) ? nullptr : "element out of range";
      case op_update_record: {
        if (op[1].value > (1 << 24) || !list_matches(op[4], "us")) return "positions and values expected";
        auto updates = op[4].elements();
        for (size_t i = 0; i < updates.size(); i += 2)
          if (updates[i].value < 1 || updates[i].value > op[1].value) return "element out of range";
        return nullptr;
      }
      case op_bs_put_string: return in_strings(op[1].value, op[0].value) ? nullptr : "beyond the string table";
      case op_bs_match_string:
        return in_strings(op[3].value, op[2].value / 8 + (op[2].value % 8 != 0)) ? nullptr : "beyond the string table";
      case op_bs_create_bin: {
        if (!list_matches(op[5], "auu?bb")) return "segments expected";
        auto segments = op[5].elements();
        for (size_t i = 0; i < segments.size(); i += 6) {
          bool is_string = atom_text(segments[i].atom()) == "string";
          bool plain = segments[i + 4].kind == OperandKind::Unsigned;
          if (is_string != plain) return "a string segment must be an offset, others a value";
          auto& size = segments[i + 5];
          if (is_string && (size.kind != OperandKind::Integer || !in_strings(segments[i + 4].value, size.value)))
            return "beyond the string table";
        }
        return nullptr;
      }
      default: return nullptr;
    }
  }

  const ParsedModule& module_;
  const GenericFunction& function_;
  size_t at_ = 0;
};

// A label that calls from outside may go to.
bool is_entry(const ParsedModule& module, uint32_t label, uint32_t arity) {
  if (label == 0 || label >= module.labels.size()) return false;
  auto& position = module.labels[label];
  if (position.function == ~0u) return false;
  auto& function = module.functions[position.function];
  return function.entry_label == label && function.arity == arity;
}

// Which functions may come back: those with a `return`, or a tail call to one that may. The rest only raise.
std::vector<bool> functions_that_return(const ParsedModule& module) {
  size_t count = module.functions.size();
  std::vector<bool> returns(count);
  std::vector<std::vector<uint32_t>> tail_callers(count);
  std::vector<uint32_t> pending;
  for (uint32_t f = 0; f < count; f++) {
    bool direct = false;
    for (auto& op : module.functions[f].ops) {
      switch (op.opcode) {
        case op_return: case op_call_ext_last: case op_call_ext_only: case op_apply_last: direct = true; break;
        case op_call_last: case op_call_only: tail_callers[module.labels[size_t(op[1].value)].function].push_back(f); break;
        default: break;
      }
    }
    if (direct) pending.push_back(f), returns[f] = true;
  }
  while (!pending.empty()) {
    uint32_t f = pending.back();
    pending.pop_back();
    for (uint32_t caller : tail_callers[f])
      if (!returns[caller]) pending.push_back(caller), returns[caller] = true;
  }
  return returns;
}

std::string quoted(Term function, uint32_t arity) { return print_atom(function) + "/" + std::to_string(arity); }

}  // namespace

LoadError verify_error(const ParsedModule& module, const GenericFunction& function, size_t op, const std::string& what) {
  return LoadError{"function " + quoted(function.name, function.arity) + ", instruction " + std::to_string(op) + " (" +
                   opcode_name(function.ops[op].opcode) + "): " + what};
}

Result<Ok, LoadError> verify_module(const ParsedModule& module) {
  for (auto& row : module.exports)
    if (!is_entry(module, row.label, row.arity)) return LoadError{"export " + quoted(row.function, row.arity) + " is not a function's entry"};
  for (auto& row : module.lambdas)
    if (!is_entry(module, row.label, row.arity)) return LoadError{"fun " + quoted(row.function, row.arity) + " is not a function's entry"};
  for (auto& function : module.functions) TRY(OperandChecks(module, function).run());
  auto returns = functions_that_return(module);
  for (auto& function : module.functions) TRY(verify_flow(module, function, returns));
  return Ok{};
}

}  // namespace joist
