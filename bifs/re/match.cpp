// PCRE2 cannot be interrupted and resumed. So a match is first tried with a limit that a slice can bear; when it meets that, the native
// goes to a dirty scheduler and matches anew.
#include "bifs/re/match.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "vm/base/utf8.h"
#include "vm/term/shared_bytes.h"

namespace joist::re {
namespace {

constexpr uint32_t default_limit = 10000000;  // OTP's, for backtracks and their depth
constexpr uint32_t brief_limit = 20000;
constexpr size_t brief_size = 4 << 20;        // bytes ahead: searching for a first character costs a quarter of a millisecond a megabyte
constexpr size_t jit_stack_start = 32 << 10, jit_stack_limit = 1 << 20;

// What a thread needs to match.
struct Workplace {
  pcre2_match_context* context = pcre2_match_context_create(nullptr);
  pcre2_jit_stack* jit_stack = pcre2_jit_stack_create(jit_stack_start, jit_stack_limit, nullptr);
  pcre2_match_data* data = nullptr;
  uint32_t groups = 0;
  Workplace() { pcre2_jit_stack_assign(context, nullptr, jit_stack); }
  ~Workplace() {
    pcre2_match_data_free(data);
    pcre2_jit_stack_free(jit_stack);
    pcre2_match_context_free(context);
  }
  void need(uint32_t n) {
    if (n <= groups) return;
    pcre2_match_data_free(data);
    groups = n < 32 ? 32 : n;
    data = pcre2_match_data_create(groups, nullptr);
  }
};
thread_local Workplace place;

// The text whose encoding was found good last; kept alive, so that its address means it.
struct Checked {
  SharedBytes* owner = nullptr;
  const uint8_t* text = nullptr;
  size_t size = 0;
  ~Checked() {
    if (owner) owner->release();
  }
  bool is(const uint8_t* t, size_t n) const { return owner && t == text && n == size; }
  bool check(const uint8_t* t, size_t n, SharedBytes* holder) {
    if (utf8_count(t, n) < 0) return false;
    if (!holder) return true;
    if (owner) owner->release();
    holder->retain();
    owner = holder;
    text = t;
    size = n;
    return true;
  }
};
thread_local Checked checked;

}  // namespace

MatchResult match(Pattern& pattern, const uint8_t* text, size_t size, const Options& options, bool brief, SharedBytes* owner) {
  if (options.offset > size) return {MatchOutcome::BadOffset};
  if (brief && size - options.offset > brief_size) return {MatchOutcome::TooLong};
  uint32_t flags = options.match;
  if (pattern.utf()) {
    if (!checked.is(text, size) && !checked.check(text, size, owner)) return {MatchOutcome::BadText};
    if (options.offset < size && (text[options.offset] & 0xc0) == 0x80) return {MatchOutcome::BadText};
    flags |= PCRE2_NO_UTF_CHECK;
  }
  uint32_t limit = options.match_limit < 0 ? default_limit : uint32_t(options.match_limit);
  bool cut = brief && limit > brief_limit;
  pattern.count_use();
  place.need(pattern.captures() + 1);
  pcre2_set_match_limit(place.context, cut ? brief_limit : limit);
  pcre2_set_depth_limit(place.context, options.depth_limit < 0 ? default_limit : uint32_t(options.depth_limit));
  if (options.depth_limit >= 0) flags |= PCRE2_NO_JIT;  // which does not know that limit
  static constexpr uint8_t nothing = 0;
  auto run = [&] { return pcre2_match(pattern.code(), text ? text : &nothing, size, options.offset, flags, place.data, place.context); };
  int rc = run();
  if (rc == PCRE2_ERROR_JIT_STACKLIMIT) {
    flags |= PCRE2_NO_JIT;
    rc = run();
  }
  if (rc > 0) return {MatchOutcome::Match, uint32_t(rc), pcre2_get_ovector_pointer(place.data)};
  switch (rc) {
    case PCRE2_ERROR_MATCHLIMIT: return {cut ? MatchOutcome::TooLong : MatchOutcome::MatchLimit};
    case PCRE2_ERROR_DEPTHLIMIT: return {MatchOutcome::DepthLimit};
    default: return {MatchOutcome::NoMatch};
  }
}

}  // namespace joist::re
