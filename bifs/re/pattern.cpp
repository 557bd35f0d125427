#include "bifs/re/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

namespace joist::re {
namespace {

// ---- the cache: direct mapped, one a thread

constexpr size_t cache_slots = 512;

struct Cache {
  Pattern* slots[cache_slots] = {};
  ~Cache() {
    for (Pattern* p : slots)
      if (p) p->release();
  }
};
thread_local Cache cache;

size_t hash_of(const CompileOptions& options, std::string_view text) {
  uint64_t h = 0xcbf29ce484222325ull ^ options.bits ^ uint64_t(options.newline) << 32 ^ uint64_t(options.breaks) << 40;
  for (char ch : text) h = (h ^ uint8_t(ch)) * 0x100000001b3ull;
  return h ^ h >> 29;
}

// ---- the binary form: magic, options, text

constexpr char magic[] = {'r', 'e', '2', 1};
constexpr size_t header_size = sizeof magic + 6;

uint32_t pcre_options(uint32_t bits) {
  static constexpr uint32_t to[] = {PCRE2_ANCHORED,  PCRE2_CASELESS,   PCRE2_DOLLAR_ENDONLY,   PCRE2_DOTALL,   PCRE2_EXTENDED,
                                    PCRE2_FIRSTLINE, PCRE2_MULTILINE,  PCRE2_NO_AUTO_CAPTURE,  PCRE2_DUPNAMES, PCRE2_UNGREEDY,
                                    PCRE2_UCP,       PCRE2_NEVER_UTF,  PCRE2_NO_START_OPTIMIZE, PCRE2_UTF};
  uint32_t out = 0;
  for (size_t i = 0; i < sizeof to / sizeof to[0]; i++)
    if (bits >> i & 1) out |= to[i];
  return out;
}

uint32_t pcre_newline(Newline n) {
  switch (n) {
    case Newline::Cr: return PCRE2_NEWLINE_CR;
    case Newline::Crlf: return PCRE2_NEWLINE_CRLF;
    case Newline::Any: return PCRE2_NEWLINE_ANY;
    case Newline::AnyCrlf: return PCRE2_NEWLINE_ANYCRLF;
    default: return PCRE2_NEWLINE_LF;
  }
}

// Errors for what PCRE 8 takes as it is written.
constexpr int unknown_escape = 103, escape_in_class = 107, no_such_group = 115, unsupported_escape = 137, bad_range = 150, bad_control = 168;

// PCRE 8 as OTP builds it runs out of its work space at this depth.
constexpr uint32_t deepest_nesting = 798;

// In UTF-8 mode PCRE2 finds the bytes that \w can begin with in the table of white space, so it would miss Latin-1's letters.
bool misjudges_start(uint32_t bits, std::string_view text) {
  return !(bits & CompileOptions::Ucp) && (bits & CompileOptions::Unicode || text.starts_with("(*")) && text.find("\\w") != text.npos;
}

// PCRE 8's (*UTF8) among the settings that a pattern begins with is (*UTF) now.
std::string with_new_settings(std::string text) {
  for (size_t at = 0; text.compare(at, 2, "(*") == 0;) {
    size_t end = text.find(')', at);
    if (end == std::string::npos) break;
    if (text.compare(at, end - at, "(*UTF8") == 0) text.erase(--end, 1);
    at = end + 1;
  }
  return text;
}

}  // namespace

Pattern::Pattern(const CompileOptions& options, std::string_view text) : options_(options), text_(text) {}
Pattern::~Pattern() { pcre2_code_free(code_); }

bool Pattern::compile(CompileError* error) {
  pcre2_compile_context* context = pcre2_compile_context_create(nullptr);
  pcre2_set_character_tables(context, latin1_tables());
  pcre2_set_newline(context, pcre_newline(options_.newline));
  pcre2_set_bsr(context, options_.breaks == LineBreaks::AnyCrlf ? PCRE2_BSR_ANYCRLF : PCRE2_BSR_UNICODE);
  pcre2_set_parens_nest_limit(context, deepest_nesting);
  std::string text = with_new_settings(text_);
  uint32_t bits = pcre_options(options_.bits) | (misjudges_start(options_.bits, text) ? PCRE2_NO_START_OPTIMIZE : 0);
  uint32_t extra = PCRE2_EXTRA_ALLOW_LOOKAROUND_BSK;
  int code = 0;
  size_t offset = 0;
  auto run = [&] {
    pcre2_set_compile_extra_options(context, extra);
    code_ = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), bits, &code, &offset, context);
  };
  run();
  for (bool lenient = false; !code_;) {
    bool literal = code == unknown_escape || (code == unsupported_escape && offset > 0 && text[offset - 1] == 'F');
    if (literal && !lenient) {
      lenient = true;
      extra |= PCRE2_EXTRA_BAD_ESCAPE_IS_LITERAL;
    } else if (code == bad_range && offset < text.size() && text[offset] == '-') {
      text.insert(offset, 1, '\\');  // [\w-x]: the hyphen stands for itself
    } else if (code == escape_in_class && offset > 0 && text[offset - 1] == '\\') {
      text.erase(offset - 1, 1);  // [\R]
    } else if (code == no_such_group && offset > 0 && text[offset - 1] == '\\' && (text[offset] == '8' || text[offset] == '9')) {
      text.erase(offset - 1, 1);  // \8 where there are no eight groups
    } else if (code == bad_control && offset > 1 && text.compare(offset - 2, 3, "\\c\x7f") == 0) {
      text.replace(offset - 2, 3, "\\?");  // as all of ASCII, delete has a control character
    } else {
      break;
    }
    run();
  }
  pcre2_compile_context_free(context);
  if (!code_) {
    *error = classic_error(code, offset, text);
    return false;
  }
  uint32_t all = 0, newline = 0;
  pcre2_pattern_info(code_, PCRE2_INFO_CAPTURECOUNT, &captures_);
  pcre2_pattern_info(code_, PCRE2_INFO_ALLOPTIONS, &all);
  pcre2_pattern_info(code_, PCRE2_INFO_NEWLINE, &newline);
  pcre2_pattern_info(code_, PCRE2_INFO_NAMECOUNT, &names_.count);
  pcre2_pattern_info(code_, PCRE2_INFO_NAMEENTRYSIZE, &names_.size);
  pcre2_pattern_info(code_, PCRE2_INFO_NAMETABLE, &names_.table);
  utf_ = all & PCRE2_UTF;
  use_crlf_ = newline == PCRE2_NEWLINE_ANY || newline == PCRE2_NEWLINE_CRLF || newline == PCRE2_NEWLINE_ANYCRLF;
  return true;
}

