// Who traces whom, with which flags; and telling the tracer.
//
// A traced process owns a trace::State, which its `trace` field points to; only the thread that runs it reads or changes it. Others
// change it by a signal (set_trace.h). A process that nobody traces has none, so that every place where something could be told
// costs it a load and a branch.
//
// A tracer is a local process, a local port, or a module with NIFs and its state. All that one tracee is told of goes to its tracer's queue from
// the one thread that runs the tracee, so it stays in order. When the tracer has gone, the tracee's next event ends its tracing. A
// tracer is told nothing of itself.
#pragma once
#include <memory>

#include "vm/process/process.h"
#include "vm/process/timestamp.h"
#include "vm/trace/call_time.h"

namespace joist::trace {

// OTP's trace flags; the order is that of trace_info(_, flags), last one first.
enum Flag : uint32_t {
  flag_timestamp = 1u << 0,
  flag_strict_monotonic_timestamp = 1u << 1,
  flag_monotonic_timestamp = 1u << 2,
  flag_send = 1u << 3,
  flag_receive = 1u << 4,
  flag_set_on_spawn = 1u << 5,
  flag_call = 1u << 6,
  flag_procs = 1u << 7,
  flag_set_on_first_spawn = 1u << 8,
  flag_set_on_link = 1u << 9,
  flag_set_on_first_link = 1u << 10,
  flag_running = 1u << 11,
  flag_exiting = 1u << 12,
  flag_garbage_collection = 1u << 13,
  flag_arity = 1u << 14,
  flag_return_to = 1u << 15,
  flag_silent = 1u << 16,
  flag_scheduler_id = 1u << 17,
  flag_ports = 1u << 18,
  flag_running_ports = 1u << 19,
  flag_running_procs = 1u << 20,
};
inline constexpr uint32_t flag_count = 21;
inline constexpr uint32_t all_flags = (1u << flag_count) - 1;
inline constexpr uint32_t timestamp_flags = flag_timestamp | flag_strict_monotonic_timestamp | flag_monotonic_timestamp;
// Those that change what is told rather than add to it, or mean the same for processes and ports.
inline constexpr uint32_t shared_flags = flag_silent | timestamp_flags | flag_scheduler_id | flag_receive | flag_send;
inline constexpr uint32_t port_flags = shared_flags | flag_ports | flag_running_ports;
inline constexpr uint32_t process_flags = (all_flags & ~port_flags) | shared_flags;
// What calls of functions traced for every process (meta) are told with.
inline constexpr uint32_t meta_flags = flag_call | flag_timestamp;

// The flag of an atom; `all` is all of them; 0 when it is none. Those given as tuples (tracer) are none.
uint32_t flag_of(Term atom);
// The list of atoms, in OTP's order. At most 2 * flag_count words.
Term flag_list(HeapWriter& w, uint32_t flags);

// Timestamps of `flags`; cpu_timestamp is one setting for all.
inline std::atomic<bool> cpu_timestamps{false};
Timestamp timestamp_of(uint32_t flags);

// A value; copies of {Module, State} share it.
class Tracer {
 public:
  Tracer() = default;
  explicit Tracer(Term local_pid_or_port) : target_(local_pid_or_port) {}

  // A local pid or port, or {Module, State} of a module with a tracer's NIFs. False: neither. It may be gone already.
  static bool of(Term t, Tracer* out);
  // The same, as {Tag, PidOrPort} or {Tag, Module, State}.
  static bool parse(Term tag, Term t, Tracer* out);

  bool none() const { return !target_.is_value() && !module_; }
  bool same(const Tracer& other) const;
  // False when the process or port has gone, or the module says `remove` of this tracee.
  bool alive(Term tracee = atom::undefined) const;
  // Calls are told only to whom wants this one of this tracee: asked before a match specification is run.
  bool wants_call(Term tracee) const;
  // The local pid or port; the non-value for a module and for none.
  Term target() const { return target_; }
  // pid, port or {Module, State}; nil for none. Takes at most words().
  size_t words() const;
  Term term(HeapWriter& w) const;
  Term term(Heap& heap) const;

 private:
  friend bool deliver(const Tracer& tracer, uint32_t flags, Term tracee, const struct Event& event);
  friend void deliver_sequence(const Tracer& tracer, uint32_t flags, const Process& about, Term label, Term message);
  Term target_;
  std::shared_ptr<const struct TracerModule> module_;
};

// What is told to Module:trace(Tag, State, Tracee, Message, Options).
struct ModuleEvent {
  Term tag, state, tracee, message;
  Term extra;                 // the non-value: none
  Term result = atom::true_;
  int64_t scheduler = -1;     // number; -1: not asked for
  Timestamp timestamp = Timestamp::None;
  Process* self = nullptr;    // in whose name the NIF is called: the tracee, where it is the running process that is told of
};
// How a tracer's NIFs are called; set once at start (bifs/trace). `topic` (null: none) goes before the general ones: enabled_Topic,
// trace_Topic.
struct ModuleTracing {
  bool (*exists)(Term module) = nullptr;
  // Module:enabled(Tag, State, Tracee): trace, discard or remove.
  Term (*enabled)(Term module, const char* topic, Term tag, Term state, Term tracee) = nullptr;
  void (*trace)(Term module, const char* topic, const ModuleEvent& event) = nullptr;
};
inline ModuleTracing module_tracing;

// What vm/trace needs of ports, which stand beside it; set once at start (bifs/trace).
struct PortTracing {
  bool (*alive)(Term port) = nullptr;
  // The message goes to the port's driver in external format.
  void (*tell)(Term port, Term message) = nullptr;
};
inline PortTracing port_tracing;

struct State {
  uint32_t flags = 0;
  Tracer tracer;
  CallClock clock;
  SWord sequence_serial = 0, sequence_last = 0;  // sequence.h; they outlive tracing
};

inline State* state_of(const Process& p) { return static_cast<State*>(p.trace); }
inline uint32_t flags_of(const Process& p) { return p.trace ? state_of(p)->flags : 0; }
// Is this process traced with any of `flags`? Ends its tracing when the tracer is gone.
bool traced(Process& p, uint32_t flags);
// Calls: the flags (with flag_call among them), or 0. `silent`, `arity` and `return_to` are the caller's to heed.
inline uint32_t call_flags(Process& p) {
  return p.trace && traced(p, flag_call) ? state_of(p)->flags : 0;
}

// {trace, Tracee, Tag, Message[, Extra][, Result][, Scheduler]} or {trace_ts, …, Timestamp}
struct Event {
  Term tag;
  Term message;
  Term extra;                 // the non-value: none
  Term result = atom::true_;  // of a match specification; true is not told
};
// To the process's own tracer, with its flags: nothing when it is not traced. Terms are copied.
void deliver(Process& tracee, const Event& event);
// The same with another tracer and flags (meta tracing, ports). False: the tracer is gone.
bool deliver(const Tracer& tracer, uint32_t flags, Term tracee, const Event& event);
// {seq_trace, Label, Message[, Timestamp]}
void deliver_sequence(const Tracer& tracer, uint32_t flags, const Process& about, Term label, Term message);

// A change of flags. A tracer that is none leaves the one there is.
struct Change {
  uint32_t set = 0, clear = 0;
  Tracer tracer = {};
  bool replaces = false;  // another tracer gives way
};
// Of a process or port (`slot` is its `trace` field), on the thread that runs it. False: another tracer, which is there still, traces
// it already.
bool change(void*& slot, const Change& change);
// Ends it.
void stop(void*& slot);
// Frees the state.
void forget(void*& slot);

}  // namespace joist::trace
