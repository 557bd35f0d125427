// The compiler: one walk over heads (a stack of terms), one over expressions (a stack of tasks), so depth costs no C stack.
//
// Constant parts of expressions are folded while they are emitted: a composite whose parts all came out as Constant
// instructions becomes one constant itself.
#include <cstring>

#include "gc/collect.h"
#include "vm/base/work_stack.h"
#include "vm/match/code.h"
#include "vm/match/match.h"
#include "vm/sys/memory.h"
#include "vm/term/compare.h"
#include "vm/term/map.h"
#include "vm/term/print.h"
#include "vm/term/quick_order.h"

namespace joist::match {

const char Program::type_tag = 0;

Program::~Program() {
  HeapFragment::destroy(terms);
  sys::release(code, sys::Alloc::Binary);
  sys::release(clauses, sys::Alloc::Binary);
}

int64_t variable_number(Term t) {
  if (!t.is_atom() || atom_entry(t.atom_index()).prefix >> 56 != '$') return -1;
  std::string_view text = atom_text(t);
  if (text.size() < 2 || text.size() > 9) return -1;
  int64_t n = 0;
  for (char c : text.substr(1)) {
    if (c < '0' || c > '9') return -1;
    n = n * 10 + (c - '0');
  }
  return n;
}

bool has_variable(Term pattern) {
  WorkStack<Term> todo;
  todo.push(pattern);
  while (!todo.empty()) {
    Term t = todo.pop();
    if (t.is_atom()) {
      if (is_wildcard(t) || variable_number(t) >= 0) return true;
    } else if (t.is_cons()) {
      todo.push(t.as_cons()->tail);
      todo.push(t.as_cons()->head);
    } else if (auto tuple = t.as<Tuple>()) {
      for (size_t i = 0; i < tuple->arity(); i++) todo.push(tuple->at(i));
    } else if (is_map(t)) {
      map::Iterator it(t);
      Term k, v;
      while (it.next(&k, &v)) todo.push(v);
    }
  }
  return false;
}

int compare_prefix(Term pattern, Term term) {
  struct Pair {
    Term pattern, term;
  };
  WorkStack<Pair> todo;
  todo.push({pattern, term});
  while (!todo.empty()) {
    auto [p, t] = todo.pop();
    if (is_wildcard(p) || variable_number(p) >= 0) return 0;
    if (p.is_cons() && t.is_cons()) {
      todo.push({p.as_cons()->tail, t.as_cons()->tail});
      todo.push({p.as_cons()->head, t.as_cons()->head});
      continue;
    }
    auto tuple = p.as<Tuple>(), other = t.as<Tuple>();
    if (tuple && other) {
      if (tuple->arity() != other->arity()) return tuple->arity() < other->arity() ? -1 : 1;
      size_t n = tuple->arity(), at = 0;
      for (; at < n && !tuple->at(at).is_pointer(); at++) {
        p = tuple->at(at);
        t = other->at(at);
        if (is_wildcard(p) || variable_number(p) >= 0) return 0;
        if (p.same(t)) continue;
        if (int c = compare_terms(p, t)) return c;
      }
      while (n-- > at) todo.push({tuple->at(n), other->at(n)});
      continue;
    }
    if (is_map(p) && is_map(t) && has_variable(p)) return 0;
    if (int c = compare_terms(p, t)) return c;
  }
  return 0;
}

namespace {

struct Named {
  const char* text;
  uint8_t arity;
  Function function;
};
constexpr Named functions[] = {
    {"is_atom", 1, Function::is_atom}, {"is_float", 1, Function::is_float}, {"is_integer", 1, Function::is_integer},
    {"is_list", 1, Function::is_list}, {"is_number", 1, Function::is_number}, {"is_pid", 1, Function::is_pid},
    {"is_port", 1, Function::is_port}, {"is_reference", 1, Function::is_reference}, {"is_tuple", 1, Function::is_tuple},
    {"is_map", 1, Function::is_map}, {"is_binary", 1, Function::is_binary}, {"is_function", 1, Function::is_function},
    {"is_record", 3, Function::is_record}, {"abs", 1, Function::abs}, {"element", 2, Function::element},
    {"hd", 1, Function::hd}, {"tl", 1, Function::tl}, {"length", 1, Function::length}, {"node", 0, Function::node0},
    {"node", 1, Function::node1}, {"round", 1, Function::round}, {"trunc", 1, Function::trunc}, {"float", 1, Function::float_},
    {"size", 1, Function::size}, {"map_size", 1, Function::map_size}, {"map_get", 2, Function::map_get},
    {"is_map_key", 2, Function::is_map_key}, {"bit_size", 1, Function::bit_size}, {"byte_size", 1, Function::byte_size},
    {"binary_part", 2, Function::binary_part2}, {"binary_part", 3, Function::binary_part3}, {"+", 1, Function::plus1},
    {"-", 1, Function::minus1}, {"+", 2, Function::plus}, {"-", 2, Function::minus}, {"*", 2, Function::times},
    {"/", 2, Function::divide}, {"div", 2, Function::int_div}, {"rem", 2, Function::rem}, {"band", 2, Function::band},
    {"bor", 2, Function::bor}, {"bxor", 2, Function::bxor}, {"bnot", 1, Function::bnot}, {"bsl", 2, Function::bsl},
    {"bsr", 2, Function::bsr}, {">", 2, Function::gt}, {">=", 2, Function::ge}, {"<", 2, Function::lt}, {"=<", 2, Function::le},
    {"==", 2, Function::eq}, {"=:=", 2, Function::eq_exact}, {"/=", 2, Function::ne}, {"=/=", 2, Function::ne_exact},
    {"not", 1, Function::not_}, {"xor", 2, Function::xor_},
};

using Kind = Actions::Kind;
// Forms of tracing. `guard`: also allowed in guards; `need`: what the dialect must allow.
enum class Need : uint8_t { Trace, CallTrace, TraceOps };
struct Form {
  const char* text;
  uint8_t least, most;  // arguments
  bool guard;
  Need need;
  Kind kind;
  const char* arguments_error;
};
constexpr const char* wrong = "called with wrong number of arguments in";
constexpr const char* with = "called with arguments in";
constexpr Form forms[] = {
    {"message", 1, 1, false, Need::Trace, Kind::Message, wrong},
    {"return_trace", 0, 0, false, Need::Trace, Kind::ReturnTrace, with},
    {"exception_trace", 0, 0, false, Need::Trace, Kind::ExceptionTrace, with},
    {"display", 1, 1, false, Need::Trace, Kind::Display, wrong},
    {"is_seq_trace", 0, 0, true, Need::TraceOps, Kind::IsSeqTrace, with},
    {"get_seq_token", 0, 0, true, Need::TraceOps, Kind::GetSeqToken, with},
    {"set_seq_token", 2, 2, false, Need::TraceOps, Kind::SetSeqToken, wrong},
    {"process_dump", 0, 0, false, Need::TraceOps, Kind::ProcessDump, with},
    {"enable_trace", 1, 2, false, Need::TraceOps, Kind::EnableTrace, wrong},
    {"disable_trace", 1, 2, false, Need::TraceOps, Kind::DisableTrace, wrong},
    {"trace", 2, 3, false, Need::TraceOps, Kind::Trace, wrong},
    {"caller", 0, 0, false, Need::CallTrace, Kind::Caller, with},
    {"caller_line", 0, 0, false, Need::CallTrace, Kind::CallerLine, with},
    {"silent", 1, 1, false, Need::TraceOps, Kind::Silent, wrong},
};

struct Compiler {
  Compiler(Heap& scratch, const CompileOptions& how, std::vector<Message>* out) : heap(scratch), options(how), messages(out) {
    // What most specifications take.
    code.reserve(32);
    constants.reserve(16);
    variables.reserve(8);
    tasks.reserve(16);
    clauses.reserve(2);
  }
  Heap& heap;
  CompileOptions options;
  std::vector<Message>* messages;
  bool failed = false;

