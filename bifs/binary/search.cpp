// binary:match, matches, split, compile_pattern.
#include <algorithm>

#include "bifs/bif.h"
#include "bifs/binary/pattern.h"
#include "bifs/binary_range.h"
#include "bifs/list_builder.h"
#include "bifs/loop_limit.h"
#include "vm/term/magic_ref.h"

namespace joist {
namespace {

bool is_binary(Term t) { return is_bits(t) && bits::size_bits(t) % 8 == 0; }

// Subject, pattern and {scope, …} of a search, and how far it is: large subjects take several turns.
struct Search final : NativeState {
  std::unique_ptr<BinaryPattern> owned;
  const BinaryPattern* pattern = nullptr;  // null when there is nothing to search in: then nobody looks at it
  std::unique_ptr<bits::AlignedBytes> bytes;
  size_t from = 0, to = 0;                 // still to be searched
  std::vector<PatternMatch> found;
  bool global = false, trim = false, trim_all = false;  // split

  // False when an argument is bad.
  bool prepare(Term subject, Term what) {
    if (!is_binary(subject)) return false;
    bytes = std::make_unique<bits::AlignedBytes>(subject);
    to = bytes->size;
    if (to == 0) return true;
    pattern = binary_pattern(what, &owned);
    return pattern != nullptr;
  }
  // At the beginning of another turn: the subject's bytes may have moved.
  void resume(Term subject) {
    if (!bytes->scratch) bytes = std::make_unique<bits::AlignedBytes>(subject);
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
  // Finds all matches, or the first. False when the turn is over before that.
  bool run(NativeCall& c, bool all) {
    if (!pattern) return true;
    constexpr size_t usual_step = 65536;
    size_t bytes_a_reduction = pattern->single() ? 1024 : 128;
    while (from < to) {
      size_t stop = std::min(to, from + binary_loop_limit.step(usual_step));  // of where matches begin
      size_t begin = from, end = std::min(to, stop + pattern->longest() - 1);
      PatternMatch m;
      bool matches = pattern->find(bytes->data, from, end, &m) && m.start < stop;
      from = matches ? m.start + m.length : stop;
      c.charge((from - begin) / bytes_a_reduction + matches);
      if (matches) {
        found.push_back(m);
        if (!all) return true;
      }
      if (from < to && binary_loop_limit.turn_is_over(c)) return false;
    }
    return true;
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

// The search under way, or `fresh` when parse() likes the arguments; null when they are bad.
template <class Parse>
Search* search_of(NativeCall& c, Search& fresh, Parse parse) {
  if (auto* search = c.state<Search>()) {
    search->resume(c.arg(0));
    return search;
  }
  return fresh.prepare(c.arg(0), c.arg(1)) && parse() ? &fresh : nullptr;
}
NativeResult go_on_later(NativeCall& c, Search& search) {
  if (!c.raw_state()) c.set_state(new Search(std::move(search)));
  return c.again();
}

NativeResult match(NativeCall& c, Term options) {
  Search fresh;
  Search* search = search_of(c, fresh, [&] { return scope_options(fresh, options); });
  if (!search) return badarg();
  if (!search->run(c, false)) return go_on_later(c, *search);
  if (search->found.empty()) return atom::nomatch;
  HeapWriter w = c.heap().reserve(Words(3));
  return match_tuple(w, search->found[0]);
}

NativeResult matches(NativeCall& c, Term options) {
  Search fresh;
  Search* search = search_of(c, fresh, [&] { return scope_options(fresh, options); });
  if (!search) return badarg();
  if (!search->run(c, true)) return go_on_later(c, *search);
  const std::vector<PatternMatch>& all = search->found;
  HeapWriter w = c.heap().reserve(Words(5 * all.size()));
  Term list = nil;
  for (size_t i = all.size(); i-- > 0;) {
    Term t = match_tuple(w, all[i]);
    list = w.cons(t, list);
  }
  return list;
}

bool split_options(Search& search, Term options) {
  Term all_options = options;
  for (; options.is_cons(); options = options.as_cons()->tail) {
    Term option = options.as_cons()->head, range;
    if (option.same(atom::global)) search.global = true;
    else if (option.same(atom::trim)) search.trim = true;
    else if (option.same(atom::trim_all)) search.trim_all = true;
    else if (!Search::is_scope(option, &range) || !search.set_scope(range)) return false;
  }
  return options.is_nil() || !options.same(all_options);  // an improper list will do
}

NativeResult split(NativeCall& c, Term options) {
  Search fresh;
  Search* search = search_of(c, fresh, [&] { return split_options(fresh, options); });
  if (!search) return badarg();
  if (!search->run(c, search->global)) return go_on_later(c, *search);
  const std::vector<PatternMatch>& cuts = search->found;
  bool trims = search->trim || search->trim_all;
  if (cuts.empty() && !(trims && search->bytes->size == 0)) return c.heap().reserve(Words(2)).cons(c.arg(0), nil);
  // Parts from the back, so that trailing empty ones can be left out.
  size_t end = search->bytes->size;
  Term list = nil;
  bool kept = false;
  for (size_t i = cuts.size() + 1; i-- > 0;) {
    size_t start = i == 0 ? 0 : cuts[i - 1].start + cuts[i - 1].length;
    bool drop = start == end && (search->trim_all || (search->trim && !kept));
    if (!drop) {
      Term part = bits::slice(c.heap(), c.arg(0), start * 8, (end - start) * 8);
      list = c.heap().reserve(Words(2)).cons(part, list);
      kept = true;
    }
    if (i > 0) end = cuts[i - 1].start;
  }
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
