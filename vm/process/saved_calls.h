// The calls that a process saves for process_info(Pid, last_calls), after process_flag(save_calls, Length).
//
// It costs nothing where it is off. A process that saves its calls runs with no reductions left, so that each call takes the machine's
// way for the end of a slice; there the call is noted, and the process goes on while its true slice lasts, which is hidden here
// meanwhile. Natives that are called by an instruction of their own charge nothing before: all are watched, as if each had a
// breakpoint, while any process saves calls. Few do: what they save lies in SeldomUsed, and Process::save_calls says whether there is
// something. All of it is for the thread that runs the process.
#pragma once
#include <vector>

#include "vm/process/process.h"

namespace joist {

struct SavedCall {
  Term module;    // an event: its name, the others unset
  Term function;
  uint32_t arity = 0;
};

// Begins anew with room for `length` calls; 0 ends it.
void set_save_calls(Process& process, uint16_t length);
// Of a process that saves: forgets the oldest for it when there is no room.
void save_call(Process& process, const SavedCall& call);
// Oldest first.
std::vector<SavedCall> saved_calls(const Process& process);

// Of a process that saves. What is left of the slice, to be used by something that looks at it; and hidden again.
void show_slice(Process& process);
void hide_slice(Process& process);
// Charges what was used beyond the reductions. False: the slice is over.
bool slice_goes_on(Process& process);

}  // namespace joist
