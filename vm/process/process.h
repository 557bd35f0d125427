// Process: one Erlang process. Fields are grouped by who writes them.
#pragma once
#include <atomic>

#include "gc/collect.h"
#include "vm/code/export.h"
#include "vm/process/process_state.h"
#include "vm/process/signal.h"
#include "vm/sys/memory.h"

namespace joist {

struct Scheduler;      // vm/sched/scheduler.h
struct Relations;      // vm/process/relations.h
struct ReceiveTimer;   // vm/sched/timers.h
struct BifTimer;       // vm/sched/timers.cpp
class RunQueue;        // vm/sched/run_queue.h

enum class Priority : uint8_t { Max = 0, High = 1, Normal = 2, Low = 3 };
inline constexpr uint8_t not_raised = 4;  // Process::raised: worse than any priority

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

struct CallSaver;  // saved_calls.cpp

// What most processes never need: made when it is first written to and kept until the process ends. Only the thread that runs the process.
struct SeldomUsed {
  PendingException exception;                // terms are roots
  const NativeEntry* dirty_native = nullptr;  // that a dirty scheduler is to run
  Word dirty_result = 0;                      // how it ended (native_result.cpp); 0: not run
  Term error_handler = atom::error_handler;   // module
  uint64_t max_heap_size = 0;                 // words; 0 none
  CallSaver* call_saver = nullptr;            // while save_calls is not 0
  static const SeldomUsed none;
};
inline constexpr SeldomUsed SeldomUsed::none{};

// Why run_process() came back.
//   Yield      the slice is used up; run again
//   Wait       a receive or a native waits for a signal or wake_process()
//   Exited     process.exit_reason says why; nothing of it runs again
//   Dirty      seldom().dirty_native is to be called with x registers saved
//   Suspended  the Suspended bit is set (a native suspended its caller); run again once it is cleared
//   Hibernate  as Wait; the stack is gone
enum class RunOutcome : uint8_t { Yield, Wait, Exited, Dirty, Suspended, Hibernate };

struct Process final : RootProvider {
  // ---- machine state: only the thread that runs the process
  Heap heap;
  const Word* pc = nullptr;       // where to go on
  Term* x = nullptr;              // the running scheduler's x registers, while running
  SWord reductions = 0;           // left in this slice, while running
  Term* saved_x = inline_x;       // live x registers while not running (inline_x or allocated; see save_x)
  uint16_t saved_live = 0;
  uint16_t saved_capacity = inline_capacity;
  uint32_t catches = 0;           // active catch/try frames on the stack
  static constexpr uint16_t inline_capacity = 3;  // what spawn needs; who yields with more has got them allocated
  Term inline_x[inline_capacity];
  NativeState* native_state = nullptr;
  Scheduler* scheduler = nullptr; // running it, or the last that did
  uint64_t reductions_done = 0;   // total of the slices before this one, for process_info
  SWord slice = 0;                // reductions this slice began with

