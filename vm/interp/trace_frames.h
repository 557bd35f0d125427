// What tracing (vm/trace) needs inside the machine: hooks where calls, returns and exceptions happen, and the frames it puts on stacks.
//
// Such a frame lies above the return address of a traced call, so that whatever the function returns to, or unwinds, is seen:
//
//   return_trace      [code][function][tracer]   the function returned; with exception_trace's code also: an exception left it
//   return_to_trace   [code]                     control is back in the function that the next return address is of
//   return_time       [code][previous][…]        two words of vm/trace's: what time goes on to be counted for
//
// `code` is a return address of one instruction. function is an Export as small integer, tracer a term.
#pragma once
#include "vm/code/breakpoints.h"
#include "vm/interp/own_code.h"
#include "vm/process/process.h"

namespace joist {

// All run after SPILL, on the thread that runs the process; they may allocate on its heap.
struct CallHooks {
  // A breakpoint was reached: process.x has the arguments. May push frames and collect. False: the debugger is to be called instead.
  bool (*called)(Process& process, const Breakpoint& breakpoint, const BreakpointSettings& settings) = nullptr;
  // A frame of `function` was returned through, with x[0], or unwound by process.exception().
  void (*returned)(Process& process, const Export& function, Term tracer) = nullptr;
  void (*failed)(Process& process, const Export& function, Term tracer) = nullptr;
  void (*returned_to)(Process& process, const Word* return_address) = nullptr;
  void (*time_returned)(Process& process, const Term previous[2]) = nullptr;
  // A slice of a process with the `timed` bit begins, ends.
  void (*time_slice)(Process& process, bool begins) = nullptr;
};
extern CallHooks call_hooks;

// Words of the frame that begins with this return address; 0 when it is a call's.
inline size_t trace_frame_words(const Word* return_address) {
  if (!is_own_code(return_address)) [[likely]] return 0;
  if (return_address == own_code(OwnCode::ReturnTo)) return 1;
  return return_address <= own_code(OwnCode::ReturnTime) ? 3 : 0;
}
// The next return address of a call behind the trace frames at `stack`, which begins with a return address. *returns_to: one of them
// was a return_to_trace.
const Word* caller_behind_frames(const Word* stack, bool* returns_to);

// Pushes a frame (its words in memory order); room was made.
void push_trace_frame(Process& process, std::initializer_list<Word> words);
inline Term function_in_frame(const Export& function) { return Term::small(SWord(reinterpret_cast<Word>(&function) >> 3)); }
inline const Export& function_of_frame(Term t) { return *reinterpret_cast<const Export*>(Word(t.small_value()) << 3); }

}  // namespace joist
