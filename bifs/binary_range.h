// {Position, Length} arguments of the binary natives.
#pragma once
#include "vm/term/term.h"

namespace joist {

struct BinaryRange {
  size_t start = 0, length = 0;  // bytes
};

// A negative length counts backwards from position, as in binary:part/3. False unless inside `size`.
inline bool binary_range(Term position, Term length, size_t size, BinaryRange* out) {
  if (!position.is_small() || !length.is_small()) return false;
  SWord start = position.small_value(), n = length.small_value();
  if (start < 0) return false;
  if (n < 0) {
    start += n;
    n = -n;
  }
  if (start < 0 || Word(start) > size || Word(n) > size - Word(start)) return false;
  *out = {size_t(start), size_t(n)};
  return true;
}

}  // namespace joist
