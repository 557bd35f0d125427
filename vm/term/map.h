// Maps: flat up to 32 associations, hash array mapped tries above. Iteration order of large maps is OTP 25's wherever
// internal_hash agrees with it.
#pragma once
#include "gc/heap.h"

namespace joist::map {

size_t size(Term map);
// Position of a key in a flat map by its word: of an immediate, or of a pointer to the same words. The map's size when it is not there.
[[gnu::always_inline]] inline size_t position_of_word(const FlatMap& map, Term key) {
  const Term* keys = map.key_tuple()->elements;
  size_t i = 0, n = map.size();
  while (i < n && !keys[i].same(key)) i++;
  return i;
}
// Value of key, or the non-value.
Term get(Term map, Term key);
// As get with internal_hash(key) known (precomputed for literal keys of large maps).
Term get_hashed(Term map, Term key, uint32_t hash);
// New map with key → value added or replaced.
Term put(Heap& heap, Term map, Term key, Term value);
// Replaces; the non-value when key is absent.
Term update(Heap& heap, Term map, Term key, Term value);
// Without key; `map` itself when key is absent. *removed (may be null) gets the value or the non-value.
Term remove(Heap& heap, Term map, Term key, Term* removed = nullptr);
// pairs: key, value, key, value …; later ones win. count = number of pairs.
Term from_pairs(Heap& heap, const Term* pairs, size_t count);
// As put for many: put_map_assoc. exact: every key must exist, else the non-value (put_map_exact). *bad_key names it.
Term put_many(Heap& heap, Term map, const Term* pairs, size_t count, bool exact, Term* bad_key);
Term merge(Heap& heap, Term a, Term b);  // b wins
// Lists as maps:keys/1, values/1 and to_list/1 give them: those of a large map are in reverse iteration order, as in OTP.
Term keys(Heap& heap, Term map);
Term values(Heap& heap, Term map);
Term to_list(Heap& heap, Term map);      // [{K, V}]
inline constexpr size_t empty_words = 3; // empty map with its own key tuple; use empty() where one can be shared
Term empty();                            // the literal #{}
// Called once by init_literals: from then on #{} is the literal written to these empty_words words.
void place_empty(Word* literal);

// Levels of a trie: 8 of 4 bits per 32-bit hash, then the key is hashed anew (map_hash with the next depth). Keys that agree in
// all of 6 hashes are beyond what can be found.
inline constexpr size_t max_levels = 48;

// Iteration without recursion: ascending keys of a flat map, hash order of a large one.
class Iterator {
 public:
  explicit Iterator(Term map);
  // False at the end.
  bool next(Term* key, Term* value);

  // Where in a large map the next association is, as one child index a level from the root, least significant first (the path
  // of erts_internal:map_next/3). Returns the number of levels, 0 at the end.
  size_t path(uint8_t indices[max_levels]) const;
  // Moves to a path that path() gave; further levels count as 0. False when the map has no such place.
  bool seek(const uint8_t* indices, size_t count);

 private:
  struct Level { Term node; uint32_t index; };
  Term map_;
  size_t flat_index_ = 0;
  uint32_t depth_ = 0;
  Level path_[max_levels];
};

}  // namespace joist::map
