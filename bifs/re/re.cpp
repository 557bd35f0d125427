// Module re. Unicode text in lists and the option `global` are the business of re.erl: those calls trap to it.
#include <memory>

#include "bifs/bif.h"
#include "bifs/list_builder.h"
#include "bifs/re/capture.h"
#include "bifs/re/match.h"
#include "vm/code/export.h"
#include "vm/term/bits.h"
#include "vm/term/iolist.h"

namespace joist {
namespace {

using re::Pattern;

struct Release {
  void operator()(Pattern* p) const { p->release(); }
};
using PatternRef = std::unique_ptr<Pattern, Release>;

bool is_binary(Term t) { return is_bits(t) && bits::size_bits(t) % 8 == 0; }

// The bytes of I/O data: those of an aligned binary where they are, else a copy.
class Bytes {
 public:
  // False for what is no I/O data.
  bool read(Term t) {
    if (is_binary(t) && bits::span(t).whole_bytes()) {
      BitSpan span = bits::span(t);
      data_ = span.bytes();
      size_ = span.size / 8;
      term_ = t;
      return true;
    }
    size_t bits;
    if (!iolist::size_bits(t, iolist::Parts::Bytes, &bits)) return false;
    copy_.reset(new uint8_t[bits / 8 + 1]);
    iolist::copy(t, copy_.get());
    data_ = copy_.get();
    size_ = bits / 8;
    return true;
  }
  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }
  re::Subject subject() const { return {data_, term_}; }
  // What holds the bytes; null when that is a heap.
  SharedBytes* owner() const {
    if (term_.is_non_value()) return nullptr;
    auto slice = term_.as<SubBits>();
    auto base = (slice ? slice->base : term_).as<RefcBits>();
    return base ? base->shared : nullptr;
  }

