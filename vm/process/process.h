// Process: one Erlang process. Fields are grouped by who writes them.
#pragma once
#include <atomic>

#include "gc/collect.h"
#include "vm/code/export.h"
#include "vm/process/signal.h"

namespace joist {

struct Scheduler;  // vm/sched/scheduler.h
struct LinkTree;   // vm/process/links.h

enum class Priority : uint8_t { Max = 0, High = 1, Normal = 2, Low = 3 };

enum class ExceptionClass : uint8_t { Error = 0, Exit = 1, Throw = 2 };

// An exception on its way. Terms are roots.
struct PendingException {
  ExceptionClass class_ = ExceptionClass::Error;
  Term reason;           // value of throw/exit, reason of error
  Term trace;            // built stacktrace list, or the non-value while only `raw_trace` exists
  Term args;             // of the failing native or error/2: list, else the non-value
  Term cause;            // error_info cause, else the non-value
  const NativeEntry* native = nullptr;  // failing native, when one failed
};

// Why run_process() came back.
enum class RunOutcome : uint8_t { Yield, Wait, Exited, Dirty, Suspended, Hibernate };

struct Process final : RootProvider {
  // ---- machine state: only the thread that runs the process
  Heap heap;
  const Word* pc = nullptr;       // where to go on
  Term* x = nullptr;              // the running scheduler's x registers, while running
  SWord reductions = 0;           // left in this slice, while running
  Term* saved_x = nullptr;        // live x registers while not running (inline_x or allocated)
  uint16_t saved_live = 0;
  uint16_t saved_capacity = 0;
  Term inline_x[6];
  uint32_t catches = 0;           // active catch/try frames on the stack
  uint8_t trap_arity = 0;
  Term trap_args[6];
  Export* trap_target = nullptr;
  PendingException exception;
  NativeState* native_state = nullptr;
  const NativeEntry* dirty_native = nullptr;
  Scheduler* scheduler = nullptr;
  uint64_t reductions_done = 0;   // total, for process_info
  uint64_t gc_minor_count = 0;

  // ---- owner's data: only the thread that runs the process; roots
  Term group_leader;
  Term parent;                    // pid, or undefined
  Term initial_module, initial_function;
  uint32_t initial_arity = 0;
  Term* dictionary = nullptr;     // open-addressing table of pair tuples; see dictionary.h
  uint32_t dictionary_size = 0, dictionary_capacity = 0;
  MessageQueue messages;          // fetched signals and messages (signal.h)
  Term sequence_token = nil;
  LinkTree* links = nullptr;      // links.h: links, monitors, monitored-by, aliases
  Priority priority = Priority::Normal;
  bool trap_exit = false;
  bool off_heap_messages = false;
  bool save_calls = false;
  uint32_t max_heap_size = 0;     // words; 0 none
  bool max_heap_kill = true, max_heap_log = true;
  Term label;                     // unused in 25

  // ---- shared: other threads read or write; see each
  std::atomic<uint64_t> state{0};           // ProcessState bits (process_state.h)
  SignalQueue incoming;                     // lock-free: anyone pushes, owner takes
  Term pid;                                 // constant
  std::atomic<Word> registered_name{0};     // raw atom or 0; registry lock writes
  Process* next_in_run_queue = nullptr;     // run queue's lock
  uint64_t spawn_time = 0;                  // for unique ordering of processes()

  void visit_roots(RootVisitor& visitor) override;
};

inline Heap& NativeCall::heap() const { return process.heap; }
inline void NativeCall::charge(size_t n) const { process.reductions -= SWord(n); }
inline bool NativeCall::exhausted() const { return process.reductions <= 0; }
inline NativeState* NativeCall::raw_state() const { return process.native_state; }

}  // namespace joist
