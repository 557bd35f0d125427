// The executor. Stack and variables are on the C stack for ordinary programs; the program says how much it needs.
//
// Terms of the subject and of the program are not the result heap's. Guards use them in place; in a body they are copied as
// they are pushed, a variable once. What a failed clause left on the heap is taken back when it can be.
#include <cstring>

#include "gc/collect.h"
#include "vm/match/functions.h"
#include "vm/match/match.h"
#include "vm/process/process.h"
#include "vm/sys/memory.h"
#include "vm/term/compare.h"
#include "vm/term/map.h"

namespace joist::match {
namespace {

Term copy_to(Heap& heap, Term t) {
  if (!t.is_pointer()) return t;
  size_t words = copy_size_with_literals(t);
  HeapWriter w = heap.reserve(Words(words));
  return copy_into_with_literals(t, w);
}

struct Mark {
  Word* top;
  HeapFragment* fragments;
  uint32_t used;
  OffHeap* off_heap;
  explicit Mark(const Heap& h) : top(h.top), fragments(h.fragments), used(h.fragments ? h.fragments->used : 0), off_heap(h.off_heap) {}
  void undo(Heap& h) const {
    if (h.off_heap != off_heap || h.fragments != fragments) return;
    h.top = top;
    if (fragments) {
      h.fragment_words -= fragments->used - used;
      fragments->used = used;
    }
  }
};

Term list_of(Heap& heap, const Term* items, size_t n) {
  HeapWriter w = heap.reserve(Words(2 * n));
  Term list = nil;
  for (size_t i = n; i-- > 0;) list = w.cons(items[i], list);
  return list;
}

struct Machine {
  const Program& program;
  Run& run;
  Term* const stack;
  Term* const variables;
  bool* const copied;
  bool in_body = false;
  bool copying = false;  // terms of the subject are copied when pushed
  Term whole{};          // '$_' as pushed in the body

  Term constant(uint32_t i) {
    Term t = program.constants[i];
    return in_body && t.is_pointer() ? copy_to(run.heap, t) : t;
  }
  Term variable(uint32_t i) {
    if (copying && !copied[i]) {
      copied[i] = true;
      variables[i] = copy_to(run.heap, variables[i]);
    }
    return variables[i];
  }
  Term subject() {
    if (program.dialect == Dialect::Trace) return list_of(run.heap, run.arguments, run.argument_count);
    if (!copying) return run.subject;
    if (whole.is_non_value()) whole = copy_to(run.heap, run.subject);
    return whole;
  }
  // and/or of n values on top: the non-value when one is no boolean.
  static Term junction(const Term* top, size_t n, bool all) {
    bool result = all;
    for (size_t i = 0; i < n; i++) {
      Term t = top[-1 - SWord(i)];
      if (t.same(atom::true_)) result = all ? result : true;
      else if (t.same(atom::false_)) result = all ? false : result;
      else return {};
    }
    return boolean(result);
  }