  std::vector<Instruction> code;
  std::vector<Term> constants;
  std::vector<Clause> clauses;
  std::vector<int64_t> variables;  // number of each slot of this clause
  uint32_t stack_need = 8, variable_need = 0;
  bool guard = false;
  bool special = false;            // Trace: the head is one variable
  bool changes_trace = false;
  bool folded = false;             // some constants are used no more

  void error(std::string text) {
    failed = true;
    if (messages) messages->push_back({false, std::move(text)});
  }
  // Lint goes on after an error to collect more.
  bool stop() const { return failed && !messages; }

  void emit(Op op, size_t a = 0, size_t b = 0) { code.push_back({uint16_t(op), uint16_t(a), uint32_t(b)}); }
  uint32_t constant(Term t) {
    if (!constants.empty() && constants.back().same(t)) return uint32_t(constants.size() - 1);
    constants.push_back(t);
    return uint32_t(constants.size() - 1);
  }
  int slot_of(int64_t number) {
    for (size_t i = 0; i < variables.size(); i++) {
      if (variables[i] == number) return int(i);
    }
    return -1;
  }
  static bool wildcard(Term t) { return t.same(atom::underscore); }

  // ---- heads

  void head_leaf(Term t) {
    int64_t n = variable_number(t);
    if (n >= 0) {
      int slot = slot_of(n);
      if (slot >= 0) return emit(Op::Bound, 0, size_t(slot));
      variables.push_back(n);
      return emit(Op::Bind, 0, variables.size() - 1);
    }
    if (wildcard(t)) return emit(Op::Skip);
    if (!t.is_pointer()) return emit(Op::Same, 0, constant(t));
    emit(Op::Equal, 0, constant(t));
  }
  void head_tuple(Op op, const Term* elements, size_t arity, WorkStack<Term>& todo) {
    size_t at = code.size();
    emit(op, 0, arity);
    size_t count = 0;
    for (size_t i = 0; i < arity; i++) {
      if (wildcard(elements[i])) continue;
      emit(Op::Element, 0, i);
      count++;
    }
    if (count > UINT16_MAX) return error("Match head is too large.");
    code[at].a = uint16_t(count);
    for (size_t i = arity; i-- > 0;) {
      if (!wildcard(elements[i])) todo.push(elements[i]);
    }
  }
  void head_map(Term t, WorkStack<Term>& todo) {
    map::Iterator it(t);
    Term k, v;
    std::vector<Term> values;
    size_t at = code.size();
    emit(Op::Map, 0, 0);
    while (it.next(&k, &v)) {
      if (variable_number(k) >= 0) return error("Variable found in map key.");
      if (wildcard(k)) return error("Underscore found in map key.");
      emit(Op::Key, 0, constant(k));
      values.push_back(v);
    }
    if (values.size() > UINT16_MAX) return error("Match head is too large.");
    code[at].a = uint16_t(values.size());
    for (size_t i = values.size(); i-- > 0;) todo.push(values[i]);
  }
  void head(Term pattern) {
    WorkStack<Term> todo;
    size_t deepest = 1;
    special = false;
    if (options.dialect != Dialect::Trace) {
      todo.push(pattern);
    } else {
      int64_t n = variable_number(pattern);
      if (n >= 0 || wildcard(pattern)) {
        special = true;
        if (n >= 0) {
          variables.push_back(n);
          emit(Op::BindArray, 0, 0);
        }
        return;
      }
      std::vector<Term> elements;
      if (pattern.is_list()) {
        Term l = pattern;
        for (; l.is_cons(); l = l.as_cons()->tail) elements.push_back(l.as_cons()->head);
        if (!l.is_nil()) return error("Match expression part " + print_term(pattern) + " is not a proper list.");
      } else if (auto tuple = pattern.as<Tuple>()) {
        elements.assign(tuple->elements, tuple->elements + tuple->arity());
      } else {
        return error("Match head is invalid in this context.");
      }
      head_tuple(Op::Array, elements.data(), elements.size(), todo);
      deepest = todo.size();
    }
    while (!todo.empty() && !stop()) {
      Term t = todo.pop();
      if (t.is_cons()) {
        emit(Op::Cons);
        todo.push(t.as_cons()->tail);
        todo.push(t.as_cons()->head);
      } else if (auto tuple = t.as<Tuple>()) {
        head_tuple(Op::Tuple, tuple->elements, tuple->arity(), todo);
      } else if (is_map(t)) {
        head_map(t, todo);
      } else {
        head_leaf(t);
      }
      if (todo.size() > deepest) deepest = todo.size();
    }
    if (deepest + 8 > stack_need) stack_need = uint32_t(deepest + 8);
  }

