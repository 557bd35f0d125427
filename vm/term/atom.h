// The atom table: index ↔ UTF-8 text. Concurrent: reading takes no lock; atoms are never removed.
#pragma once
#include <string_view>

#include "vm/term/term.h"

namespace joist {

namespace atom {
// Atoms the VM itself names: X(cpp_name, "text") rows of atoms.def, in index order from 0.
enum Index : uint32_t {
#define X(name, text) index_##name,
#include "vm/term/atoms.def"
#undef X
  predefined_count
};
#define X(name, text) inline constexpr Term name = Term::atom(index_##name);
#include "vm/term/atoms.def"
#undef X
}  // namespace atom

inline constexpr size_t max_atom_characters = 255;

// Must run once before any other call. limit: +t flag, 1,048,576 by default.
void init_atoms(size_t limit);
// The atom of this valid UTF-8 text of at most 255 characters (the caller checked); the non-value when the table is full.
Term make_atom(std::string_view utf8);
// The atom if it exists already, else the non-value.
Term find_atom(std::string_view utf8);
// Text of an atom; lives for ever.
std::string_view atom_text(Term atom);
// Number of characters (not bytes).
size_t atom_characters(Term atom);
// Whether all characters are below 256.
bool atom_is_latin1(Term atom);
// OTP's hash of the atom's text, the base of phash2 and phash ('atom_tab(index)->slot.bucket.hvalue' there).
uint32_t atom_hash(Term atom);
// First three-ish bytes packed for fast ordering; falls back to the text on a tie. <0, 0, >0.
int compare_atoms(Term a, Term b);
size_t atom_count();
size_t atom_limit();
size_t atom_table_bytes();  // memory(atom)
size_t atom_text_bytes();   // memory(atom_used)

inline Term boolean(bool b) { return b ? atom::true_ : atom::false_; }

}  // namespace joist
