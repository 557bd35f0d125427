// Literals live outside all heaps, in one reserved address range, so "is it a literal" is one subtraction and compare.
#pragma once
#include "gc/heap.h"

namespace joist {

// Set once by init_literals. Address space only; pages are committed as used.
extern Word literal_range_start;
extern size_t literal_range_bytes;

inline bool is_literal_pointer(const void* p) {
  return reinterpret_cast<Word>(p) - literal_range_start < literal_range_bytes;
}
inline bool is_literal(Term t) { return t.is_pointer() && is_literal_pointer(t.pointer()); }

// A block of literals: a module's, or one persistent_term's.
struct LiteralArea {
  Word* start;
  Word* top;
  Word* end;
  OffHeap* off_heap = nullptr;
  bool contains(Term t) const { return t.is_pointer() && t.pointer() >= start && t.pointer() < end; }
  HeapWriter writer() { return HeapWriter(top, end, &off_heap); }
};

void init_literals();
// Thread-safe. Aborts with a message when the range is exhausted.
LiteralArea* literal_area_create(Words words);
// Caller guarantees that nothing refers to it any more (after purge + quiescence).
void literal_area_destroy(LiteralArea* area);
// When `next` lies right behind `area`, it becomes part of it, up to a size that is quickly copied; else false.
bool literal_area_join(LiteralArea& area, LiteralArea& next);
size_t literal_bytes_total();

}  // namespace joist
