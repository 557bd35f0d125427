// Lists: measuring them, and building them from what is not a list.
#pragma once
#include <string_view>

#include "gc/heap.h"

namespace joist::list {

// Number of elements; -1 when t is no proper list. A loop that charges nothing: for lists of bounded size.
inline SWord proper_length(Term t) {
  SWord n = 0;
  for (; t.is_cons(); t = t.as_cons()->tail) n++;
  return t.is_nil() ? n : -1;
}

// The same in steps: counts at most `budget` cells. True when the end is reached; then `rest` is what the list ends in.
struct Length {
  size_t count = 0;
  Term rest;
  explicit Length(Term t) : rest(t) {}
  bool step(size_t budget) {
    while (rest.is_cons()) {
      if (budget-- == 0) return false;
      rest = rest.as_cons()->tail;
      count++;
    }
    return true;
  }
  bool proper() const { return rest.is_nil(); }
};

// [elements… | tail]
inline Term from_terms(Heap& heap, const Term* elements, size_t count, Term tail = nil) {
  HeapWriter w = heap.reserve(Words(2 * count));
  while (count-- > 0) tail = w.cons(elements[count], tail);
  return tail;
}
// A string: each byte an element.
inline Term from_bytes(Heap& heap, const void* data, size_t size, Term tail = nil) {
  auto* bytes = static_cast<const uint8_t*>(data);
  HeapWriter w = heap.reserve(Words(2 * size));
  while (size-- > 0) tail = w.cons(Term::small(bytes[size]), tail);
  return tail;
}
inline Term from_text(Heap& heap, std::string_view text, Term tail = nil) {
  return from_bytes(heap, text.data(), text.size(), tail);
}

// Copies a proper list of bytes to out[limit]; its length, or -1 when it is something else or longer.
inline SWord to_bytes(Term t, uint8_t* out, size_t limit) {
  size_t n = 0;
  for (; t.is_cons(); t = t.as_cons()->tail) {
    Term head = t.as_cons()->head;
    if (n == limit || !head.is_small() || Word(head.small_value()) > 255) return -1;
    out[n++] = uint8_t(head.small_value());
  }
  return t.is_nil() ? SWord(n) : -1;
}

}  // namespace joist::list
