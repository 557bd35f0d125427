// What the bodies of match specifications do in a trace.
#pragma once
#include "vm/match/match.h"
#include "vm/process/process.h"
#include "vm/trace/tracer.h"

namespace joist::trace {

// erlang:system_flag(trace_control_word, _), {set_tcw, _}, {get_tcw}.
extern std::atomic<uint32_t> control_word;

// Text about a process, as a binary on its heap; above vm/trace. Null: none.
extern Term (*process_dump)(Process& process);

// Sets an item of the process's sequence trace token, or with `test` does not. The item before, or the non-value when it is none.
extern Term (*change_token)(Process& process, Term item, Term value, bool test);

struct MatchActions final : match::Actions {
  // Return address of the traced call; null: `caller` is undefined, and tokens, the control word and `silent` stay what they are
  // (erlang:match_spec_test/3).
  const Word* caller = nullptr;
  bool test = false;
  Term perform(Kind kind, Process& process, const Term* args, size_t count) override;
};

}  // namespace joist::trace
