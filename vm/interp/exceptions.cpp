// Exceptions: how they are described and how the stack is unwound to the newest catch.
//
// A catch or try leaves a catch word in its y slot: an immediate whose payload is the handler's code address / 8. Process::catches counts
// them, so an uncaught throw is known without a walk. The stack is walked from the top; return addresses are the words with tag 000.
#include "vm/interp/exceptions.h"

#include "vm/interp/apply.h"
#include "vm/interp/trace_frames.h"

namespace joist {

Term class_atom(ExceptionClass class_) {
  switch (class_) {
    case ExceptionClass::Error: return atom::error;
    case ExceptionClass::Exit: return atom::exit;
    default: return atom::throw_;
  }
}
bool class_of_atom(Term a, ExceptionClass* class_) {
  for (auto c : {ExceptionClass::Error, ExceptionClass::Exit, ExceptionClass::Throw}) {
    if (!a.same(class_atom(c))) continue;
    *class_ = c;
    return true;
  }
  return false;
}

void set_error(Process& process, Term reason) {
  process.exception() = {};
  process.exception().reason = reason;
}

// The row of erlang:function. apply/2 and apply/3 are instructions and have none in bifs.def.
static const NativeEntry* native_named(Term function, size_t arity) {
  if (!function.same(atom::apply)) return find_native(atom::erlang, function, arity);
  static const NativeEntry apply2{"erlang", "apply", 2, NativeKind::Plain, nullptr, atom::erlang, atom::apply, get_export(atom::erlang, atom::apply, 2)};
  static const NativeEntry apply3{"erlang", "apply", 3, NativeKind::Plain, nullptr, atom::erlang, atom::apply, get_export(atom::erlang, atom::apply, 3)};
  return arity == 2 ? &apply2 : &apply3;
}

void set_native_error(Process& process, Term reason, Term function, std::initializer_list<Term> args) {
  set_error(process, reason);
  process.exception().native = native_named(function, args.size());
  // Handlers call this before SPILL, so the heap is not theirs to use: a fragment is.
  HeapFragment* fragment = HeapFragment::create(Words(2 * args.size() + 1));
  HeapWriter w(fragment->data, fragment->data + fragment->capacity, &fragment->off_heap);
  Term list = nil;
  for (size_t i = args.size(); i-- > 0;) list = w.cons(args.begin()[i], list);
  fragment->used = uint32_t(w.at() - fragment->data);
  process.heap.adopt(fragment);
  process.exception().args = list;
}

void set_undefined(Process& process, Term module, Term function, Term args) {
  set_error(process, atom::undef);
  process.exception().args = args;
  process.exception().cause = process.heap.reserve(Words(3)).tuple(module, function);  // the first frame's name
}

void set_function_clause(Process& process) {
  auto& info = operands<ins::func_info>(process.pc);
  Term args = make_argument_list(process, info.arity.value);
  set_error(process, atom::function_clause);
  process.exception().args = args;
}

void set_native_failure(Process& process, const NativeEntry& native, NativeResult::Signal signal, const Term* args) {
  if (signal != NativeResult::Raise) {
    Term reason;
    switch (signal) {
      case NativeResult::Badarg: reason = atom::badarg; break;
      case NativeResult::Badarith: reason = atom::badarith; break;
      case NativeResult::SystemLimit: reason = atom::system_limit; break;
      case NativeResult::Notsup: reason = atom::notsup; break;
      default: reason = atom::undef;
    }
    set_error(process, reason);
    process.exception().native = &native;
  }
  if (process.exception().native && process.exception().args.is_non_value()) {
    HeapWriter w = process.heap.reserve(Words(2 * native.arity));
    Term list = nil;
    for (size_t i = native.arity; i-- > 0;) list = w.cons(args[i], list);
    process.exception().args = list;
  }
}

const Word* unwind(Process& process) {
  PendingException& e = process.exception();
  if (e.trace.is_non_value()) e.trace = capture_trace(process);
  if (e.class_ == ExceptionClass::Throw && process.catches == 0) {
    e.class_ = ExceptionClass::Error;
    e.reason = process.heap.reserve(Words(3)).tuple(atom::nocatch, e.reason);
  }
  // As in OTP, meta tracing of a process that is not traced itself does not see what nobody catches.
  if (process.catches == 0 && !(process.exception_frames && process.trace)) return nullptr;
  Word* frame = process.heap.stack;
  bool returns_to = false;              // the newest return address was a return_to_trace
  const Word* returned_to = nullptr;    // the newest one, when such a frame was in front of it
  for (Word* p = frame; p < process.heap.end; p++) {
    Term word = Term::from_raw(*p);
    if (word.tag() == Tag::Header) {
      auto* address = reinterpret_cast<const Word*>(*p);
      size_t trace_words = trace_frame_words(address);
      if (trace_words == 0) {
        returned_to = returns_to ? address : nullptr;
        returns_to = false;
      } else {
        if (address == own_code(OwnCode::ExceptionTrace)) call_hooks.failed(process, function_of_frame(Term::from_raw(p[1])), Term::from_raw(p[2]));
        if (address == own_code(OwnCode::ReturnTo)) returns_to = true;
        p += trace_words - 1;
      }
      frame = p + 1;
    } else if (word.is_immediate_kind(Immediate::Catch) && process.catches) {
      process.heap.stack = frame;
      if (returned_to) call_hooks.returned_to(process, returned_to);
      *p = nil.raw();
      process.x[0] = Term();
      process.x[1] = e.reason;
      process.x[2] = e.trace;
      process.x[3] = class_atom(e.class_);
      e = {};
      return reinterpret_cast<const Word*>(word.immediate_payload() << 3);
    }
  }
  if (process.catches == 0) return nullptr;
  PANIC("a process with %u active catches has none on its stack", process.catches);
}

}  // namespace joist
