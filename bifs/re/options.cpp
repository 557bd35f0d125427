#include "bifs/re/options.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <climits>

#include "vm/term/atom.h"

namespace joist::re {
namespace {

struct CompileFlag {
  Term name;
  uint32_t bit;
};
constexpr CompileFlag compile_flags[] = {
    {atom::caseless, CompileOptions::Caseless},
    {atom::dollar_endonly, CompileOptions::DollarEndOnly},
    {atom::dotall, CompileOptions::DotAll},
    {atom::extended, CompileOptions::Extended},
    {atom::firstline, CompileOptions::FirstLine},
    {atom::multiline, CompileOptions::MultiLine},
    {atom::no_auto_capture, CompileOptions::NoAutoCapture},
    {atom::dupnames, CompileOptions::DupNames},
    {atom::ungreedy, CompileOptions::Ungreedy},
    {atom::ucp, CompileOptions::Ucp},
    {atom::never_utf, CompileOptions::NeverUtf},
    {atom::no_start_optimize, CompileOptions::NoStartOptimize},
    {atom::unicode, CompileOptions::Unicode},
};
struct MatchFlag {
  Term name;
  uint32_t bit;
};
constexpr MatchFlag match_flags[] = {
    {atom::notempty, PCRE2_NOTEMPTY},
    {atom::notempty_atstart, PCRE2_NOTEMPTY_ATSTART},
    {atom::notbol, PCRE2_NOTBOL},
    {atom::noteol, PCRE2_NOTEOL},
};

bool flag(Term name, Options* out) {
  for (const CompileFlag& f : compile_flags) {
    if (!name.same(f.name)) continue;
    out->compile.bits |= f.bit;
    out->only_compile = true;
    return true;
  }
  for (const MatchFlag& f : match_flags) {
    if (!name.same(f.name)) continue;
    out->match |= f.bit;
    out->only_run = true;
    return true;
  }
  if (name.same(atom::anchored)) {
    out->compile.bits |= CompileOptions::Anchored;
    out->match |= PCRE2_ANCHORED;
  } else if (name.same(atom::bsr_anycrlf)) {
    out->compile.breaks = LineBreaks::AnyCrlf;
  } else if (name.same(atom::bsr_unicode)) {
    out->compile.breaks = LineBreaks::Unicode;
  } else if (name.same(atom::report_errors)) {
    out->report_errors = out->only_run = true;
  } else if (name.same(atom::global)) {
    out->global = out->only_run = true;
  } else {
    return false;
  }
  return true;
}

bool newline(Term value, Options* out) {
  if (value.same(atom::cr)) out->compile.newline = Newline::Cr;
  else if (value.same(atom::lf)) out->compile.newline = Newline::Lf;
  else if (value.same(atom::crlf)) out->compile.newline = Newline::Crlf;
  else if (value.same(atom::any)) out->compile.newline = Newline::Any;
  else if (value.same(atom::anycrlf)) out->compile.newline = Newline::AnyCrlf;
  else return false;
  return true;
}

bool pair(Term name, Term value, Options* out) {
  if (name.same(atom::newline)) return newline(value, out);
  out->only_run = true;
  if (name.same(atom::capture)) {
    out->capture_values = value;
    out->capture_type = atom::index;
    return true;
  }
  if (!value.is_small() || value.small_value() < 0 || value.small_value() > INT_MAX) return false;
  if (name.same(atom::offset)) out->offset = size_t(value.small_value());
  else if (name.same(atom::match_limit)) out->match_limit = value.small_value();
  else if (name.same(atom::match_limit_recursion)) out->depth_limit = value.small_value();
  else return false;
  return true;
}

}  // namespace

bool parse_options(Term list, Options* out) {
  for (; list.is_cons(); list = list.as_cons()->tail) {
    Term option = list.as_cons()->head;
    if (option.is_atom()) {
      if (!flag(option, out)) return false;
      continue;
    }
    auto tuple = option.as<Tuple>();
    if (!tuple) return false;
    if (tuple->arity() == 2) {
      if (!pair(tuple->at(0), tuple->at(1), out)) return false;
    } else if (tuple->arity() == 3 && tuple->at(0).same(atom::capture)) {
      out->capture_values = tuple->at(1);
      out->capture_type = tuple->at(2);
      out->only_run = true;
    } else {
      return false;
    }
  }
  return list.is_nil();
}

}  // namespace joist::re
