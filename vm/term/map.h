// Maps: flat up to 32 associations, hash array mapped tries above. Iteration order of large maps is OTP 25's wherever
// internal_hash agrees with it.
#pragma once
#include "gc/heap.h"

namespace joist::map {

size_t size(Term map);
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
Term keys(Heap& heap, Term map);         // list, in iteration order
Term values(Heap& heap, Term map);
Term to_list(Heap& heap, Term map);      // [{K, V}]
inline constexpr size_t empty_words = 3; // empty map with its own key tuple; use empty() where one can be shared
Term empty();                            // the literal #{}

// Iteration without recursion. Path depth is bounded (8 levels of 4 bits per 32-bit hash, then rehashed).
class Iterator {
 public:
  explicit Iterator(Term map);
  // False at the end.
  bool next(Term* key, Term* value);

 private:
  struct Level { Term node; uint32_t index; };
  Term map_;
  size_t flat_index_ = 0;
  uint32_t depth_ = 0;
  Level path_[48];
};

}  // namespace joist::map
