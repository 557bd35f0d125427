// Natives of module maps, and erlang's map guards.
#include "bifs/bif.h"
#include "bifs/list_builder.h"
#include "vm/term/map.h"

#include <vector>

namespace joist {
namespace {

// {badmap, M}: what maps functions raise when the map argument is none.
NativeResult badmap(NativeCall& c, Term t) {
  return c.error(c.heap().reserve(Words(3)).tuple(atom::badmap, t));
}
NativeResult badkey(NativeCall& c, Term key) {
  return c.error(c.heap().reserve(Words(3)).tuple(atom::badkey, key));
}

}  // namespace

BIF(erlang, map_size, 1) {
  return is_map(c.arg(0)) ? NativeResult(Term::small(map::size(c.arg(0)))) : badmap(c, c.arg(0));
}
BIF(erlang, is_map_key, 2) {
  return is_map(c.arg(1)) ? NativeResult(boolean(map::get(c.arg(1), c.arg(0)).is_value())) : badmap(c, c.arg(1));
}
BIF(erlang, map_get, 2) {
  if (!is_map(c.arg(1))) return badmap(c, c.arg(1));
  Term v = map::get(c.arg(1), c.arg(0));
  return v.is_value() ? NativeResult(v) : badkey(c, c.arg(0));
}

BIF(maps, get, 2) {
  if (!is_map(c.arg(1))) return badmap(c, c.arg(1));
  Term v = map::get(c.arg(1), c.arg(0));
  return v.is_value() ? NativeResult(v) : badkey(c, c.arg(0));
}
BIF(maps, find, 2) {
  if (!is_map(c.arg(1))) return badmap(c, c.arg(1));
  Term v = map::get(c.arg(1), c.arg(0));
  return v.is_value() ? c.heap().reserve(Words(3)).tuple(atom::ok, v) : atom::error;
}
BIF(maps, is_key, 2) {
  return is_map(c.arg(1)) ? NativeResult(boolean(map::get(c.arg(1), c.arg(0)).is_value())) : badmap(c, c.arg(1));
}
BIF(maps, put, 3) {
  return is_map(c.arg(2)) ? NativeResult(map::put(c.heap(), c.arg(2), c.arg(0), c.arg(1))) : badmap(c, c.arg(2));
}
BIF(maps, update, 3) {
  if (!is_map(c.arg(2))) return badmap(c, c.arg(2));
  Term m = map::update(c.heap(), c.arg(2), c.arg(0), c.arg(1));
  return m.is_value() ? NativeResult(m) : badkey(c, c.arg(0));
}
BIF(maps, remove, 2) {
  return is_map(c.arg(1)) ? NativeResult(map::remove(c.heap(), c.arg(1), c.arg(0))) : badmap(c, c.arg(1));
}
BIF(maps, take, 2) {
  if (!is_map(c.arg(1))) return badmap(c, c.arg(1));
  Term removed;
  Term m = map::remove(c.heap(), c.arg(1), c.arg(0), &removed);
  return removed.is_value() ? c.heap().reserve(Words(3)).tuple(removed, m) : atom::error;
}
BIF(maps, keys, 1) {
  if (!is_map(c.arg(0))) return badmap(c, c.arg(0));
  c.charge(map::size(c.arg(0)) / 8);
  return map::keys(c.heap(), c.arg(0));
}
BIF(maps, values, 1) {
  if (!is_map(c.arg(0))) return badmap(c, c.arg(0));
  c.charge(map::size(c.arg(0)) / 8);
  return map::values(c.heap(), c.arg(0));
}
// kind: Long
BIF(maps, merge, 2) {
  if (!is_map(c.arg(0))) return badmap(c, c.arg(0));
  if (!is_map(c.arg(1))) return badmap(c, c.arg(1));
  size_t left = map::size(c.arg(0)), right = map::size(c.arg(1));
  if (c.too_long(left < right ? left : right)) return c.elsewhere();
  c.charge((left + right) / 8);
  return map::merge(c.heap(), c.arg(0), c.arg(1));
}

// kind: Long
BIF(maps, from_list, 1) {
  SWord n = proper_length(c.arg(0));
  if (n < 0) return badarg();
  if (c.too_long(size_t(n))) return c.elsewhere();
  std::vector<Term> pairs;
  pairs.reserve(2 * n);
  for (Term list = c.arg(0); list.is_cons(); list = list.as_cons()->tail) {
    auto pair = list.as_cons()->head.as<Tuple>();
    if (!pair || pair->arity() != 2) return badarg();
    pairs.push_back(pair->at(0));
    pairs.push_back(pair->at(1));
  }
  c.charge(n / 2);
  return map::from_pairs(c.heap(), pairs.data(), n);
}
// kind: Long
BIF(maps, from_keys, 2) {
  SWord n = proper_length(c.arg(0));
  if (n < 0) return badarg();
  if (c.too_long(size_t(n))) return c.elsewhere();
  std::vector<Term> pairs;
  pairs.reserve(2 * n);
  for (Term list = c.arg(0); list.is_cons(); list = list.as_cons()->tail) {
    pairs.push_back(list.as_cons()->head);
    pairs.push_back(c.arg(1));
  }
  c.charge(n / 2);
  return map::from_pairs(c.heap(), pairs.data(), n);
}

}  // namespace joist
