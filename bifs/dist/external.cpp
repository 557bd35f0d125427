// erts_debug:dist_ext_to_term/2: what the payload of a packet says, given the atoms that its header names.
#include <vector>

#include "bifs/bif.h"
#include "vm/term/bits.h"
#include "vm/term/etf/etf.h"
#include "vm/term/etf/tags.h"

namespace joist {

// (Atoms, Binary)
BIF(erts_debug, dist_ext_to_term, 2) {
  constexpr size_t most_atoms = 255;
  auto atoms = c.arg(0).as<Tuple>();
  if (!atoms || atoms->arity() > most_atoms || !is_bits(c.arg(1))) return badarg();
  std::vector<Term> cache;
  for (size_t i = 0; i < atoms->arity(); i++) {
    if (!atoms->at(i).is_atom()) return badarg();
    cache.push_back(atoms->at(i));
  }
  BitSpan span = bits::span(c.arg(1));
  if (span.size % 8) return badarg();
  std::string bytes(span.size / 8, '\0');
  auto data = reinterpret_cast<uint8_t*>(bytes.data());
  bits::copy(data, 0, span.data, span.offset, span.size);
  if (bytes.size() > 1 && data[1] == etf::tag_compressed) return badarg();  // not between nodes
  etf::DecodeOptions options;
  options.atom_cache = cache.data();
  options.atom_cache_size = cache.size();
  auto decoded = etf::decode(c.heap(), data, bytes.size(), options);
  c.charge(bytes.size() / 64);
  return decoded ? NativeResult(decoded->term) : badarg();
}

}  // namespace joist
