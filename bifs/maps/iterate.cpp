// How maps.erl goes through maps: erts_internal:map_next/3.
//
// A place in a large map is a path: the child index at each level, 4 bits each, the root's in the least significant. A call returns as
// many associations as the slice allows, and the path to the next.
#include "bifs/bif.h"
#include "vm/base/work_stack.h"
#include "vm/term/arith.h"
#include "vm/term/map.h"

namespace joist {
namespace {

constexpr size_t first_portion = 32;  // the caller may want but a few
constexpr size_t levels_a_limb = 16;
constexpr size_t max_limbs = map::max_levels / levels_a_limb;

Term path_term(Heap& heap, const uint8_t* indices, size_t count) {
  Word limbs[max_limbs] = {};
  for (size_t i = 0; i < count; i++) limbs[i / levels_a_limb] |= Word(indices[i]) << (4 * (i % levels_a_limb));
  size_t n = max_limbs;
  while (n > 0 && limbs[n - 1] == 0) n--;
  return n <= 1 ? arith::make_unsigned(heap, limbs[0]) : arith::make_bignum(heap, limbs, n, false);
}

bool path_of(Term t, uint8_t* indices, size_t* count) {
  Word one;
  const Word* limbs = &one;
  size_t n = 1;
  if (t.is_small()) {
    if (t.small_value() < 0) return false;
    one = Word(t.small_value());
  } else if (auto big = t.as<Bignum>()) {
    if (big->negative()) return false;
    limbs = big->limbs;
    n = big->limb_count() < max_limbs ? big->limb_count() : max_limbs;  // deeper levels there are not
  } else {
    return false;
  }
  *count = n * levels_a_limb;
  for (size_t i = 0; i < *count; i++) indices[i] = uint8_t(limbs[i / levels_a_limb] >> (4 * (i % levels_a_limb)) & 15);
  return true;
}

struct Pair {
  Term key, value;
};

// A small map's associations in one step.
NativeResult all_of(NativeCall& c, const FlatMap& map, Term list) {
  bool nested = list.same(atom::iterator);
  size_t n = map.size();
  const Term* keys = map.key_tuple()->elements;
  HeapWriter w = c.heap().reserve(Words((nested ? 4 : 5) * n));
  Term result = nested ? atom::none : list;
  for (size_t i = n; i-- > 0;) {
    if (nested) {
      result = w.tuple(keys[i], map.values[i], result);
    } else {
      Term pair = w.tuple(keys[i], map.values[i]);
      result = w.cons(pair, result);
    }
  }
  c.charge(SWord(n / 4));
  return result;
}

}  // namespace

// map_next(Path, Map, iterator): {K1, V1, {K2, V2, … [Path | Map]}}, or none at the end.
// map_next(Path, Map, List): [Path, Map, {Kn, Vn} … {K1, V1} | List], or without the first two at the end.
// A small map goes at once, its list in the order of the keys.
BIF(erts_internal, map_next, 3) {
  Term map = c.arg(1), list = c.arg(2);
  bool nested = list.same(atom::iterator);
  if (!is_map(map) || (!nested && !list.is_list())) return badarg();
  if (auto flat = map.as<FlatMap>()) {
    if (!c.arg(0).is_small() || Word(c.arg(0).small_value()) > flat->size()) return badarg();
    return all_of(c, *flat, list);
  }
  map::Iterator iterator(map);
  uint8_t from[map::max_levels];
  size_t count;
  if (!path_of(c.arg(0), from, &count) || !iterator.seek(from, count)) return badarg();
  SWord budget = c.process.reductions / 4;
  size_t limit = budget < 1 ? 1 : size_t(budget);
  if (c.arg(0).same(Term::small(0)) && limit > first_portion) limit = first_portion;
  WorkStack<Pair> pairs;
  Pair pair;
  while (pairs.size() < limit && iterator.next(&pair.key, &pair.value)) pairs.push(pair);
  size_t n = pairs.size();
  c.charge(SWord(4 * n));

  uint8_t indices[map::max_levels];
  size_t levels = iterator.path(indices);
  Term path = levels ? path_term(c.heap(), indices, levels) : Term();
  HeapWriter w = c.heap().reserve(Words((nested ? 4 : 5) * n + 4));
  Term result;
  if (nested) {
    result = levels ? w.cons(path, map) : atom::none;
    for (size_t i = n; i-- > 0;) result = w.tuple(pairs[i].key, pairs[i].value, result);
  } else {
    result = list;
    for (size_t i = 0; i < n; i++) {
      const Pair& p = pairs[i];
      Term tuple = w.tuple(p.key, p.value);
      result = w.cons(tuple, result);
    }
    if (levels) {
      result = w.cons(map, result);
      result = w.cons(path, result);
    }
  }
  c.heap().commit(w);
  return result;
}

// The shared tuple of a small map's keys.
BIF(erts_internal, map_to_tuple_keys, 1) {
  if (!is_map(c.arg(0))) return c.error(c.heap().reserve(Words(3)).tuple(atom::badmap, c.arg(0)));
  auto flat = c.arg(0).as<FlatMap>();
  return flat ? NativeResult(flat->keys) : badarg();
}

// Children of a large map or of a node inside one, for erts_debug:size/1.
BIF(erts_internal, map_hashmap_children, 1) {
  const Term* first;
  size_t count;
  if (auto root = c.arg(0).as<MapRoot>()) {
    first = root->children;
    count = header_words(root->header) - 1;
  } else if (auto node = c.arg(0).as<MapNode>()) {
    first = node->children;
    count = header_words(node->header);
  } else {
    return badarg();
  }
  HeapWriter w = c.heap().reserve(Words(2 * count));
  Term list = nil;
  for (size_t i = count; i-- > 0;) list = w.cons(first[i], list);
  return list;
}

}  // namespace joist
