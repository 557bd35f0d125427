// binary:match, matches, split, compile_pattern.
#include "bifs/bif.h"
#include "bifs/binary/pattern.h"
#include "bifs/binary_range.h"
#include "bifs/list_builder.h"
#include "bifs/magic_term.h"

namespace joist {
namespace {

bool is_binary(Term t) { return is_bits(t) && bits::size_bits(t) % 8 == 0; }

// Subject, pattern and {scope, …} of a search.
struct Search {
  std::unique_ptr<BinaryPattern> owned;
  const BinaryPattern* pattern = nullptr;  // null when there is nothing to search in: then nobody looks at it
  std::unique_ptr<bits::AlignedBytes> bytes;
  size_t from = 0, to = 0;

  // False when an argument is bad.
  bool prepare(Term subject, Term what) {
    if (!is_binary(subject)) return false;
    bytes = std::make_unique<bits::AlignedBytes>(subject);
    to = bytes->size;
    if (to == 0) return true;
    pattern = binary_pattern(what, &owned);
    return pattern != nullptr;
  }
  bool set_scope(Term t) {
    auto pair = t.as<Tuple>();
    BinaryRange range;
    if (!pair || pair->arity() != 2 || !binary_range(pair->at(0), pair->at(1), bytes->size, &range)) return false;
    from = range.start;
    to = range.start + range.length;
    return true;
  }
  // {scope, {Start, Length}} or not.
  static bool is_scope(Term option, Term* range) {
    auto t = option.as<Tuple>();
    if (!t || t->arity() != 2 || !t->at(0).same(atom::scope)) return false;
    *range = t->at(1);
    return true;
  }
  bool next(PatternMatch* m) {
    if (!pattern || !pattern->find(bytes->data, from, to, m)) return false;
    from = m->start + m->length;
    return true;
  }
  std::vector<PatternMatch> all() {
    std::vector<PatternMatch> out;
    for (PatternMatch m; next(&m);) out.push_back(m);
    return out;
  }
};

bool scope_options(Search& search, Term options) {
  for (; options.is_cons(); options = options.as_cons()->tail) {
    Term range;
    if (!Search::is_scope(options.as_cons()->head, &range) || !search.set_scope(range)) return false;
  }
  return options.is_nil();
}

Term match_tuple(HeapWriter& w, const PatternMatch& m) { return w.tuple(Term::small(m.start), Term::small(m.length)); }

NativeResult match(NativeCall& c, Term options) {
  Search search;
  if (!search.prepare(c.arg(0), c.arg(1)) || !scope_options(search, options)) return badarg();
  c.charge((search.to - search.from) / 1024);
  PatternMatch m;
  if (!search.next(&m)) return atom::nomatch;
  HeapWriter w = c.heap().reserve(Words(3));
  return match_tuple(w, m);
}

NativeResult matches(NativeCall& c, Term options) {
  Search search;
  if (!search.prepare(c.arg(0), c.arg(1)) || !scope_options(search, options)) return badarg();
  c.charge((search.to - search.from) / 1024);
  std::vector<PatternMatch> all = search.all();
  HeapWriter w = c.heap().reserve(Words(5 * all.size()));
  Term list = nil;
  for (size_t i = all.size(); i-- > 0;) {
    Term t = match_tuple(w, all[i]);
    list = w.cons(t, list);
  }
  return list;
}

NativeResult split(NativeCall& c, Term options) {
  Search search;
  if (!search.prepare(c.arg(0), c.arg(1))) return badarg();
  bool global = false, trim = false, trim_all = false;
  Term all_options = options;
  for (; options.is_cons(); options = options.as_cons()->tail) {
    Term option = options.as_cons()->head, range;
    if (option.same(atom::global)) global = true;
    else if (option.same(atom::trim)) trim = true;
    else if (option.same(atom::trim_all)) trim_all = true;
    else if (!Search::is_scope(option, &range) || !search.set_scope(range)) return badarg();
  }
  if (!options.is_nil() && options.same(all_options)) return badarg();  // but an improper list will do
  c.charge((search.to - search.from) / 1024);
  std::vector<PatternMatch> cuts;
  if (global) {
    cuts = search.all();
  } else if (PatternMatch m; search.next(&m)) {
    cuts.push_back(m);
  }
  if (cuts.empty() && !((trim || trim_all) && search.bytes->size == 0)) return c.heap().reserve(Words(2)).cons(c.arg(0), nil);
  // Parts from the back, so that trailing empty ones can be left out.
  size_t end = search.bytes->size;
  Term list = nil;
  bool kept = false;
  for (size_t i = cuts.size() + 1; i-- > 0;) {
    size_t start = i == 0 ? 0 : cuts[i - 1].start + cuts[i - 1].length;
    bool drop = start == end && (trim_all || (trim && !kept));
    if (!drop) {
      Term part = bits::slice(c.heap(), c.arg(0), start * 8, (end - start) * 8);
      list = c.heap().reserve(Words(2)).cons(part, list);
      kept = true;
    }
    if (i > 0) end = cuts[i - 1].start;
  }
  c.charge(cuts.size() / 4);
  return list;
}

}  // namespace

BIF(binary, match, 2) { return match(c, nil); }
BIF(binary, match, 3) { return match(c, c.arg(2)); }
BIF(binary, matches, 2) { return matches(c, nil); }
BIF(binary, matches, 3) { return matches(c, c.arg(2)); }
BIF(binary, split, 2) { return split(c, nil); }
BIF(binary, split, 3) { return split(c, c.arg(2)); }

BIF(binary, compile_pattern, 1) {
  std::unique_ptr<BinaryPattern> pattern;
  if (!c.arg(0).is_cons() && !is_binary(c.arg(0))) return badarg();
  if (!binary_pattern(c.arg(0), &pattern) || !pattern) return badarg();
  HeapWriter w = c.heap().reserve(Words(3 + magic_ref_words));
  Term kind = pattern->single() ? atom::bm : atom::ac;
  Term ref = make_magic_ref(w, pattern.release());
  return w.tuple(kind, ref);
}

}  // namespace joist
