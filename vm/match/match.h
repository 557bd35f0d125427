// Match specifications: compiled once to a small stack program, run by ETS on objects and by tracing on argument lists.
//
// A specification is [{Head, Guards, Body}]; the syntax is that of "Match Specifications in Erlang" (ERTS user's guide). The
// program of a clause first takes the subject apart (no allocation), then evaluates guards, then the body. Running never moves
// terms: results are written through Heap::reserve.
#pragma once
#include <string>
#include <vector>

#include "gc/heap.h"
#include "vm/term/atom.h"
#include "vm/term/magic.h"

namespace joist {
struct Process;
}

namespace joist::match {

enum class Dialect : uint8_t { Table, Trace };

struct Instruction {
  uint16_t op;  // code.h
  uint16_t a;
  uint32_t b;
};

struct Clause {
  uint32_t start;      // of head and guards
  uint32_t variables;  // slots
};

// Compiled specification; terms refer to it (ets:match_spec_compile/1). Immutable, so any thread may run it.
struct Program final : MagicObject {
  static const char type_tag;
  Dialect dialect;
  Instruction* code = nullptr;
  uint32_t code_size = 0;
  Clause* clauses = nullptr;
  uint32_t clause_count = 0;
  uint32_t stack_need = 0;
  uint32_t variable_need = 0;
  HeapFragment* terms = nullptr;  // owns constants, heads
  Term* constants = nullptr;
  uint32_t constant_count = 0;
  Term* heads = nullptr;          // pattern of each clause (for key lookups by ETS)
  Term source;                    // the whole specification
  bool changes_trace = false;     // body has return_trace or exception_trace
  ~Program() override;
};

struct Message {
  bool warning;
  std::string text;
};
struct CompileOptions {
  Dialect dialect = Dialect::Table;
  bool call_trace = false;        // return_trace and friends mean something
  bool allow_trace_ops = true;    // enable_trace, disable_trace, trace, silent
  bool test = false;              // match_spec_test: effects are only pretended
};
// One reference; null when malformed. messages (may be null) collects all errors. Constants are copied into the program.
Program* compile(Heap& scratch, Term specification, const CompileOptions& options, std::vector<Message>* messages);

// What trace bodies do; implemented by tracing. Each returns the form's value, or the non-value for a failure.
struct Actions {
  bool return_trace = false, exception_trace = false;
  Term message;  // last {message, _}: the non-value when none
  enum class Kind : uint8_t {
    ReturnTrace, ExceptionTrace, Message, Display, ProcessDump, EnableTrace, DisableTrace, Trace, Caller, CallerLine, Silent,
    IsSeqTrace, SetSeqToken, GetSeqToken, SetTcw, GetTcw,
  };
  // args[0] is the form's first argument.
  virtual Term perform(Kind kind, Process& process, const Term* args, size_t count) = 0;

 protected:
  ~Actions() = default;
};

struct Run {
  Process& process;
  Heap& heap;                 // results
  // Table: the object (not on `heap`; what goes into the result is copied when `copy`).
  Term subject;
  bool copy = true;
  // Trace: the arguments.
  const Term* arguments = nullptr;
  size_t argument_count = 0;
  Actions* actions = nullptr;
  size_t steps = 0;           // instructions executed, for reductions
};
// Table: the body's value; Trace: true, or the message. The non-value when no clause matches.
Term run(const Program& program, Run& run);

// N of '$N', else -1.
int64_t variable_number(Term t);
// True when a pattern holds '_' or a variable; iterative.
bool has_variable(Term pattern);
// Order of a pattern and a term as far as the pattern is bound from the left: 0 when they agree up to the first variable. The terms
// for which it is 0 lie next to each other in the order of terms. Iterative.
int compare_prefix(Term pattern, Term term);
inline bool is_wildcard(Term t) { return t.same(atom::underscore); }

}  // namespace joist::match
