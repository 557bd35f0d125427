#include "bifs/binary/pattern.h"

#include <algorithm>
#include <cstring>

#include "vm/term/atom.h"

namespace joist {
namespace {

constexpr char pattern_type = 0;

// Bytes of a non-empty binary; false for anything else.
bool needle_of(Term t, std::vector<std::string>* out) {
  if (!is_bits(t)) return false;
  size_t size = bits::size_bits(t);
  if (size == 0 || size % 8 != 0) return false;
  bits::AlignedBytes bytes(t);
  out->emplace_back(bytes.text());
  return true;
}

}  // namespace

BinaryPattern::BinaryPattern(std::vector<std::string> needles) : needles_(std::move(needles)) {
  type = &pattern_type;
  for (const std::string& needle : needles_) longest_ = std::max(longest_, needle.size());
  if (!single()) build();
}

void BinaryPattern::build() {
  states_.emplace_back();
  memset(states_[0].next, 0, sizeof states_[0].next);
  for (const std::string& needle : needles_) {
    uint32_t s = 0;
    for (unsigned char ch : needle) {
      if (!states_[s].next[ch]) {
        State fresh;
        memset(fresh.next, 0, sizeof fresh.next);
        fresh.depth = states_[s].depth + 1;
        states_.push_back(fresh);
        states_[s].next[ch] = uint32_t(states_.size() - 1);
      }
      s = states_[s].next[ch];
    }
    states_[s].longest = uint32_t(needle.size());
  }
  // Breadth first: failure links, and missing edges follow them, so that searching never backs up.
  std::vector<uint32_t> queue;
  for (uint32_t s : states_[0].next)
    if (s) queue.push_back(s);
  for (size_t i = 0; i < queue.size(); i++) {
    uint32_t s = queue[i];
    uint32_t fail = states_[s].fail;
    if (!states_[s].longest) states_[s].longest = states_[fail].longest;
    for (int ch = 0; ch < 256; ch++) {
      uint32_t t = states_[s].next[ch];
      if (t) {
        states_[t].fail = states_[fail].next[ch];
        queue.push_back(t);
      } else {
        states_[s].next[ch] = states_[fail].next[ch];
      }
    }
  }
}

bool BinaryPattern::find(const uint8_t* data, size_t from, size_t to, PatternMatch* out) const {
  if (single()) {
    const std::string& needle = needles_[0];
    const void* at = needle.size() == 1 ? memchr(data + from, uint8_t(needle[0]), to - from)
                                        : memmem(data + from, to - from, needle.data(), needle.size());
    if (!at) return false;
    *out = {size_t(static_cast<const uint8_t*>(at) - data), needle.size()};
    return true;
  }
  // A match is final once the automaton's state no longer reaches back to its start; until then a longer needle that starts at the
  // same place, or one that starts further left, may still be completed.
  bool found = false;
  PatternMatch best;
  uint32_t s = 0;
  for (size_t i = from; i < to; i++) {
    s = states_[s].next[data[i]];
    if (found && i + 1 - states_[s].depth > best.start) break;
    if (uint32_t length = states_[s].longest) {
      size_t start = i + 1 - length;
      if (!found || start < best.start || (start == best.start && length > best.length)) best = {start, length};
      found = true;
    }
  }
  if (found) *out = best;
  return found;
}

const BinaryPattern* binary_pattern(Term t, std::unique_ptr<BinaryPattern>* owned) {
  if (auto tuple = t.as<Tuple>(); tuple && tuple->arity() == 2) {
    auto ref = tuple->at(1).as<MagicRef>();
    if (!ref || ref->object->type != &pattern_type) return nullptr;
    auto* pattern = static_cast<BinaryPattern*>(ref->object);
    return tuple->at(0).same(pattern->single() ? atom::bm : atom::ac) ? pattern : nullptr;
  }
  std::vector<std::string> needles;
  if (t.is_cons()) {
    for (; t.is_cons(); t = t.as_cons()->tail)
      if (!needle_of(t.as_cons()->head, &needles)) return nullptr;
    if (!t.is_nil()) return nullptr;
  } else if (!needle_of(t, &needles)) {
    return nullptr;
  }
  *owned = std::make_unique<BinaryPattern>(std::move(needles));
  return owned->get();
}

}  // namespace joist