  // ---- expressions

  struct Task {
    enum Kind : uint8_t { Expression, Tuple, Cons, Map, Emit, Decide, Land } kind;
    Op op = Op::Skip;
    uint16_t a = 0;
    uint32_t b = 0;      // operand; Tuple/Cons/Map: size
    Term term{};
    size_t mark = 0;     // Tuple/Cons/Map: where the parts' code starts
  };
  std::vector<Task> tasks;
  std::vector<std::vector<size_t>> decisions;  // of nested andalso/orelse: instructions to patch

  // The code from `mark` is `count` constants and nothing else.
  bool all_constant(size_t mark, size_t count) const {
    if (code.size() - mark != count) return false;
    for (size_t i = mark; i < code.size(); i++) {
      if (code[i].op != uint16_t(Op::Constant)) return false;
    }
    return true;
  }
  void expression_parts(const Term* parts, size_t count) {  // evaluated from the last to the first
    for (size_t i = 0; i < count; i++) tasks.push_back({.kind = Task::Expression, .term = parts[i]});
  }
  void replace_by_constant(size_t mark, Term t) {
    code.resize(mark);
    emit(Op::Constant, 0, constant(t));
    folded = true;
  }
  void fold_tuple(const Task& task) {
    if (!all_constant(task.mark, task.b)) return emit(Op::MakeTuple, 0, task.b);
    HeapWriter w = heap.reserve(Words(task.b + 1));
    joist::Tuple* t = w.tuple_of(task.b);
    for (size_t i = 0; i < task.b; i++) t->elements[i] = constants[code[code.size() - 1 - i].b];
    replace_by_constant(task.mark, t->term());
  }
  void fold_cons(const Task& task) {
    if (!all_constant(task.mark, 2)) return emit(Op::MakeCons);
    Term head = constants[code[task.mark].b], tail = constants[code[task.mark + 1].b];
    replace_by_constant(task.mark, heap.reserve(Words(2)).cons(head, tail));
  }
  void fold_map(const Task& task) {
    if (!all_constant(task.mark, 2 * size_t(task.b))) return emit(Op::MakeMap, 0, task.b);
    std::vector<Term> pairs;
    for (size_t i = task.mark; i < code.size(); i++) pairs.push_back(constants[code[i].b]);
    replace_by_constant(task.mark, joist::map::from_pairs(heap, pairs.data(), task.b));
  }

