// Native functions (BIFs and the built-in NIFs): how they are declared, called and how they fail.
//
// bifs/bifs.def is the one list. A native is a plain C++ function of a NativeCall. Its result is a term, or says one of:
//   badarg() and friends   raise an error with the native's own frame (args, error_info) on top of the stacktrace
//   c.error/exit/throw_    raise with any reason
//   c.again()              the slice is used up: run this same call again later. Progress is kept in a NativeState on the
//                          process, whose terms are roots. This is the one scheme for long natives.
//   c.wait()               as again(), but not before the process was woken (a signal, a timer, a ready port)
//   c.trap(export, args…)  go on by calling this Erlang function instead
// Natives allocate with c.heap().reserve(), which never moves terms, so they may keep Terms in locals. Only Heavy ones may
// collect (c.collect), and then only what is in c.args and the NativeState survives.
#pragma once
#include <atomic>

#include "gc/heap.h"
#include "gc/roots.h"
#include "vm/base/tunables.h"
#include "vm/term/atom.h"

namespace joist {

struct Process;
struct Export;
struct NativeEntry;

enum class NativeKind : uint8_t {
  Plain,     // short; no collection, no yield
  Guard,     // Plain, and callable from guards and `bif`/`gc_bif` instructions, where failing jumps
  Heavy,     // may collect (takes Roots): c.args are the only live terms
  Yielding,  // may return again() or wait()
  Long,      // Plain, but says elsewhere() for arguments so large that it would hold up its scheduler, or to go on as another entry
  LongIo,    // Long, but what it says elsewhere() for runs on the dirty I/O pool
  DirtyCpu,  // runs on the dirty CPU pool
  DirtyIo,   // runs on the dirty I/O pool
  Missing,   // not there: raises undef
  Instruction,  // no function: the loader makes an instruction of it
  Watched,   // as a NativeEntry::gate only
};
inline bool has_function(NativeKind kind) { return kind != NativeKind::Missing && kind != NativeKind::Instruction; }
inline bool begins_here(NativeKind kind) { return kind == NativeKind::Long || kind == NativeKind::LongIo; }
inline bool wants_io_pool(NativeKind kind) { return kind == NativeKind::LongIo || kind == NativeKind::DirtyIo; }

class NativeResult {
 public:
  enum Signal : Word { Raise = 1 << 3, Again = 2 << 3, Wait = 3 << 3, Trap = 4 << 3, Badarg = 5 << 3, Badarith = 6 << 3,
                       SystemLimit = 7 << 3, Exited = 8 << 3, Undef = 9 << 3, Notsup = 10 << 3, Elsewhere = 11 << 3 };
  NativeResult(Term t) : bits_(t.raw()) {}
  NativeResult(Signal s) : bits_(s) {}
  bool is_term() const { return !is_header(bits_); }
  Term term() const { return Term::from_raw(bits_); }
  Signal signal() const { return Signal(bits_); }

 private:
  static bool is_header(Word w) { return (w & 7) == 0; }
  Word bits_;
};
inline NativeResult badarg() { return NativeResult::Badarg; }
inline NativeResult badarith() { return NativeResult::Badarith; }
inline NativeResult system_limit() { return NativeResult::SystemLimit; }

// Progress of a long native between its runs; owned by the process, destroyed with it or when the native ends.
struct NativeState {
  const NativeEntry* owner = nullptr;  // of a call that said elsewhere(): what it goes on as
  virtual ~NativeState() = default;
  virtual void visit_roots(RootVisitor& visitor) {}
};

struct NativeCall {
  Process& process;
  Term* args;
  const NativeEntry* entry;
  bool beside = false;  // on a dirty scheduler: process is a shadow of the caller's (vm/interp/dirty_call.cpp)

  Term arg(size_t i) const { return args[i]; }
  Heap& heap() const;
  // Costs `n` reductions.
  void charge(size_t n) const;
  // True when the slice is used up and a long native should return again().
  bool exhausted() const;

  NativeResult again() const { return NativeResult::Again; }
  NativeResult wait() const { return NativeResult::Wait; }
  // Long natives only: true when so much work (terms to read or to build, or their like) is too much for a slice. They then return
  // elsewhere() before they have changed anything: the same call is run from its start on a dirty pool. With a state, the call goes
  // on as the state's owner.
  bool too_long(size_t work) const { return work > long_native_work && !beside; }
  NativeResult elsewhere() const { return NativeResult::Elsewhere; }
  // Keeps progress: c.state<MyState>() is null on the first run.
  template <class S>
  S* state() const { return static_cast<S*>(raw_state()); }
  void set_state(NativeState* state) const;  // takes ownership; null ends it (done when the native returns a term or raises, too)
  NativeState* raw_state() const;

  // Error with the native's frame on top. `cause` becomes error_info's cause (an atom that erl_erts_errors & co. know).
  NativeResult error(Term reason, Term cause = Term()) const;
  NativeResult badarg(Term cause) const { return error(atom::badarg, cause); }
  NativeResult exit(Term reason) const;
  NativeResult throw_(Term value) const;
  // Calls export with these arguments instead (at most max_trap_arguments). Takes the place of the state.
  static constexpr size_t max_trap_arguments = 6;
  NativeResult trap_list(Export* target, const Term* trap_args, size_t count) const;
  template <class... T>
  NativeResult trap(Export* target, T... trap_args) const {
    Term list[] = {trap_args...};
    return trap_list(target, list, sizeof...(T));
  }
  // Heavy only: collects so that `need` words are free in the block; args are the live roots.
  void collect(Words need) const;
};

using NativeFn = NativeResult (*)(NativeCall& c);

// One row of bifs.def.
struct NativeEntry {
  const char* module_text;
  const char* function_text;
  uint8_t arity;
  NativeKind kind;
  NativeFn fn;        // null when Missing
  Term module, function;
  Export* export_;
  // What a call instruction looks at: the kind, or Watched when it must go by way of the export because a breakpoint is there.
  std::atomic<NativeKind> gate{};
};

// The table; atoms and exports are filled in by init_natives().
extern NativeEntry native_table[];
extern const size_t native_count;
// Null when there is no such native.
const NativeEntry* find_native(Term module, Term function, size_t arity);

}  // namespace joist
