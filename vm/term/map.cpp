// Maps as the rest of the VM sees them, and flat maps. Tries are in map_trie.cpp.
//
// A flat map is a tuple of sorted keys, shared by all maps that were made from one another by changing values, and the values
// in the same order. The 33rd key turns it into a trie; a trie that shrinks to 32 keys becomes flat again. Which of the two a
// map is thus follows from its size, and equality relies on that.
#include "vm/term/map.h"

#include <cstring>
#include <memory>

#include "vm/term/atom.h"
#include "vm/term/map_nodes.h"
#include "vm/term/quick_order.h"

namespace joist::map {

namespace {

alignas(8) constexpr Word empty_key_tuple[1] = {Tuple::make(0)};
struct EmptyMap {
  Word words[2];
  EmptyMap() : words{make_header(Kind::FlatMap, 1), Term::boxed(empty_key_tuple).raw()} {}
};
alignas(8) const EmptyMap empty_map;

}  // namespace

static Term the_empty_map = Term::boxed(empty_map.words);

Term empty() { return the_empty_map; }

void place_empty(Word* literal) {
  literal[0] = make_header(Kind::FlatMap, 1);
  literal[1] = Term::boxed(literal + 2).raw();
  literal[2] = Tuple::make(0);
  the_empty_map = Term::boxed(literal);
}

size_t size(Term map) {
  if (auto m = map.as<FlatMap>()) return m->size();
  return size_t(map.as<MapRoot>()->count.small_value());
}

namespace {

// Few of them: two at a time take less than a call.
[[gnu::always_inline]] inline void copy_terms(Term* to, const Term* from, size_t n) {
  size_t i = 0;
  for (; i + 2 <= n; i += 2) std::memcpy(static_cast<void*>(to + i), from + i, 2 * sizeof(Term));
  if (i < n) to[i] = from[i];
}

// Where a key is in a flat map, or where it would be inserted.
struct Place {
  size_t at;
  bool found;
};

// The key's place among so many small integers that begin the keys.
Place search_small(const Term* keys, size_t n, Term key) {
  size_t i = 0;
  while (i < n && keys[i].is_small() && SWord(keys[i].raw()) < SWord(key.raw())) i++;
  return {i, i < n && keys[i].same(key)};
}

int compare_keys(Term a, Term b) {
  int c;
  return quick_order(a, b, &c) ? c : compare_terms_exact(a, b);
}
int compare_atom_key(Term atom, uint64_t prefix, Term key) {
  if (!key.is_atom()) return compare_keys(atom, key);
  uint64_t other = atom_entry(key.atom_index()).prefix;
  if (prefix != other) return prefix < other ? -1 : 1;
  return atom.same(key) ? 0 : compare_atoms(atom, key);
}

// compare(k): the order of the key that is looked for and k.
template <class Compare>
[[gnu::always_inline]] inline Place binary_search(const Term* keys, size_t n, Compare compare) {
  size_t low = 0, high = n;
  while (low < high) {
    size_t middle = (low + high) / 2;
    int c = compare(keys[middle]);
    if (c == 0) return {middle, true};
    if (c < 0) high = middle;
    else low = middle + 1;
  }
  return {low, false};
}

Place search(const Term* keys, size_t n, Term key) {
  if (n == 0) return {0, false};
  // No large integer, which may be less, is in front.
  if (key.is_small() && !keys[0].is_pointer()) return search_small(keys, n, key);
  if (key.is_atom()) {
    uint64_t prefix = atom_entry(key.atom_index()).prefix;
    return binary_search(keys, n, [=](Term k) { return compare_atom_key(key, prefix, k); });
  }
  // Keys often come in their order.
  if (int c = compare_keys(key, keys[n - 1]); c >= 0) return {n - (c == 0), c == 0};
  return binary_search(keys, n - 1, [=](Term k) { return compare_keys(key, k); });
}

// Tuples of immediates are equal when their words are.
bool is_plain_tuple(Term key) {
  auto tuple = key.as<Tuple>();
  if (!tuple) return false;
  for (size_t i = tuple->arity(); i-- > 0;)
    if (tuple->at(i).is_pointer()) return false;
  return true;
}

// As position_of_word(), for a tuple of immediates. Keys of one map often differ in the last element only.
size_t position_of_plain_tuple(const FlatMap& map, const Tuple& key) {
  const Term* keys = map.key_tuple()->elements;
  size_t n = map.size(), arity = key.arity();
  for (size_t i = 0; i < n; i++) {
    if (!keys[i].is_boxed() || keys[i].header() != key.header) continue;
    const Tuple& other = *keys[i].as<Tuple>().get();
    size_t at = arity;
    while (at > 0 && other.elements[at - 1].same(key.elements[at - 1])) at--;
    if (at == 0) return i;
  }
  return n;
}

// An atom is found most quickly by its word, others by their order.
Place place_of(const FlatMap& map, Term key) {
  if (key.is_atom())
    if (size_t i = position_of_word(map, key); i < map.size()) return {i, true};
  return search(map.key_tuple()->elements, map.size(), key);
}

// The value's slot; null when the key is absent.
const Term* find_flat(const FlatMap& map, Term key) {
  size_t i;
  if (!key.is_pointer()) {
    i = position_of_word(map, key);
  } else if (is_plain_tuple(key)) {
    i = position_of_plain_tuple(map, *key.as<Tuple>().get());
  } else {
    Place place = search(map.key_tuple()->elements, map.size(), key);
    i = place.found ? place.at : map.size();
  }
  return i < map.size() ? &map.values[i] : nullptr;
}

}  // namespace

void FlatBuffer::load(const FlatMap& map) {
  size = map.size();
  copy_terms(keys, map.key_tuple()->elements, size);
  copy_terms(values, map.values, size);
}

void FlatBuffer::put(Term key, Term value, bool replace_key) {
  auto [at, found] = search(keys, size, key);
  if (found) {
    if (replace_key) keys[at] = key;
    values[at] = value;
    return;
  }
  for (size_t i = size; i > at; i--) keys[i] = keys[i - 1], values[i] = values[i - 1];
  keys[at] = key;
  values[at] = value;
  size++;
}

Term make_flat(Heap& heap, const Term* keys, const Term* values, size_t n) {
  if (n == 0) return empty();
  HeapWriter w = heap.reserve(Words(3 + 2 * n));
  Tuple* tuple = w.tuple_of(n);
  copy_terms(tuple->elements, keys, n);
  auto* map = reinterpret_cast<FlatMap*>(w.take(2 + n));
  map->header = make_header(Kind::FlatMap, n + 1);
  map->keys = tuple->term();
  copy_terms(map->values, values, n);
  return map->term();
}

Term make_flat_like(Heap& heap, const FlatMap& like, const Term* values) {
  size_t n = like.size();
  HeapWriter w = heap.reserve(Words(2 + n));
  auto* map = reinterpret_cast<FlatMap*>(w.take(2 + n));
  map->header = like.header;
  map->keys = like.keys;
  std::memmove(static_cast<void*>(map->values), values, n * sizeof(Term));
  return map->term();
}

namespace {

Term replace_flat(Heap& heap, const FlatMap& map, size_t i, Term value) {
  if (map.values[i].same(value)) return Term::boxed(&map.header);
  Term changed = make_flat_like(heap, map, map.values);
  changed.as<FlatMap>()->values[i] = value;
  return changed;
}

// A flat map of `size` associations whose keys and values the caller fills.
FlatMap* new_flat(Heap& heap, size_t size, Tuple** keys) {
  HeapWriter w = heap.reserve(Words(3 + 2 * size));
  *keys = w.tuple_of(size);
  auto* map = reinterpret_cast<FlatMap*>(w.take(2 + size));
  map->header = make_header(Kind::FlatMap, size + 1);
  map->keys = (*keys)->term();
  return map;
}

// At place i a key that the map does not have.
Term insert_flat(Heap& heap, const FlatMap& map, size_t i, Term key, Term value) {
  size_t n = map.size();
  const Term* old_keys = map.key_tuple()->elements;
  Tuple* keys;
  FlatMap* fresh = new_flat(heap, n + 1, &keys);
  // One loop for all four pieces: its end is guessed wrong once.
  for (size_t k = 0; k < n; k++) {
    size_t to = k + (k >= i);
    keys->elements[to] = old_keys[k];
    fresh->values[to] = map.values[k];
  }
  keys->elements[i] = key;
  fresh->values[i] = value;
  return fresh->term();
}

Term remove_flat(Heap& heap, const FlatMap& map, size_t i) {
  size_t n = map.size();
  if (n == 1) return empty();
  const Term* old_keys = map.key_tuple()->elements;
  Tuple* keys;
  FlatMap* fresh = new_flat(heap, n - 1, &keys);
  copy_terms(keys->elements, old_keys, i);
  copy_terms(keys->elements + i, old_keys + i + 1, n - 1 - i);
  copy_terms(fresh->values, map.values, i);
  copy_terms(fresh->values + i, map.values + i + 1, n - 1 - i);
  return fresh->term();
}

}  // namespace

Term get(Term map, Term key) {
  if (auto m = map.as<FlatMap>()) {
    const Term* value = find_flat(*m, key);
    return value ? *value : Term();
  }
  return trie::get(map, key, map_hash(key, 0));
}

Term get_hashed(Term map, Term key, uint32_t hash) { return map.is<FlatMap>() ? get(map, key) : trie::get(map, key, hash); }

Term put(Heap& heap, Term map, Term key, Term value) {
  auto m = map.as<FlatMap>();
  if (!m) return trie::put(heap, map, key, value);
  auto [at, found] = place_of(*m, key);
  if (found) return replace_flat(heap, *m, at, value);
  if (m->size() < FlatMap::max_size) return insert_flat(heap, *m, at, key, value);
  FlatBuffer buffer;
  buffer.load(*m);
  buffer.put(key, value);
  TermArray<2 * (FlatMap::max_size + 1)> pairs;
  for (size_t k = 0; k < buffer.size; k++) pairs[2 * k] = buffer.keys[k], pairs[2 * k + 1] = buffer.values[k];
  return trie::build(heap, pairs, buffer.size);
}

Term update(Heap& heap, Term map, Term key, Term value) {
  if (auto m = map.as<FlatMap>()) {
    const Term* old = find_flat(*m, key);
    return old ? replace_flat(heap, *m, size_t(old - m->values), value) : Term();
  }
  if (get(map, key).is_non_value()) return {};
  return trie::put(heap, map, key, value);
}

Term remove(Heap& heap, Term map, Term key, Term* removed) {
  if (removed) *removed = {};
  auto m = map.as<FlatMap>();
  if (!m) {
    Term value = get(map, key);
    if (value.is_non_value()) return map;
    if (removed) *removed = value;
    if (size(map) > FlatMap::max_size + 1) return trie::remove(heap, map, key);
    FlatBuffer buffer;
    Iterator it(map);
    for (Term k, v; it.next(&k, &v);)
      if (!terms_equal(k, key)) buffer.put(k, v);
    return make_flat(heap, buffer.keys, buffer.values, buffer.size);
  }
  const Term* value = find_flat(*m, key);
  if (!value) return map;
  if (removed) *removed = *value;
  return remove_flat(heap, *m, size_t(value - m->values));
}

Term from_pairs(Heap& heap, const Term* pairs, size_t count) {
  if (count > FlatMap::max_size) return trie::build(heap, pairs, count);
  FlatBuffer buffer;
  for (size_t i = 0; i < count; i++) buffer.put(pairs[2 * i], pairs[2 * i + 1], true);
  return make_flat(heap, buffer.keys, buffer.values, buffer.size);
}

namespace {

// Both for existing keys only: shares the key tuple.
Term replace_many_flat(Heap& heap, const FlatMap& map, const Term* pairs, size_t count, Term* bad_key) {
  TermArray<FlatMap::max_size> values;
  copy_terms(values, map.values, map.size());
  for (size_t i = 0; i < count; i++) {
    const Term* old = find_flat(map, pairs[2 * i]);
    if (!old) {
      if (bad_key) *bad_key = pairs[2 * i];
      return {};
    }
    values[old - map.values] = pairs[2 * i + 1];
  }
  return make_flat_like(heap, map, values);
}

}  // namespace

Term put_many(Heap& heap, Term map, const Term* pairs, size_t count, bool exact, Term* bad_key) {
  if (count == 1 && !exact) return put(heap, map, pairs[0], pairs[1]);
  if (auto m = map.as<FlatMap>()) {
    if (exact) return replace_many_flat(heap, *m, pairs, count, bad_key);
    size_t total = m->size() + count;
    if (total <= FlatMap::max_size + 1) {
      FlatBuffer buffer;
      buffer.load(*m);
      for (size_t i = 0; i < count; i++) buffer.put(pairs[2 * i], pairs[2 * i + 1]);
      if (buffer.size == m->size()) return make_flat_like(heap, *m, buffer.values);
      if (buffer.size <= FlatMap::max_size) return make_flat(heap, buffer.keys, buffer.values, buffer.size);
    } else if (Term all_known = replace_many_flat(heap, *m, pairs, count, nullptr); all_known.is_value()) {
      return all_known;
    }
    std::unique_ptr<Term[]> all(new Term[2 * total]);
    for (size_t i = 0; i < m->size(); i++) all[2 * i] = m->key_tuple()->at(i), all[2 * i + 1] = m->values[i];
    std::memcpy(static_cast<void*>(&all[2 * m->size()]), pairs, 2 * count * sizeof(Term));
    return from_pairs(heap, all.get(), total);
  }
  for (size_t i = 0; i < count; i++) {
    if (exact && get(map, pairs[2 * i]).is_non_value()) {
      if (bad_key) *bad_key = pairs[2 * i];
      return {};
    }
    map = trie::put(heap, map, pairs[2 * i], pairs[2 * i + 1]);
  }
  return map;
}

namespace {

Term merge_flat(Heap& heap, const FlatMap& a, const FlatMap& b) {
  TermArray<2 * FlatMap::max_size> keys, values;
  size_t n = 0, i = 0, k = 0;
  auto take = [&](const FlatMap& from, size_t at) {
    keys[n] = from.key_tuple()->at(at);
    values[n++] = from.values[at];
  };
  while (i < a.size() && k < b.size()) {
    int c = compare_terms_exact(a.key_tuple()->at(i), b.key_tuple()->at(k));
    if (c < 0) {
      take(a, i++);
    } else {
      take(b, k++);
      if (c == 0) i++;
    }
  }
  while (i < a.size()) take(a, i++);
  while (k < b.size()) take(b, k++);
  if (n == a.size()) return make_flat_like(heap, a, values);
  if (n == b.size()) return make_flat_like(heap, b, values);
  if (n <= FlatMap::max_size) return make_flat(heap, keys, values, n);
  TermArray<4 * FlatMap::max_size> pairs;
  for (size_t p = 0; p < n; p++) pairs[2 * p] = keys[p], pairs[2 * p + 1] = values[p];
  return trie::build(heap, pairs, n);
}

}  // namespace

Term merge(Heap& heap, Term a, Term b) {
  if (a.same(b) || size(b) == 0) return a;
  if (size(a) == 0) return b;
  auto x = a.as<FlatMap>(), y = b.as<FlatMap>();
  if (x && y) return merge_flat(heap, *x, *y);
  if (!x && !y) return trie::merge(heap, a, b);
  if (y) {
    for (size_t i = 0; i < y->size(); i++) a = trie::put(heap, a, y->key_tuple()->at(i), y->values[i]);
    return a;
  }
  for (size_t i = 0; i < x->size(); i++) {
    Term key = x->key_tuple()->at(i);
    if (get(b, key).is_non_value()) b = trie::put(heap, b, key, x->values[i]);
  }
  return b;
}

// ---- lists

namespace {

// A list with an element of `words` heap words besides its cell for each association. Flat maps are walked from the end so that
// the list comes out ascending; large ones forward, which reverses them.
template <class Make>
Term list_of(Heap& heap, Term map, size_t words, Make make) {
  HeapWriter w = heap.reserve(Words((2 + words) * size(map)));
  Term list = nil;
  if (auto m = map.as<FlatMap>()) {
    for (size_t i = m->size(); i-- > 0;) {
      Term element = make(w, m->key_tuple()->at(i), m->values[i]);
      list = w.cons(element, list);
    }
    return list;
  }
  Iterator it(map);
  for (Term k, v; it.next(&k, &v);) {
    Term element = make(w, k, v);
    list = w.cons(element, list);
  }
  return list;
}

}  // namespace

Term keys(Heap& heap, Term map) {
  return list_of(heap, map, 0, [](HeapWriter&, Term k, Term) { return k; });
}
Term values(Heap& heap, Term map) {
  return list_of(heap, map, 0, [](HeapWriter&, Term, Term v) { return v; });
}
Term to_list(Heap& heap, Term map) {
  return list_of(heap, map, 3, [](HeapWriter& w, Term k, Term v) { return w.tuple(k, v); });
}

// ---- iteration

Iterator::Iterator(Term map) : map_(map) {
  if (!map.is<FlatMap>()) {
    path_[0] = {map, 0};
    depth_ = 1;
  }
}

bool Iterator::next(Term* key, Term* value) {
  if (auto m = map_.as<FlatMap>()) {
    if (flat_index_ == m->size()) return false;
    *key = m->key_tuple()->at(flat_index_);
    *value = m->values[flat_index_++];
    return true;
  }
  while (depth_ > 0) {
    Level& level = path_[depth_ - 1];
    NodeView node(level.node);
    if (level.index == node.count()) {
      depth_--;
      continue;
    }
    Term child = node.children[level.index++];
    if (child.is_cons()) {
      *key = leaf_key(child);
      *value = leaf_value(child);
      return true;
    }
    VERIFY(depth_ < max_levels);
    path_[depth_++] = {child, 0};
  }
  return false;
}

size_t Iterator::path(uint8_t indices[max_levels]) const {
  size_t depth = depth_;
  while (depth > 0 && path_[depth - 1].index == NodeView(path_[depth - 1].node).count()) depth--;
  if (depth == 0) return 0;
  // A level's index is already past the child that the level below is in.
  for (size_t i = 0; i < depth; i++) indices[i] = uint8_t(path_[i].index - (i + 1 < depth ? 1 : 0));
  return depth;
}

bool Iterator::seek(const uint8_t* indices, size_t count) {
  depth_ = 0;
  Term node = map_;
  for (size_t i = 0;; i++) {
    uint32_t index = i < count ? indices[i] : 0;
    NodeView view(node);
    if (index >= view.count() || depth_ == max_levels) return false;
    path_[depth_++] = {node, index + 1};
    node = view.children[index];
    if (node.is_cons()) break;
  }
  path_[depth_ - 1].index--;
  return true;
}

}  // namespace joist::map
