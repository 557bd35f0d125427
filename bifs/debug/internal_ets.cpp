#include "bifs/debug/internal_ets.h"

#include "bifs/ets/common.h"

namespace joist {

namespace {

bool is(Term t, std::string_view text) { return t.is_atom() && atom_text(t) == text; }

// {Table, true} or not, of an ordered set that many processes may write; null for anything else.
ets::Table* concurrent_tree(Term value, bool* on) {
  auto pair = value.as<Tuple>();
  if (!pair || pair->arity() != 2) return nullptr;
  *on = pair->at(1).same(atom::true_);
  ets::Table* t = ets::find_table(pair->at(0));
  return t && t->is_tree() && t->write_concurrency ? t : nullptr;
}

// A small table becomes one of many nodes. Nodes never join, so there is nothing to force or to randomise about that.
NativeResult force_split(Term value) {
  bool on;
  ets::Table* t = concurrent_tree(value, &on);
  if (!t) return badarg();
  ets::Hold hold(*t, ets::Hold::Write);
  if (t->deleted.load()) return badarg();
  t->tree->force_split = on;
  return atom::ok;
}

NativeResult colliding_names(NativeCall& c, Term value) {
  auto pair = value.as<Tuple>();
  if (!pair || pair->arity() != 2 || !pair->at(0).is_atom() || !pair->at(1).is_small() || pair->at(1).small_value() < 0) return badarg();
  std::vector<Term> names = ets::neighbouring_names(pair->at(0), size_t(pair->at(1).small_value()));
  HeapWriter w = c.heap().reserve(Words(2 * names.size()));
  Term list = nil;
  for (Term name : names) list = w.cons(name, list);
  return list;
}

}  // namespace

bool get_ets_state(NativeCall& c, Term item, NativeResult* result) {
  // Counters are spread over a table's stripes; what they take is not told apart from the table.
  static const Term notsup = make_atom("notsup");
  if (is(item, "flxctr_memory_usage")) return *result = notsup, true;
  if (!is(item, "DbTable_words")) return false;
  *result = c.heap().reserve(Words(3)).tuple(Term::small(ets::Table::struct_words), Term::small(ets::Table::segment_list_words));
  return true;
}

bool set_ets_state(NativeCall& c, Term item, Term value, NativeResult* result) {
  bool on;
  if (is(item, "ets_force_trap")) {
    bool good = value.same(atom::true_) || value.same(atom::false_);
    if (good) ets::force_turns.store(value.same(atom::true_));
    *result = good ? NativeResult(atom::ok) : badarg();
  } else if (is(item, "ets_force_split")) {
    *result = force_split(value);
  } else if (is(item, "ets_debug_random_split_join")) {
    // Only `false` is what a table does.
    *result = concurrent_tree(value, &on) && !on ? NativeResult(atom::ok) : badarg();
  } else if (is(item, "colliding_names")) {
    *result = colliding_names(c, value);
  } else {
    return false;
  }
  return true;
}

}  // namespace joist
