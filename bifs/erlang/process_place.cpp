// Where a process is: current_function, current_location, current_stacktrace, backtrace.
#include "bifs/erlang/process_place.h"

#include <string>

#include "bifs/erlang/process_text.h"
#include "vm/code/breakpoints.h"
#include "vm/code/module.h"
#include "vm/code/ops.h"
#include "vm/code/ops.h"
#include "vm/interp/exceptions.h"
#include "vm/interp/native_result.h"
#include "vm/port/port.h"
#include "vm/process/hooks.h"
#include "vm/term/bits.h"
#include "vm/trace/match_actions.h"

namespace joist {

namespace {

Term location_list(Heap& heap, const CodeLocation& where) {
  if (!where.line || !where.file.is_value()) return nil;
  HeapWriter w = heap.reserve(Words(3 + 2 + 3 + 2));
  Term line = w.tuple(atom::line, Term::small(where.line));
  Term file = w.tuple(atom::file, where.file);
  return w.cons(file, w.cons(line, nil));
}

// process_info of the caller itself is not where that is, though a breakpoint may have brought it into the native's own code.
bool asks_for_itself(const Process& p) {
  if (instruction_word(p.pc) != handler_word(Op::native_body)) return false;
  const NativeEntry& native = *reinterpret_cast<const ins::native_body*>(p.pc)->native.p;
  static const Term process_info = make_atom("process_info");
  return native.function.same(process_info) && native.module.same(atom::erlang);
}

// The frames of a process, innermost first: the function it is in, then its callers.
size_t frames(Process& p, const Word** at, size_t limit) {
  size_t n = 0;
  if (find_code(p.pc) && !asks_for_itself(p)) at[n++] = p.pc;
  return n + collect_return_addresses(p.heap.stack, p.heap.end, at + n, limit - n);
}

// `!` to a busy port.
bool waits_in_send(Process& p) { return waits_for_port(p.pid) && find_code(p.pc) && op_of_handler(instruction_word(p.pc)) == Op::send; }

Term function_term(Heap& heap, Term item, Term module, Term function, size_t arity, Term location) {
  Term number = Term::small(SWord(arity));
  if (item.same(atom::current_function)) return heap.reserve(Words(4)).tuple(module, function, number);
  return heap.reserve(Words(5)).tuple(module, function, number, location);
}

Term place(Process& p, Heap& heap, Term item) {
  if (item.same(atom::backtrace)) {
    std::string text;
    append_backtrace(p, &text);
    return bits::from_text(heap, text);
  }
  constexpr size_t most = 1024;
  const Word* at[most];
  size_t depth = item.same(atom::current_stacktrace) ? backtrace_depth.load(std::memory_order_relaxed)
                                                     : 4;
  if (depth > most) depth = most;
  size_t n = frames(p, at, depth);
  // One that it is in the middle of has no code of its own, but is where it is.
  const NativeEntry* native = native_under_way(p);
  if (item.same(atom::current_stacktrace)) {
    Term list = nil;
    for (size_t i = n; i-- > 0;) {
      CodeLocation where = locate(at[i]);
      if (!where.function) continue;
      Term location = location_list(heap, where);
      HeapWriter w = heap.reserve(Words(5 + 2));
      Term frame = w.tuple(where.instance->module, where.function->function, Term::small(where.function->arity), location);
      list = w.cons(frame, list);
    }
    if (!native) return list;
    HeapWriter w = heap.reserve(Words(5 + 2));
    return w.cons(w.tuple(native->module, native->function, Term::small(native->arity), nil), list);
  }
  if (native) {
    Term arity = Term::small(native->arity);
    if (item.same(atom::current_function)) return heap.reserve(Words(4)).tuple(native->module, native->function, arity);
    return heap.reserve(Words(5)).tuple(native->module, native->function, arity, nil);
  }
  if (waits_in_send(p)) return function_term(heap, item, atom::erlang, make_atom("send"), 2, nil);
  for (size_t i = 0; i < n; i++) {
    CodeLocation where = locate(at[i]);
    if (!where.function) continue;
    Term location = item.same(atom::current_function) ? nil : location_list(heap, where);
    return function_term(heap, item, where.instance->module, where.function->function, where.function->arity, location);
  }
  // Not in code of any module: hibernating, or about to apply its initial call.
  if (p.hibernating) return function_term(heap, item, atom::erlang, atom::hibernate, 3, nil);
  return function_term(heap, item, p.initial_module, p.initial_function, p.initial_arity, nil);
}

}  // namespace

void init_process_place() {
  process_hooks.current_place = place;
  trace::process_dump = [](Process& p) {
    std::string text;
    append_process(p, ProcessDetail::Terms, &text);
    return bits::from_text(p.heap, text);
  };
}

}  // namespace joist
