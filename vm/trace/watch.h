// Functions whose calls are watched: what erlang:trace_pattern/3 sets at breakpoints (vm/code/breakpoints.h).
#pragma once
#include "vm/code/breakpoints.h"
#include "vm/trace/call_time.h"
#include "vm/trace/spec.h"

namespace joist::trace {

// The tracer of meta tracing, one for all functions that were set together.
struct MetaTracer {
  Tracer tracer;
  std::atomic<bool> gone{false};
};
struct CallCount {
  std::atomic<uint64_t> calls{0};
};

// All that happens at one breakpoint.
struct Watch final : BreakpointSettings {
  bool calls = false;                 // of processes with the flag `call`; at an export: global call tracing
  Spec spec;
  std::shared_ptr<MetaTracer> meta;   // of every process
  Spec meta_spec;
  std::shared_ptr<CallCount> count;
  std::shared_ptr<CallTime> time;
  bool counting = false, timing = false;  // false: paused
  bool debugged = false;              // the debugger interprets it
  bool empty() const { return !calls && !meta && !count && !time && !debugged; }
};

// What trace_pattern asks for.
struct Pattern {
  enum class Switch : uint8_t { Off, On, Restart, Pause };
  Switch on = Switch::Off;
  Spec spec;
  // None of them: global call tracing.
  bool local = false, meta = false, call_count = false, call_time = false;
  bool debug = false;  // erts_debug:breakpoint/2
  Tracer meta_tracer;
  bool at_entries() const { return local || meta || call_count || call_time || debug; }
};
// {M, F, A} with '_' from some place on.
struct Functions {
  Term module, function;
  uint32_t arity = 0;
  int given = 0;  // how many of the three are
  bool include(Term m, Term f, uint32_t a) const {
    return (given < 1 || m.same(module)) && (given < 2 || f.same(function)) && (given < 3 || a == arity);
  }
};

// The holder of the code permission, all of these. How many functions there are (for global call tracing: exports).
size_t set_pattern(const Functions& functions, const Pattern& pattern);
// For modules that will be loaded.
void set_default_pattern(const Pattern& pattern);
struct DefaultPattern {
  bool on = false;
  Pattern pattern;  // spec: of call tracing
  Spec meta_spec;
};
const DefaultPattern& default_pattern();
// Null: there is no such function. Else what is watched of it, null inside for nothing.
struct FoundFunction {
  bool exists = false, global = false;
  const Watch* watch = nullptr;
};
FoundFunction find_function(Term module, Term function, uint32_t arity);

// Once, at start: tells vm/code, and then vm/interp as well.
void init_code_watching();
void init_call_tracing();

}  // namespace joist::trace
