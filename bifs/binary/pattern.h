// Search patterns of module binary: one needle, or several at once.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "vm/term/bits.h"
#include "vm/term/magic.h"

namespace joist {

struct PatternMatch {
  size_t start = 0, length = 0;  // bytes
};

// One needle: memchr/memmem. Several: an Aho–Corasick automaton; the first match is the leftmost, of those the longest.
class BinaryPattern final : public MagicObject {
 public:
  // needles: not empty, none of them empty.
  explicit BinaryPattern(std::vector<std::string> needles);
  // The first match in [from, to) of data; false when there is none.
  bool find(const uint8_t* data, size_t from, size_t to, PatternMatch* out) const;
  bool single() const { return needles_.size() == 1; }
  size_t longest() const { return longest_; }

 private:
  struct State {
    uint32_t next[256];
    uint32_t fail = 0;
    uint32_t longest = 0;  // longest needle ending here, 0 none
    uint32_t depth = 0;
  };
  void build();
  std::vector<std::string> needles_;
  size_t longest_ = 0;  // of the needles
  std::vector<State> states_;
};

// The pattern of an argument: a binary, a list of binaries, or a compiled pattern {bm|ac, Ref}. `owned` keeps one made for this call.
// Null when it is none.
const BinaryPattern* binary_pattern(Term t, std::unique_ptr<BinaryPattern>* owned);

}  // namespace joist
