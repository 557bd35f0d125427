// The process table: pid → Process, no lock to look up.
//
// Slots are handed out in ascending order, each freed slot at the end of the line, and a pid's number rises by the table's size
// at every reuse, as in OTP: pids stay unique for as long as possible.
#pragma once
#include "vm/process/process.h"

namespace joist {

// Once, before the first process. limit: +P; rounded up to a power of two, 1024 at least, 2^27 at most.
void init_process_table(size_t limit);
size_t process_limit();
size_t process_count();

// The process of a local pid, or null when it is gone (an exiting one is gone from the moment its exit began). The pointer
// is good until the caller's next quiescent point (vm/sched/quiescence.h).
Process* find_process(Term pid);
// Gives process.pid a fresh value without publishing. False when the table is full.
bool reserve_pid(Process& process);
void publish_process(Process& process);
void remove_process(Process& process);  // frees the slot

// Calls f(Process&, arg) for every process in the table, in slot order. Caller is inside its quiescence section.
void for_each_process(void (*f)(Process&, void* arg), void* arg);
// The slots as a resumable walk: the next process at or after *slot, or null at the end; *slot moves behind it.
Process* next_process(size_t* slot);

}  // namespace joist
