// erlang:error, exit, throw, raise, nif_error.
//
// All but nif_error leave no frame of their own in the stacktrace: it begins with the caller.
#include "bifs/bif.h"
#include "vm/interp/exceptions.h"

namespace joist {
namespace {

constexpr size_t max_items = 1024;

NativeResult raise_from_caller(NativeCall& c, ExceptionClass class_, Term reason) {
  c.error(reason);
  c.process.exception().class_ = class_;
  c.process.exception().native = nullptr;
  return NativeResult::Raise;
}

// An item of a stacktrace as try/catch or error_handler make them: {M, F, A, Location}, {Fun, Args, Location}, {M, F, A} or {Fun, Args}.
// *complete: it has a location.
bool is_stack_item(Term t, bool* complete) {
  auto item = t.as<Tuple>();
  if (!item) return false;
  size_t n = item->arity();
  if (n < 2 || n > 4) return false;
  bool fun = n < 4 && is_fun(item->at(0));
  if (!fun && (n == 2 || !item->at(0).is_atom() || !item->at(1).is_atom())) return false;
  *complete = n == 4 || (n == 3 && fun);
  return !*complete || item->at(n - 1).is_list();
}

}  // namespace

BIF(erlang, error, 1) { return raise_from_caller(c, ExceptionClass::Error, c.arg(0)); }

BIF(erlang, error, 2) {
  raise_from_caller(c, ExceptionClass::Error, c.arg(0));
  c.process.exception().args = c.arg(1);
  return NativeResult::Raise;
}

// Options: [{error_info, Map}]
BIF(erlang, error, 3) {
  Term info;
  bool good = true;
  Term options = c.arg(2);
  for (; options.is_cons(); options = options.as_cons()->tail) {
    auto option = options.as_cons()->head.as<Tuple>();
    if (!option || option->arity() != 2 || !option->at(0).same(atom::error_info) || !is_map(option->at(1))) good = false;
    else info = option->at(1);
  }
  // Bad options are as none: the error is what matters.
  if (!good || !options.is_nil()) info = Term();
  raise_from_caller(c, ExceptionClass::Error, c.arg(0));
  c.process.exception().args = c.arg(1);
  c.process.exception().cause = info;
  return NativeResult::Raise;
}

BIF(erlang, exit, 1) { return raise_from_caller(c, ExceptionClass::Exit, c.arg(0)); }
BIF(erlang, throw, 1) { return raise_from_caller(c, ExceptionClass::Throw, c.arg(0)); }
BIF(erlang, nif_error, 1) { return c.error(c.arg(0)); }
BIF(erlang, nif_error, 2) { return c.error(c.arg(0)); }

// Returns badarg, the atom, when class or stacktrace are none.
BIF(erlang, raise, 3) {
  ExceptionClass class_;
  if (!class_of_atom(c.arg(0), &class_)) return atom::badarg;
  size_t depth = 0;
  bool copy = false;
  Term rest = c.arg(2);
  for (; rest.is_cons(); rest = rest.as_cons()->tail, depth++) {
    bool complete;
    if (!is_stack_item(rest.as_cons()->head, &complete)) return atom::badarg;
    copy |= !complete;
  }
  if (!rest.is_nil()) return atom::badarg;
  Term trace = c.arg(2);
  size_t most = backtrace_depth.load(std::memory_order_relaxed);
  if (most == 0) most = 1;
  if (most > max_items) most = max_items;
  if (copy || depth > most) {
    size_t n = depth < most ? depth : most;
    HeapWriter w = c.heap().reserve(Words(n * (2 + 5)));
    Term items[max_items];
    Term from = trace;
    for (size_t i = 0; i < n; i++, from = from.as_cons()->tail) {
      Term head = from.as_cons()->head;
      bool complete;
      is_stack_item(head, &complete);
      auto item = head.as<Tuple>();
      if (complete) items[i] = head;
      else if (item->arity() == 3) items[i] = w.tuple(item->at(0), item->at(1), item->at(2), nil);
      else items[i] = w.tuple(item->at(0), item->at(1), nil);
    }
    trace = nil;
    for (size_t i = n; i-- > 0;) trace = w.cons(items[i], trace);
    c.heap().commit(w);
  }
  raise_from_caller(c, class_, c.arg(1));
  c.process.exception().trace = wrap_trace(c.process, class_, trace);
  return NativeResult::Raise;
}

}  // namespace joist
