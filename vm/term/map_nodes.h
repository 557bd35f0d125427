// What the two files of maps share: looking at trie nodes, and building either kind. Private to vm/term/map*.cpp and erts_debug:map_info.
#pragma once
#include <bit>

#include "gc/heap.h"
#include "vm/term/compare.h"
#include "vm/term/hash.h"
#include "vm/term/map.h"

namespace joist::map {

// Children of a root or inner node. A child is a cons [Key|Value] or a MapNode.
struct NodeView {
  const Term* children;
  uint32_t bitmap;
  explicit NodeView(Term node) {
    Word* w = node.boxed_words();
    bitmap = header_aux(*w);
    children = reinterpret_cast<const Term*>(w) + (header_kind(*w) == Kind::MapRoot ? 2 : 1);
  }
  unsigned count() const { return unsigned(std::popcount(bitmap)); }
  bool has(unsigned slot) const { return bitmap >> slot & 1; }
  // Position among the children that slot has or would have.
  unsigned position(unsigned slot) const { return unsigned(std::popcount(bitmap & ((1u << slot) - 1))); }
};

// The key's hash as seen at `level`: its low 4 bits are the slot there.
inline uint32_t hash_at(Term key, unsigned level) { return map_hash(key, level / 8) >> (4 * (level % 8)); }
// From the hash at level - 1 to the hash at `level`.
inline uint32_t next_hash(uint32_t hash, unsigned level, Term key) {
  return level % 8 ? hash >> 4 : map_hash(key, level / 8);
}

inline Term leaf_key(Term leaf) { return leaf.as_cons()->head; }
inline Term leaf_value(Term leaf) { return leaf.as_cons()->tail; }

inline Word node_header(uint32_t bitmap) { return make_header(Kind::MapNode, std::popcount(bitmap), uint16_t(bitmap)); }
inline Word root_header(uint32_t bitmap) { return make_header(Kind::MapRoot, std::popcount(bitmap) + 1, uint16_t(bitmap)); }

// A map of n distinct sorted keys.
Term make_flat(Heap& heap, const Term* keys, const Term* values, size_t n);
// Flat map with the key tuple of `like`.
Term make_flat_like(Heap& heap, const FlatMap& like, const Term* values);

// Terms that nothing initialises: most are never used.
template <size_t N>
class TermArray {
 public:
  operator Term*() { return reinterpret_cast<Term*>(words_); }

 private:
  Word words_[N];
};

// Sorted keys with their values, at most one more than a flat map takes.
struct FlatBuffer {
  TermArray<FlatMap::max_size + 1> keys, values;
  size_t size = 0;
  void load(const FlatMap& map);
  // Adds or replaces; the key itself too when replace_key. There must be room.
  void put(Term key, Term value, bool replace_key = false);
};

namespace trie {
Term get(Term map, Term key, uint32_t hash);
Term put(Heap& heap, Term map, Term key, Term value);
// Precondition: size > 33, so the result is large again. The non-value when key is absent.
Term remove(Heap& heap, Term map, Term key);
// Any number of pairs with duplicates, of which the last wins; returns a flat map when few keys are left.
Term build(Heap& heap, const Term* pairs, size_t count);
Term merge(Heap& heap, Term a, Term b);
}  // namespace trie

}  // namespace joist::map
