// Compiled regular expressions.
//
// What Erlang holds of one, {re_pattern, Captures, Unicode, UseCrlf, Binary}, is in the binary: the options and the text. So it
// may be stored, sent to another node or forged and stays harmless. The machine code is found again in a cache of the thread's own, by
// the binary's bytes; textual patterns given to re:run are in the same cache, so that they are seldom compiled twice.
#pragma once
#include <atomic>
#include <string>
#include <string_view>

#include "vm/term/boxed.h"

struct pcre2_real_code_8;

namespace joist::re {

enum class Newline : uint8_t { Default, Cr, Lf, Crlf, Any, AnyCrlf };
enum class LineBreaks : uint8_t { Default, AnyCrlf, Unicode };  // what \R matches

// What a pattern is compiled with.
struct CompileOptions {
  enum Bit : uint32_t {
    Anchored = 1, Caseless = 2, DollarEndOnly = 4, DotAll = 8, Extended = 16, FirstLine = 32, MultiLine = 64, NoAutoCapture = 128,
    DupNames = 256, Ungreedy = 512, Ucp = 1024, NeverUtf = 2048, NoStartOptimize = 4096, Unicode = 8192,
  };
  uint32_t bits = 0;
  Newline newline = Newline::Default;
  LineBreaks breaks = LineBreaks::Default;
};

struct CompileError {
  std::string message;
  size_t offset;
};

class Pattern {
 public:
  // Found in the cache, else compiled. The caller gets one reference; null with *error when the text is no pattern.
  static Pattern* get(const CompileOptions& options, std::string_view text, CompileError* error);
  // From the binary form, with exec's newline and \R where those are given. Null when it is none.
  static Pattern* from_binary(std::string_view binary, Newline newline, LineBreaks breaks);

  std::string binary() const;
  const pcre2_real_code_8* code() const { return code_; }
  // The number of capturing groups.
  uint32_t captures() const { return captures_; }
  bool unicode() const { return options_.bits & CompileOptions::Unicode; }
  bool utf() const { return utf_; }  // the text must be UTF-8; a pattern can ask for it itself
  bool use_crlf() const { return use_crlf_; }
  // Compiled with dupnames (not by a setting within the pattern).
  bool has_dup_names() const { return options_.bits & CompileOptions::DupNames; }
  // Name table: `count` entries of `size` bytes: group number, high byte first, and name with a zero.
  struct Names {
    const uint8_t* table;
    uint32_t count, size;
    uint32_t group(uint32_t i) const { return uint32_t(table[i * size]) << 8 | table[i * size + 1]; }
    const char* name(uint32_t i) const { return reinterpret_cast<const char*>(table + i * size + 2); }
  };
  const Names& names() const { return names_; }
  // Makes machine code for it at the second use.
  void count_use();

  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

 private:
  Pattern(const CompileOptions& options, std::string_view text);
  ~Pattern();
  bool compile(CompileError* error);

  std::atomic<int64_t> references_{1};
  CompileOptions options_;
  std::string text_;
  pcre2_real_code_8* code_ = nullptr;
  uint32_t captures_ = 0, uses_ = 0;
  bool utf_ = false, use_crlf_ = false;
  Names names_{};
};

// A compile error of PCRE2 in PCRE 8's words, at its place.
CompileError classic_error(int code, size_t offset, std::string_view text);
// Character tables for ISO 8859-1, as OTP has them.
const uint8_t* latin1_tables();

}  // namespace joist::re
