// What an encoded term needs, before anything is allocated for it.
#pragma once
#include "vm/base/types.h"

namespace joist::etf {

struct Measure {
  size_t bytes;       // that the term takes of the data
  size_t words;       // heap words for all but large maps
  size_t trie_words;  // estimate for large maps
};
// data: without the magic byte. False: malformed. What is left to check are contents: atoms, identities, floats, map
// keys.
bool measure(const uint8_t* data, size_t size, Measure* out);

}  // namespace joist::etf