 private:
  std::unique_ptr<uint8_t[]> copy_;
  const uint8_t* data_ = nullptr;
  size_t size_ = 0;
  Term term_;
};

// A pattern's text ends at a zero, as OTP's does.
std::string_view pattern_text(const Bytes& bytes) {
  std::string_view text = bytes.text();
  return text.substr(0, text.find('\0'));
}

// {Message, Offset}
Term error_term(Heap& heap, const re::CompileError& e) {
  Term message = text_to_list(heap, e.message);
  return heap.reserve(Words(3)).tuple(message, Term::small(SWord(e.offset)));
}

// {re_pattern, Captures, Unicode, UseCrlf, Binary}
Term pattern_term(Heap& heap, const Pattern& p) {
  Term binary = bits::from_text(heap, p.binary());
  return heap.reserve(Words(6)).tuple(atom::re_pattern, Term::small(p.captures()), Term::small(p.unicode()), Term::small(p.use_crlf()), binary);
}

NativeResult bad_option(NativeCall& c) { return c.badarg(atom::badopt); }

NativeResult compile(NativeCall& c, Term expression, Term list) {
  re::Options options;
  if (!re::parse_options(list, &options) || options.only_run) return bad_option(c);
  bool unicode = options.compile.bits & re::CompileOptions::Unicode;
  if (unicode && !is_binary(expression)) return c.trap(get_export(atom::re, atom::ucompile, 2), expression, list);
  Bytes bytes;
  if (!bytes.read(expression)) return badarg();
  c.charge(bytes.size() / 8 + 50);
  re::CompileError error;
  PatternRef pattern(Pattern::get(options.compile, pattern_text(bytes), &error));
  Term value = pattern ? pattern_term(c.heap(), *pattern) : error_term(c.heap(), error);
  return c.heap().reserve(Words(3)).tuple(pattern ? atom::ok : atom::error, value);
}

// The compiled pattern of a re_pattern tuple; null when it is none.
Pattern* pattern_of(Term t, const re::CompileOptions& options) {
  auto tuple = t.as<Tuple>();
  if (!tuple || tuple->arity() != 5 || !tuple->at(0).same(atom::re_pattern) || !is_binary(tuple->at(4))) return nullptr;
  for (size_t i = 1; i < 4; i++)
    if (!tuple->at(i).is_small()) return nullptr;
  bits::AlignedBytes binary(tuple->at(4));
  return Pattern::from_binary(binary.text(), options.newline, options.breaks);
}

// Fails as the native that Erlang code called, whichever runs now.
NativeResult fail_as_run(NativeCall& c, Term reason) {
  NativeResult result = c.error(reason);
  if (const NativeEntry* run = find_native(atom::re, atom::run, 3)) {
    c.process.exception().native = run;
    HeapWriter w = c.heap().reserve(Words(6));
    Term list = nil;
    for (size_t i = 3; i-- > 0;) list = w.cons(c.arg(i), list);
    c.process.exception().args = list;
  }
  return result;
}

// dirty: on a dirty scheduler, where it may take its time. first: false for further matches in the same text.
NativeResult run(NativeCall& c, Term text, Term expression, Term list, bool first, bool dirty) {
  auto trap = [&](Term function, Term third) { return c.trap(get_export(atom::re, function, 3), text, expression, third); };
  re::Options options;
  if (!re::parse_options(list, &options)) return bad_option(c);
  bool as_list = options.capture_type.is_value() && options.capture_type.same(atom::list);
  PatternRef pattern;
  auto tuple = expression.as<Tuple>();
  if (tuple && tuple->arity() == 5) {
    if (options.only_compile) return badarg();
    pattern.reset(pattern_of(expression, options.compile));
    if (!pattern) return badarg();
    bool unicode = tuple->at(2).small_value() != 0;
    if (unicode && (!is_binary(text) || (as_list && !options.global))) return trap(atom::urun, list);
    if (options.global) return trap(atom::grun, c.heap().reserve(Words(3)).tuple(list, atom::false_));
  } else {
    bool unicode = options.compile.bits & re::CompileOptions::Unicode;
    if (!is_binary(expression) && !expression.is_list()) return badarg();
    if (unicode && (!is_binary(expression) || !is_binary(text) || (as_list && !options.global))) return trap(atom::urun, list);
    Bytes bytes;
    if (!bytes.read(expression)) return badarg();
    re::CompileError error;
    pattern.reset(Pattern::get(options.compile, pattern_text(bytes), &error));
    if (!pattern) {
      if (!options.report_errors) return badarg();
      Term reason = error_term(c.heap(), error);
      HeapWriter w = c.heap().reserve(Words(6));
      Term inner = w.tuple(atom::compile, reason);
      return w.tuple(atom::error, inner);
    }
    if (options.global) {
      Term compiled = pattern_term(c.heap(), *pattern);
      Term third = c.heap().reserve(Words(4)).tuple(list, boolean(options.only_compile), expression);
      return c.trap(get_export(atom::re, atom::grun, 3), text, compiled, third);
    }
  }

  re::Capture capture;
  Bytes bytes;
  if (!re::parse_capture(options.capture_values, options.capture_type, *pattern, &capture) || !bytes.read(text)) return badarg();
  re::MatchResult result = re::match(*pattern, bytes.data(), bytes.size(), options, !dirty, first ? nullptr : bytes.owner());
  c.charge(bytes.size() / 64 + 5);
  switch (result.outcome) {
    case re::MatchOutcome::Match: return re::build_match(c.heap(), capture, bytes.subject(), result.offsets, result.matched);
    case re::MatchOutcome::NoMatch: return atom::nomatch;
    case re::MatchOutcome::TooLong:
      return c.trap(get_export(atom::re, atom::internal_run_dirty, 4), text, expression, list, boolean(first));
    case re::MatchOutcome::BadText: return fail_as_run(c, atom::badarg);
    case re::MatchOutcome::BadOffset: return fail_as_run(c, atom::internal_error);
    default: {
      if (!options.report_errors) return atom::nomatch;
      bool depth = result.outcome == re::MatchOutcome::DepthLimit;
      return c.heap().reserve(Words(3)).tuple(atom::error, depth ? atom::match_limit_recursion : atom::match_limit);
    }
  }
}

}  // namespace

BIF(re, version, 0) { return bits::from_text(c.heap(), "8.44 2020-02-12"); }
BIF(re, compile, 1) { return compile(c, c.arg(0), nil); }
BIF(re, compile, 2) { return compile(c, c.arg(0), c.arg(1)); }
BIF(re, run, 2) { return run(c, c.arg(0), c.arg(1), nil, true, false); }
BIF(re, run, 3) { return run(c, c.arg(0), c.arg(1), c.arg(2), true, false); }
BIF(re, internal_run, 4) {
  if (!c.arg(3).same(atom::true_) && !c.arg(3).same(atom::false_)) return badarg();
  return run(c, c.arg(0), c.arg(1), c.arg(2), c.arg(3).same(atom::true_), false);
}
// Ours: where the others go on when a match takes long.
// kind: DirtyCpu
BIF(re, internal_run_dirty, 4) { return run(c, c.arg(0), c.arg(1), c.arg(2), c.arg(3).same(atom::true_), true); }

// inspect(Pattern, namelist): {namelist, [Name]}, names sorted
BIF(re, inspect, 2) {
  PatternRef pattern(pattern_of(c.arg(0), {}));
  if (!pattern || !c.arg(1).same(atom::namelist)) return badarg();
  const Pattern::Names& names = pattern->names();
  Term list = nil;
  for (uint32_t i = names.count; i-- > 0;) {
    if (i > 0 && pattern->has_dup_names() && std::string_view(names.name(i)) == names.name(i - 1)) continue;
    Term name = bits::from_text(c.heap(), names.name(i));
    list = c.heap().reserve(Words(2)).cons(name, list);
  }
  return c.heap().reserve(Words(3)).tuple(atom::namelist, list);
}

}  // namespace joist
