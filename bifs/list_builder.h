// Lists as natives walk and build them.
#pragma once
#include <string_view>
#include <vector>

#include "gc/heap.h"

namespace joist {

// Builds a list front to back in room for `count` cells, reserved at once.
class ListBuilder {
 public:
  ListBuilder(Heap& heap, size_t count) : writer_(heap.reserve(Words(2 * count))) {}
  void push(Term t) {
    Word* cell = writer_.take(2);
    cell[0] = t.raw();
    cell[1] = nil.raw();
    if (last_) last_[1] = Term::cons(cell).raw();
    else first_ = Term::cons(cell);
    last_ = cell;
  }
  // The list so far, ending in `tail`.
  Term finish(Term tail = nil) {
    if (!last_) return tail;
    last_[1] = tail.raw();
    return first_;
  }

 private:
  HeapWriter writer_;
  Term first_;
  Word* last_ = nullptr;
};

inline Term list_of(Heap& heap, const std::vector<Term>& items) {
  ListBuilder list(heap, items.size());
  for (Term t : items) list.push(t);
  return list.finish();
}

// Number of elements, or -1 for an improper list or no list.
inline SWord proper_length(Term list) {
  SWord n = 0;
  for (; list.is_cons(); list = list.as_cons()->tail) n++;
  return list.is_nil() ? n : -1;
}

// List of Latin-1 character codes, as *_to_list natives return.
inline Term text_to_list(Heap& heap, std::string_view text, Term tail = nil) {
  ListBuilder out(heap, text.size());
  for (char ch : text) out.push(Term::small(uint8_t(ch)));
  return out.finish(tail);
}

}  // namespace joist
