// Running a pattern over bytes.
#pragma once
#include "bifs/re/options.h"

namespace joist {
struct SharedBytes;
}

namespace joist::re {

enum class MatchOutcome : uint8_t { Match, NoMatch, MatchLimit, DepthLimit, BadText, BadOffset, TooLong };

struct MatchResult {
  MatchOutcome outcome;
  uint32_t matched = 0;           // groups
  const size_t* offsets = nullptr;  // two a group; valid until the thread's next match
};

// `owner`: what holds the text, when it will probably be matched again: then its encoding is checked but once. `brief`: gives up with TooLong when it takes more than a part of a slice.
MatchResult match(Pattern& pattern, const uint8_t* text, size_t size, const Options& options, bool brief, SharedBytes* owner);

}  // namespace joist::re
