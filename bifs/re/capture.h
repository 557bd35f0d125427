// Which groups a match returns, and as what.
#pragma once
#include <vector>

#include "bifs/re/pattern.h"
#include "gc/heap.h"

namespace joist::re {

enum class CaptureType : uint8_t { Index, List, Binary, None };

struct Capture {
  CaptureType type = CaptureType::Index;
  bool chosen = false;  // `items` says which; else all from `first` on
  uint32_t first = 0;
  // One value each: the first group of it that took part in the match; none of them stands for a group that there is not.
  std::vector<std::vector<uint32_t>> items;
};
// False for a bad specification. type is the non-value when the option is missing.
bool parse_capture(Term values, Term type, const Pattern& pattern, Capture* out);

// What was matched in: the bytes, and the term they are a part of (slices refer to it) or the non-value.
struct Subject {
  const uint8_t* bytes;
  Term binary;
};
// match, or {match, [Captured]}. offsets are PCRE2's, of `matched` groups.
Term build_match(Heap& heap, const Capture& capture, const Subject& subject, const size_t* offsets, uint32_t matched);

}  // namespace joist::re
