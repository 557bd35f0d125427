// How packets begin (OTP manual: erts, "Distribution Header", "Distribution Header for fragmented messages").
//
// A distribution header is 131, its kind, for fragments the sequence and how many fragments are still to come with this one (8 bytes each),
// then, unless it continues a sequence, the number of atoms; if there are any, four bits of flags for each and for the whole, and for each
// atom the low byte of its place in the cache, followed by length and UTF-8 text when it is new there.
#pragma once
#include <cstddef>

#include "vm/dist/flags.h"

namespace joist::dist {

// Whether packets have a distribution header. It has no atoms when only fragments were agreed on.
constexpr bool has_header(uint64_t flags) { return flags & (flag::header_atom_cache | flag::fragments); }
inline constexpr uint8_t pass_through = 112;  // instead of a header: the terms follow, each with a magic byte of its own
inline constexpr uint8_t whole_packet = 68, first_fragment_packet = 69, fragment_packet = 70;

// Of an atom: its place is new, and bits 8 to 10 of the place.
inline constexpr uint8_t new_atom_flag = 8, place_segment = 7;
// Of the whole, behind those of the atoms: lengths are of two bytes.
inline constexpr uint8_t long_atoms_flag = 1;
constexpr size_t atom_flag_bytes(size_t atoms) { return atoms / 2 + 1; }

// Four bits each, the lower half of a byte first.
template <class Byte>
struct AtomFlags {
  Byte* bytes;
  uint8_t get(size_t i) const { return (bytes[i / 2] >> (4 * (i % 2))) & 15; }
  void set(size_t i, uint8_t flags) { bytes[i / 2] |= uint8_t(flags << (4 * (i % 2))); }  // they must have been 0
};

}  // namespace joist::dist