  // True when the clause matched; *result is its value.
  bool clause(const Clause& c, Term* result) {
    const Instruction* code = program.code;
    Term* sp = stack;
    in_body = copying = false;
    whole = Term();
    Term value = atom::true_;  // Trace
    if (program.dialect == Dialect::Table) *sp++ = run.subject;
    for (uint32_t pc = c.start;; pc++) {
      run.steps++;
      const Instruction in = code[pc];
      switch (Op(in.op)) {
        case Op::Tuple: {
          auto t = (--sp)->as<joist::Tuple>();
          if (!t || t->arity() != in.b) return false;
          sp += in.a;
          for (size_t i = 1; i <= in.a; i++) sp[-SWord(i)] = t->at(code[pc + i].b);
          pc += in.a;
          break;
        }
        case Op::Element: case Op::Key: UNREACHABLE();
        case Op::Array: {
          if (run.argument_count != in.b) return false;
          sp += in.a;
          for (size_t i = 1; i <= in.a; i++) sp[-SWord(i)] = run.arguments[code[pc + i].b];
          pc += in.a;
          break;
        }
        case Op::Cons: {
          Term t = *--sp;
          if (!t.is_cons()) return false;
          *sp++ = t.as_cons()->tail;
          *sp++ = t.as_cons()->head;
          break;
        }
        case Op::Map: {
          Term t = *--sp;
          if (!is_map(t) || map::size(t) < in.a) return false;
          sp += in.a;
          for (size_t i = 1; i <= in.a; i++) {
            Term v = map::get(t, program.constants[code[pc + i].b]);
            if (v.is_non_value()) return false;
            sp[-SWord(i)] = v;
          }
          pc += in.a;
          break;
        }
        case Op::Same:
          if (!(--sp)->same(program.constants[in.b])) return false;
          break;
        case Op::Equal:
          if (!terms_equal(*--sp, program.constants[in.b])) return false;
          break;
        case Op::Bind: variables[in.b] = *--sp; break;
        case Op::Bound:
          if (!terms_equal(*--sp, variables[in.b])) return false;
          break;
        case Op::Skip: --sp; break;
        case Op::BindArray: variables[in.b] = list_of(run.heap, run.arguments, run.argument_count); break;

        case Op::Constant: *sp++ = constant(in.b); break;
        case Op::Variable: *sp++ = variable(in.b); break;
        case Op::Whole: *sp++ = subject(); break;
        case Op::MakeTuple: {
          HeapWriter w = run.heap.reserve(Words(in.b + 1));
          joist::Tuple* t = w.tuple_of(in.b);
          for (size_t i = 0; i < in.b; i++) t->elements[i] = *--sp;
          *sp++ = t->term();
          break;
        }
        case Op::MakeCons: {
          Term tail = *--sp;
          sp[-1] = run.heap.reserve(Words(2)).cons(sp[-1], tail);
          break;
        }
        case Op::MakeConsReversed: {
          Term head = *--sp;
          sp[-1] = run.heap.reserve(Words(2)).cons(head, sp[-1]);
          break;
        }
        case Op::MakeMap:
          sp -= 2 * size_t(in.b);
          *sp = map::from_pairs(run.heap, sp, in.b);
          sp++;
          break;
        case Op::Call: case Op::Act: {
          Term args[4];
          for (size_t i = 0; i < in.b; i++) args[i] = *--sp;
          Term t;
          if (Op(in.op) == Op::Call) t = match::call(run.heap, Function(in.a), args);
          else if (Actions::Kind(in.a) == Actions::Kind::Message) {
            value = args[0];
            t = atom::true_;
          } else if (run.actions) t = run.actions->perform(Actions::Kind(in.a), run.process, args, in.b);
          if (t.is_non_value()) {
            if (!in_body) return false;
            t = atom::EXIT;
          }
          *sp++ = t;
          break;
        }
        case Op::And: case Op::Or: {
          Term t = junction(sp, in.b, Op(in.op) == Op::And);
          if (t.is_non_value()) {
            if (!in_body) return false;
            t = atom::EXIT;
          }
          sp -= in.b;
          *sp++ = t;
          break;
        }
        case Op::AndAlso: case Op::OrElse: {
          bool go_on = sp[-1].same(Op(in.op) == Op::AndAlso ? atom::true_ : atom::false_);
          if (go_on) {
            sp--;
            break;
          }
          if (!sp[-1].same(atom::true_) && !sp[-1].same(atom::false_)) {
            if (!in_body) return false;
            sp[-1] = atom::EXIT;
          }
          pc = in.b - 1;
          break;
        }
        case Op::Self: *sp++ = run.process.pid; break;

        case Op::IsTrue:
          if (!(--sp)->same(atom::true_)) return false;
          break;
        case Op::Catch:
          in_body = true;
          copying = run.copy && program.dialect == Dialect::Table;
          if (copying) memset(copied, 0, c.variables);
          break;
        case Op::Waste: --sp; break;
        case Op::Return:
          *result = *--sp;
          return true;
        case Op::End: *result = value; return true;
      }
    }
  }
};

}  // namespace

Term run(const Program& program, Run& run) {
  constexpr size_t small_need = 64;
  Word small[small_need];  // not Terms: they would be cleared
  bool small_flags[32];
  Term* const small_stack = reinterpret_cast<Term*>(small);
  Term* stack = small_stack;
  bool* flags = small_flags;
  size_t need = program.stack_need + program.variable_need;
  if (need > small_need) stack = static_cast<Term*>(sys::allocate(need * sizeof(Term), sys::Alloc::Temporary));
  if (program.variable_need > 32) flags = static_cast<bool*>(sys::allocate(program.variable_need, sys::Alloc::Temporary));
  Machine machine{program, run, stack, stack + program.stack_need, flags};
  Mark mark(run.heap);
  Term result;
  for (uint32_t i = 0; i < program.clause_count; i++) {
    if (machine.clause(program.clauses[i], &result)) break;
    result = Term();
    mark.undo(run.heap);
  }
  if (stack != small_stack) sys::release(stack, sys::Alloc::Temporary);
  if (flags != small_flags) sys::release(flags, sys::Alloc::Temporary);
  return result;
}

}  // namespace joist::match