  // ---- owner's data: only the thread that runs the process; terms are roots
  Term group_leader;
  Term parent;                    // pid, or undefined
  Term initial_module, initial_function;
  uint32_t initial_arity = 0;
  Priority priority = Priority::Normal;
  bool trap_exit : 1 = false;
  bool off_heap_messages : 1 = false;
  bool max_heap_kill : 1 = true, max_heap_log : 1 = true;
  bool may_collect : 1 = false;   // signals are being handled at a point where terms may move (live: saved_x)
  bool sensitive : 1 = false;
  bool hibernating : 1 = false;
  bool exit_logged : 1 = false;
  bool rerun : 1 = false;         // pc's instruction goes on: a breakpoint there was passed when it began
  bool exception_frames : 1 = false;  // the stack has (had) frames that report exceptions (vm/trace)
  bool timed : 1 = false;         // its slices count for call_time (vm/trace)
  bool collecting_off : 1 = false;  // requests to collect wait (erts_debug:set_internal_state(gc_state, …))
  uint8_t exit_step = 0;          // progress of exiting (exit.cpp)
  uint16_t save_calls = 0;        // length of the saved-calls ring; 0 off
  uint16_t bound_scheduler = 0;   // the one it must run on; 0: any
  uint32_t suspend_count = 0;     // the Suspended bit is set while it is above 0
  Term exit_reason;               // the non-value while it lives
  Term* dictionary = nullptr;     // open-addressing table of pair tuples; see dictionary.h
  uint32_t dictionary_size = 0, dictionary_capacity = 0;
  MessageQueue messages;          // fetched messages (receive.h)
  Signal* deferred = nullptr;     // signals taken from `incoming`, not handled yet, oldest first
  Signal* deferred_last = nullptr;
  Term sequence_token = nil;
  Relations* relations = nullptr; // links, monitors, monitored-by, aliases; null while there are none
  ReceiveTimer* receive_timer = nullptr;   // while a receive … after waits
  void* ets = nullptr;            // vm/ets: tables owned and fixed
  void* trace = nullptr;          // vm/trace: flags and tracer

  // ---- shared: other threads read or write; see each
  std::atomic<uint32_t> state{0};           // process_state.h
  // Best Priority among processes that wait for an answer of this one, which it is queued with if that is better than its own:
  // else those of higher priority would wait for lower ones that they keep from running. Taken back when it handles its signals.
  std::atomic<uint8_t> raised{not_raised};
  uint8_t low_skips = 0;          // low priority: turns to let pass; run queue's lock
  uint8_t queued_priority = 0;    // Priority it was counted under; run queue's lock
  BifTimer* timers = nullptr;               // BIF timers aimed at this pid: vm/sched's lock for it
  SignalQueue incoming;                     // lock-free: anyone pushes, owner takes
  Term pid;                                 // constant
  std::atomic<Word> registered_name{0};     // raw atom or 0; registry lock writes
  Process* next_in_run_queue = nullptr;     // run queue's lock
  Process* previous_in_run_queue = nullptr; // run queue's lock
  std::atomic<RunQueue*> queue{nullptr};    // the one it is in; run queue's lock writes
  uint64_t spawn_time = 0;                  // constant: for a consistent processes()

  Process() = default;
  ~Process() { sys::destroy(seldom_, sys::Alloc::Process); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void visit_roots(RootVisitor& visitor) override;
  // To be written to: makes it.
  SeldomUsed& seldom() { return seldom_ ? *seldom_ : make_seldom(); }
  // To be read.
  const SeldomUsed& seldom_used() const { return seldom_ ? *seldom_ : SeldomUsed::none; }
  PendingException& exception() { return seldom().exception; }

  uint32_t load_state() const { return state.load(std::memory_order_seq_cst); }
  bool exiting() const { return (load_state() & (process_state::Exiting | process_state::Dead)) != 0; }
  // Total reductions so far; exact on the thread that runs it.
  uint64_t total_reductions() const { return reductions_done + uint64_t(slice - reductions); }

 private:
  SeldomUsed* seldom_ = nullptr;
  SeldomUsed& make_seldom();
};

// An idle process with its heap of 233 words must cost less than 0.9 times as much as OTP's, and this is a size that the allocator has.
static_assert(sizeof(Process) <= 512);

// Copies the live x registers into the process (when a slice ends) and back.
void save_x(Process& process, const Term* x, size_t live);
inline void load_x(Process& process, Term* x) {
  for (size_t i = 0; i < process.saved_live; i++) x[i] = process.saved_x[i];
}

inline Heap& NativeCall::heap() const { return process.heap; }
inline void NativeCall::charge(size_t n) const { process.reductions -= SWord(n); }
inline bool NativeCall::exhausted() const { return process.reductions <= 0; }
inline NativeState* NativeCall::raw_state() const { return process.native_state; }

}  // namespace joist
