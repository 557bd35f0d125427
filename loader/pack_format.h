// A pack's layout. The header (PackHeader, build id), the index (sorted by `beam`), the modules. Everything is in this machine's byte order
// and begins at a multiple of eight bytes.
#pragma once
#include <cstdint>

#include "vm/base/content_hash.h"
#include "vm/base/types.h"

namespace joist::pack_format {

struct PackHeader {
  char magic[8];
  uint64_t build_id_bytes;  // behind the header
  uint64_t modules;
  uint64_t bytes;           // of the whole file
  ContentHash index;        // of the rows of the index
};
inline constexpr char magic[8] = {'J', 'O', 'I', 'S', 'T', 'P', 'K', '1'};

struct IndexRow {
  ContentHash beam;  // of the file's bytes
  uint64_t offset, size;
};

// Behind it, each at a multiple of eight bytes: code words, functions, lines, entries of exports, of funs, exports referred to, arranged
// instructions, shapes (count, atoms …), references, big integers (size, bytes …).
struct ModuleHeader {
  uint8_t md5[16];
  uint32_t words, functions, lines, exports, funs, targets, arranged;
  uint32_t shapes;            // uint32_t
  uint32_t reference_bytes, big_integers, big_integer_bytes;
  uint32_t on_load;
};
struct Function {
  uint32_t info, entry, name, arity;  // name: number of an atom
};
struct Target {
  uint32_t module, function, arity;  // numbers of atoms
};
// A reference is a byte: its kind (references.h) above, below the words from the reference before. A referring word holds the number of
// what it refers to, a handler's the distance from handler_tables.
inline constexpr unsigned gap_bits = 5;
inline constexpr uint32_t most_gap = (1u << gap_bits) - 1;

inline constexpr size_t padded(size_t bytes) { return (bytes + 7) & ~size_t(7); }

}  // namespace joist::pack_format
