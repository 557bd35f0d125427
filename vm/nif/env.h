// Environments: where the terms of native code live, and in whose name it acts.
//
// The environment of a running NIF or callback writes to its process's heap (a dirty one to the shadow's, vm/interp/dirty_call.cpp).
// Terms do not move meanwhile, so they need no handles; what a NIF only borrows (bytes of binaries, elements of tuples) is good until it
// returns. One that is independent of processes has a heap of fragments of its own.
#pragma once
#include "vm/nif/abi.h"
#include "vm/process/process.h"

namespace joist::nif {

struct Library;
struct OpenedType;

struct Env {
  Heap* heap;
  Process* process;              // in whose name; null: none
  Library* library;              // whose code is running; null: an independent environment
  OpenedType* opened = nullptr;  // load and upgrade only: the resource types opened so far
  bool may_open_types = false;   // load and upgrade
  bool raised = false;
  Term reason;                   // of what was raised
  int scheduled = -1;            // enif_schedule_nif was called with these JobFlags: process->native_state is the call

  explicit Env(Heap* to, Process* of = nullptr, Library* code = nullptr) : heap(to), process(of), library(code) {}
  // What stands for an exception, which is raised when the NIF returns.
  Term raise(Term why) {
    raised = true;
    reason = why;
    return Term();
  }
};

// With a heap of its own: independent of processes, or of a callback that is not called in the name of one.
struct OwnEnv : Env {
  Heap own;
  explicit OwnEnv(Library* of = nullptr) : Env(&own, nullptr, of) {}
  ~OwnEnv() { clear(); }
  void clear();
};

// Copies a term to an environment, literals included: what an environment holds may outlive them.
Term copy_to(Env& env, Term t);

// The atom of a Latin-1 text, or the non-value when there is none.
Term find_latin1_atom(const char* text, size_t length);

// The process of a local pid, or null when it is gone or exiting. The caller is in a QuiescentSection.
Process* process_of(Term pid);

}  // namespace joist::nif