  void expression(Term t) {
    if (t.is_cons()) {
      tasks.push_back({.kind = Task::Cons, .mark = code.size()});
      tasks.push_back({.kind = Task::Expression, .term = t.as_cons()->tail});
      tasks.push_back({.kind = Task::Expression, .term = t.as_cons()->head});
      return;
    }
    if (is_map(t)) {
      size_t n = joist::map::size(t);
      tasks.push_back({.kind = Task::Map, .b = uint32_t(n), .mark = code.size()});
      joist::map::Iterator it(t);
      Term k, v;
      std::vector<Term> parts;
      while (it.next(&k, &v)) {
        parts.push_back(k);
        parts.push_back(v);
      }
      for (size_t i = parts.size(); i-- > 0;) tasks.push_back({.kind = Task::Expression, .term = parts[i]});
      return;
    }
    if (auto tuple = t.as<joist::Tuple>()) {
      size_t n = tuple->arity();
      if (n == 1 && tuple->at(0).is<joist::Tuple>()) {
        auto inner = tuple->at(0).as<joist::Tuple>();
        tasks.push_back({.kind = Task::Tuple, .b = uint32_t(inner->arity()), .mark = code.size()});
        return expression_parts(inner->elements, inner->arity());
      }
      if (n >= 1 && tuple->at(0).is_atom() && variable_number(tuple->at(0)) < 0) return call(t, *tuple);
      return error(print_term(t) + " is neither a function call, nor a tuple (tuples are written {{ ... }}).");
    }
    int64_t n = variable_number(t);
    if (n >= 0) {
      int slot = slot_of(n);
      if (slot < 0) return error("Variable $" + std::to_string(n) + " is unbound.");
      return emit(Op::Variable, 0, size_t(slot));
    }
    if (t.same(atom::dollar_)) return emit(Op::Whole);
    if (t.same(atom::dollar_dollar)) return bindings();
    emit(Op::Constant, 0, constant(t));
  }
  // '$$': all variables, by their numbers.
  void bindings() {
    emit(Op::Constant, 0, constant(nil));
    std::vector<bool> done(variables.size());
    for (size_t round = 0; round < variables.size(); round++) {
      size_t best = variables.size();
      for (size_t i = 0; i < variables.size(); i++) {
        if (!done[i] && (best == variables.size() || variables[i] > variables[best])) best = i;
      }
      done[best] = true;
      emit(Op::Variable, 0, best);
      emit(Op::MakeConsReversed);
    }
  }
  void call(Term t, joist::Tuple& tuple) {
    std::string_view name = atom_text(tuple.at(0));
    size_t arity = tuple.arity() - 1;
    const Term* args = tuple.elements + 1;
    auto special_error = [&](std::string what) { error("Special form '" + std::string(name) + "' " + what); };
    if (name == "const") {
      if (arity != 1) return special_error("called with more than one argument in " + print_term(t) + ".");
      return emit(Op::Constant, 0, constant(args[0]));
    }
    if (name == "and" || name == "or") {
      if (!arity) return special_error("called without arguments in " + print_term(t) + ".");
      tasks.push_back({.kind = Task::Emit, .op = name == "and" ? Op::And : Op::Or, .b = uint32_t(arity)});
      return expression_parts(args, arity);
    }
    if (name == "andalso" || name == "orelse" || name == "andthen") {
      if (!arity) return special_error("called without arguments in " + print_term(t) + ".");
      Op op = name == "orelse" ? Op::OrElse : Op::AndAlso;
      decisions.emplace_back();
      tasks.push_back({.kind = Task::Land});
      for (size_t i = arity; i-- > 0;) {
        if (i + 1 < arity) tasks.push_back({.kind = Task::Decide, .op = op});
        tasks.push_back({.kind = Task::Expression, .term = args[i]});
      }
      return;
    }
    if (name == "self") {
      if (arity) return special_error("called with arguments in " + print_term(t) + ".");
      return emit(Op::Self);
    }
    for (const Form& f : forms) {
      if (name == f.text) return form(t, f, args, arity);
    }
    bool trace = options.dialect == Dialect::Trace;
    if ((name == "get_tcw" && arity == 0) || (name == "set_tcw" && arity == 1)) {
      if (!trace || (arity && guard))
        return error("Function " + print_term(tuple.at(0)) + "/" + std::to_string(arity) + " cannot be called in this context.");
      tasks.push_back({.kind = Task::Emit, .op = Op::Act, .a = uint16_t(arity ? Kind::SetTcw : Kind::GetTcw), .b = uint32_t(arity)});
      return expression_parts(args, arity);
    }
    for (const Named& f : functions) {
      if (f.arity != arity || name != f.text) continue;
      tasks.push_back({.kind = Task::Emit, .op = Op::Call, .a = uint16_t(f.function), .b = uint32_t(arity)});
      return expression_parts(args, arity);
    }
    error("Function " + print_term(tuple.at(0)) + "/" + std::to_string(arity) + " does_not_exist.");
  }
  void form(Term t, const Form& f, const Term* args, size_t arity) {
    std::string name = "Special form '" + std::string(f.text) + "' ";
    bool allowed = options.dialect == Dialect::Trace && (f.need != Need::CallTrace || options.call_trace) &&
                   (f.need != Need::TraceOps || options.allow_trace_ops);
    if (!allowed) {
      if (f.kind == Kind::SetSeqToken) name = "Special form 'set_seq_trace' ";  // OTP's name for it here
      return error(name + "used in wrong dialect.");
    }
    if (guard && !f.guard) return error(name + "called in guard context.");
    if (arity < f.least || arity > f.most) return error(name + f.arguments_error + " " + print_term(t) + ".");
    if (f.kind == Kind::ReturnTrace || f.kind == Kind::ExceptionTrace) changes_trace = true;
    tasks.push_back({.kind = Task::Emit, .op = Op::Act, .a = uint16_t(f.kind), .b = uint32_t(arity)});
    expression_parts(args, arity);
  }
  void evaluate(Term root) {
    tasks.push_back({.kind = Task::Expression, .term = root});
    while (!tasks.empty()) {
      if (stop()) return tasks.clear();
      Task task = tasks.back();
      tasks.pop_back();
      switch (task.kind) {
        case Task::Expression: expression(task.term); break;
        case Task::Tuple: failed ? void() : fold_tuple(task); break;
        case Task::Cons: failed ? void() : fold_cons(task); break;
        case Task::Map: failed ? void() : fold_map(task); break;
        case Task::Emit: emit(task.op, task.a, task.b); break;
        case Task::Decide:
          decisions.back().push_back(code.size());
          emit(task.op);
          break;
        case Task::Land:
          for (size_t at : decisions.back()) code[at].b = uint32_t(code.size());
          decisions.pop_back();
          // What follows must not be folded with what was jumped over.
          break;
      }
    }
  }
  void expressions(Term list, bool in_guard) {
    guard = in_guard;
    if (!in_guard && options.dialect == Dialect::Table && !list.is_cons()) return error("Body clause does not return anything.");
    if (list.is_nil()) return;
    if (!list.is_cons()) return error("Match expression is not a list.");
    if (!in_guard) emit(Op::Catch);
    for (; list.is_cons() && !stop(); list = list.as_cons()->tail) {
      evaluate(list.as_cons()->head);
      bool last = !list.as_cons()->tail.is_cons();
      if (in_guard) emit(Op::IsTrue);
      else if (!last || options.dialect == Dialect::Trace) emit(Op::Waste);
    }
    if (!list.is_nil()) error("Match expression is not a proper list.");
  }
  void measure_stack(size_t from) {
    size_t depth = 0, most = 0;
    for (size_t i = from; i < code.size(); i++) {
      switch (Op(code[i].op)) {
        case Op::Constant: case Op::Variable: case Op::Whole: case Op::Self: depth++; break;
        case Op::MakeTuple: case Op::And: case Op::Or: case Op::Call: case Op::Act: depth = depth + 1 - code[i].b; break;
        case Op::MakeMap: depth = depth + 1 - 2 * size_t(code[i].b); break;
        case Op::MakeCons: case Op::MakeConsReversed: case Op::AndAlso: case Op::OrElse: case Op::IsTrue: case Op::Waste: case Op::Return:
          depth--;
          break;
        default: break;
      }
      if (depth > most) most = depth;
    }
    if (most + 8 > stack_need) stack_need = uint32_t(most + 8);
  }
  void clause(Term t) {
    auto tuple = t.as<joist::Tuple>();
    if (!tuple || tuple->arity() != 3) return error("Match program part is not a tuple of arity 3.");
    variables.clear();
    uint32_t start = uint32_t(code.size());
    head(tuple->at(0));
    if (stop()) return;
    size_t after_head = code.size();
    expressions(tuple->at(1), true);
    if (stop()) return;
    expressions(tuple->at(2), false);
    if (failed) return;
    emit(options.dialect == Dialect::Table ? Op::Return : Op::End);
    measure_stack(after_head);
    clauses.push_back({start, uint32_t(variables.size())});
    if (variables.size() > variable_need) variable_need = uint32_t(variables.size());
  }

