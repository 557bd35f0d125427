// The order of the terms that programs compare most often, without a call: small integers, atoms, and tuples that differ first in
// such. The exact order and that of == agree on these.
#pragma once
#include "vm/term/boxed.h"

namespace joist {

// The atom table's rows, as atom.cpp makes them: they never move.
struct AtomEntry {
  const char* text;
  uint64_t prefix;  // first 8 bytes, big-endian, padded with 0: orders like memcmp
  uint32_t hash;
  uint16_t bytes;
  uint16_t characters;
  bool is_latin1;
};
extern AtomEntry* atom_entries;

inline AtomEntry& atom_entry(uint32_t index) { return atom_entries[index]; }

// Whether these are two atoms that are the same or differ in the first 8 bytes; then *order is <0, 0 or >0.
[[gnu::always_inline]] inline bool quick_atom_order(Term a, Term b, int* order) {
  if (!a.is_atom() || !b.is_atom()) return false;
  uint64_t x = atom_entry(a.atom_index()).prefix, y = atom_entry(b.atom_index()).prefix;
  *order = x < y ? -1 : x > y;
  return x != y || a.same(b);
}

// Small integers before atoms before tuples; 0: something else.
[[gnu::always_inline]] inline int quick_rank(Term t) {
  return t.is_small() ? 1 : t.is_atom() ? 2 : t.is_boxed() && header_kind(t.header()) == Kind::Tuple ? 3 : 0;
}

// False: compare_terms() must tell. Of tuples the first elements that differ decide, if they differ in something that is told here.
[[gnu::always_inline]] inline bool quick_order(Term a, Term b, int* order) {
  *order = 0;
  if (a.same(b)) return true;
  bool last = true;  // nothing would be left to compare
  while (a.is_boxed() && b.is_boxed()) {
    Word header = a.header(), other = b.header();
    if (header_kind(header) != Kind::Tuple || header_kind(other) != Kind::Tuple) return false;
    if (header != other) {
      *order = header < other ? -1 : 1;
      return true;
    }
    const Word *x = a.boxed_words() + 1, *y = b.boxed_words() + 1, *end = x + header_words(header);
    while (x < end && *x == *y) x++, y++;
    if (x == end) return last;
    last &= x + 1 == end;
    a = Term::from_raw(*x);
    b = Term::from_raw(*y);
  }
  if (Term::both_small(a, b)) {
    *order = SWord(a.raw()) < SWord(b.raw()) ? -1 : 1;
    return true;
  }
  if (a.is_atom() && b.is_atom()) return quick_atom_order(a, b, order);
  int rank = quick_rank(a), other = quick_rank(b);
  if (rank == 0 || other == 0) return false;
  *order = rank < other ? -1 : 1;
  return true;
}

}  // namespace joist
