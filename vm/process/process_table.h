// The process table: pid → Process, no lock to look up.
//
// Slots are handed out in ascending order, each freed slot at the end of the line, and a pid's number rises by the table's size
// at every reuse, as in OTP: pids stay unique for as long as possible.
#pragma once
#include <vector>

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

// The processes that there were at the moment of construction: none is missing that was there all the time, and when one is missing
// because it had ended, all that it had spawned are there. Collected in steps; others go on spawning and exiting meanwhile.
class ProcessSnapshot {
 public:
  ProcessSnapshot();
  ~ProcessSnapshot();
  ProcessSnapshot(const ProcessSnapshot&) = delete;
  ProcessSnapshot& operator=(const ProcessSnapshot&) = delete;
  // Looks at that many slots more. True at the end: then `pids` is complete. Caller is inside its quiescence section.
  bool collect(size_t slots);
  std::vector<Term> pids;

 private:
  friend void remove_process(Process& process);
  void close();
  std::vector<Term> removed_;  // the snapshots' lock: left the table since
  uint64_t moment_ = 0;        // spawn_time of the first process that is too young
  size_t slot_ = 0;
  bool open_ = true;
  ProcessSnapshot* next_ = nullptr;  // the snapshots' lock
};

// For tests. The value that the next process's pid gets (its number and serial as one counter), and setting it: to `data`, or the next value
// whose slot is free. Nobody spawns or exits meanwhile.
Word next_pid_data();
Word set_next_pid_data(Word data);

// Calls f(Process&, arg) for every process in the table, in slot order. Caller is inside its quiescence section.
void for_each_process(void (*f)(Process&, void* arg), void* arg);

}  // namespace joist