  // Folding leaves constants behind that no instruction names any more.
  void drop_unused_constants() {
    if (!folded) return;
    std::vector<uint32_t> renamed(constants.size(), UINT32_MAX);
    std::vector<Term> used;
    for (Instruction& in : code) {
      Op op = Op(in.op);
      if (op != Op::Constant && op != Op::Same && op != Op::Equal && op != Op::Key) continue;
      if (renamed[in.b] == UINT32_MAX) {
        renamed[in.b] = uint32_t(used.size());
        used.push_back(constants[in.b]);
      }
      in.b = renamed[in.b];
    }
    constants = std::move(used);
  }

  Program* finish(Term specification) {
    drop_unused_constants();
    HeapWriter w = heap.reserve(Words(3 + constants.size() + 1 + clauses.size() + 1));
    joist::Tuple* all = w.tuple_of(constants.size());
    for (size_t i = 0; i < constants.size(); i++) all->elements[i] = constants[i];
    Term both = w.tuple(all->term(), specification);
    size_t words = copy_size_with_literals(both);
    auto* program = new Program;
    program->type = &Program::type_tag;
    new_ref_numbers(program->ref_words);
    program->dialect = options.dialect;
    program->terms = HeapFragment::create(Words(words + clauses.size()));
    program->terms->used = uint32_t(words);
    HeapWriter out(program->terms->data, program->terms->data + words, &program->terms->off_heap);
    auto copy = copy_into_with_literals(both, out).as<joist::Tuple>();
    program->constants = copy->at(0).as<joist::Tuple>()->elements;
    program->constant_count = uint32_t(constants.size());
    program->source = copy->at(1);
    program->heads = reinterpret_cast<Term*>(program->terms->data + words);
    size_t i = 0;
    for (Term l = program->source; l.is_cons(); l = l.as_cons()->tail) program->heads[i++] = l.as_cons()->head.as<joist::Tuple>()->at(0);
    program->code_size = uint32_t(code.size());
    program->code = static_cast<Instruction*>(sys::allocate(code.size() * sizeof(Instruction) + 1, sys::Alloc::Binary));
    memcpy(program->code, code.data(), code.size() * sizeof(Instruction));
    program->clause_count = uint32_t(clauses.size());
    program->clauses = static_cast<Clause*>(sys::allocate(clauses.size() * sizeof(Clause) + 1, sys::Alloc::Binary));
    memcpy(program->clauses, clauses.data(), clauses.size() * sizeof(Clause));
    program->stack_need = stack_need;
    program->variable_need = variable_need;
    program->changes_trace = changes_trace;
    return program;
  }
};

}  // namespace

Program* compile(Heap& scratch, Term specification, const CompileOptions& options, std::vector<Message>* messages) {
  Compiler c(scratch, options, messages);
  if (!specification.is_list() || specification.is_nil()) {
    c.error("Match programs are not in a list.");
    return nullptr;
  }
  Term l = specification;
  for (; l.is_cons(); l = l.as_cons()->tail) {
  }
  if (!l.is_nil()) {
    c.error("Match programs are not in a proper list.");
    return nullptr;
  }
  for (l = specification; l.is_cons(); l = l.as_cons()->tail) {
    c.clause(l.as_cons()->head);
    if (c.failed) return nullptr;
  }
  return c.finish(specification);
}

}  // namespace joist::match