void Pattern::count_use() {
  if (++uses_ == 2) pcre2_jit_compile(code_, PCRE2_JIT_COMPLETE);
}

Pattern* Pattern::get(const CompileOptions& options, std::string_view text, CompileError* error) {
  Pattern*& slot = cache.slots[hash_of(options, text) % cache_slots];
  if (!slot || slot->options_.bits != options.bits || slot->options_.newline != options.newline ||
      slot->options_.breaks != options.breaks || slot->text_ != text) {
    auto* fresh = new Pattern(options, text);
    if (!fresh->compile(error)) {
      fresh->release();
      return nullptr;
    }
    if (slot) slot->release();
    slot = fresh;
  }
  slot->retain();
  return slot;
}

std::string Pattern::binary() const {
  std::string out(magic, sizeof magic);
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(char(options_.bits >> shift));
  out.push_back(char(options_.newline));
  out.push_back(char(options_.breaks));
  return out + text_;
}

Pattern* Pattern::from_binary(std::string_view b, Newline newline, LineBreaks breaks) {
  if (b.size() < header_size || memcmp(b.data(), magic, sizeof magic) != 0) return nullptr;
  CompileOptions options;
  for (int i = 0; i < 4; i++) options.bits = options.bits << 8 | uint8_t(b[sizeof magic + i]);
  options.newline = Newline(b[sizeof magic + 4]);
  options.breaks = LineBreaks(b[sizeof magic + 5]);
  if (newline != Newline::Default) options.newline = newline;
  if (breaks != LineBreaks::Default) options.breaks = breaks;
  CompileError error;
  return get(options, b.substr(header_size), &error);
}

}  // namespace joist::re
