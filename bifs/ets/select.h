// Walking a table with a match program: the engine of select, match, match_object, select_count, select_delete, select_replace
// and their continuations.
#pragma once
#include <vector>

#include "bifs/ets/common.h"
#include "vm/match/match.h"

namespace joist::ets {

enum class Action : uint8_t { Collect, Count, Delete, Replace };

// One walk. It may take several slices; between them the table is fixed and the state is the process's.
struct Select final : NativeState {
  Table* table = nullptr;            // retained
  match::Program* program = nullptr; // retained; null: every object matches and is its own result
  Action action = Action::Collect;
  bool reverse = false;              // ordered set: from the end to the start
  bool chunked = false;
  bool fixed = false;
  bool end = false;
  size_t limit = 0;                  // chunked: results wanted
  size_t found = 0;                  // results in `list`, or counted
  Term list = nil;                   // newest first
  // ---- where to go on
  uint32_t slot = 0;                 // hash
  bool started = false;              // ordered set: `key` is the last one visited
  Term key = nil;
  // ---- only objects with one of these keys can match; terms of the program, so no roots
  bool by_keys = false;
  std::vector<Term> keys;
  size_t next_key = 0;
  Term prefix{};                     // ordered set: only keys that agree with this pattern (compare_prefix) can match

  ~Select() override;
  void visit_roots(RootVisitor& visitor) override;
  void use(Table& t, match::Program* p);
  void find_keys();
};

// Walks until the end, the limit, or the end of the slice (false).
bool walk(NativeCall& c, Select& s);

}  // namespace joist::ets
