// Cheney's copying, shared by minor.cpp and major.cpp (internal to gc/).
//
// A from-space object that was copied holds its new address: a boxed object's header word becomes the boxed pointer (a header
// has 000 in its low bits, a pointer has not), a cons' head becomes the non-value and its tail the new cons.
// To-space is a queue: words between `scan` and `top` still hold from-space pointers. Cons words are never headers, so a scan
// tells objects apart with nothing but the low bits: 000 starts a boxed object whose raw payload is skipped.
//
// Destinations are two: the new young block and the old generation. Objects of the old generation never refer to the young
// one: what is older than the high-water mark refers only to what is older still.
#pragma once
#include "gc/collect.h"
#include "gc/literal_area.h"
#include "vm/base/assert.h"

namespace joist::gc_detail {

struct Range {
  Word start = 0;
  Word bytes = 0;
  Range() = default;
  Range(const Word* from, const Word* to) : start(Word(from)), bytes(Word(to) - Word(from)) {}
  bool has(const void* p) const { return Word(p) - start < bytes; }
};

struct Space {
  Word* scan = nullptr;
  Word* top = nullptr;
  Word* end = nullptr;
};

enum class Mode {
  Minor,           // mature → old; rest of the block → young; all else stays
  MinorFragments,  // as Minor, and what is neither old nor literal is in a fragment: → young
  Compact,         // everything that is no literal → young
  Major,           // mature and old → (new) old; rest → young
  Literals,        // as Compact, and what is in one literal area, too
};

inline size_t skip_raw(Word header) {
  size_t raw = raw_prefix(header_kind(header));
  return raw == all_raw ? header_words(header) : raw;
}

template <Mode M>
struct Evacuator final : RootVisitor {
  Range block;     // young block up to top
  Range mature;    // its part below the high-water mark
  Range old;       // old generation in use
  Word literals = literal_range_start;
  size_t literal_bytes = literal_range_bytes;
  Space young_to;
  Space old_to;
  Range area;               // Literals: the area that is about to go
  Word* area_copy = nullptr;  // its words: the area itself is shared and must not be written
  bool saw_context = false;   // a match context is alive: bytes that it points to must stay where they are

  bool literal(const void* p) const { return Word(p) - literals < literal_bytes; }

  // Where the object at p goes; null when it stays.
  Space* target(const Word* p) {
    if constexpr (M == Mode::Minor) {
      Word offset = Word(p) - block.start;
      if (offset >= block.bytes) return nullptr;
      return offset < mature.bytes ? &old_to : &young_to;
    } else if constexpr (M == Mode::MinorFragments) {
      if (block.has(p)) return mature.has(p) ? &old_to : &young_to;
      return old.has(p) || literal(p) ? nullptr : &young_to;
    } else if constexpr (M == Mode::Compact || M == Mode::Literals) {
      return literal(p) ? nullptr : &young_to;
    } else {
      if (old.has(p) || mature.has(p)) return &old_to;
      return literal(p) ? nullptr : &young_to;
    }
  }
  // As target, for a pointer found in the old generation's to-space.
  Space* old_target(const Word* p) {
    if constexpr (M == Mode::Minor || M == Mode::MinorFragments) return mature.has(p) ? &old_to : nullptr;
    else return literal(p) ? nullptr : &old_to;
  }

  [[gnu::always_inline]] Word move_cons(Word* p, Space& to) {
    Word head = p[0], tail = p[1];
    if (head == 0) return tail;
    Word* q = to.top;
    to.top = q + 2;
    q[0] = head;
    q[1] = tail;
    Word moved = Word(q) | 1;
    p[0] = 0;
    p[1] = moved;
    return moved;
  }
  [[gnu::always_inline]] Word move_boxed(Word* p, Space& to) {
    Word header = p[0];
    if (!is_header(header)) return header;
    size_t n = header_words(header);
    Word* q = to.top;
    to.top = q + 1 + n;
    q[0] = header;
    switch (n) {
      case 4: q[4] = p[4]; [[fallthrough]];
      case 3: q[3] = p[3]; [[fallthrough]];
      case 2: q[2] = p[2]; [[fallthrough]];
      case 1: q[1] = p[1]; [[fallthrough]];
      case 0: break;
      default: __builtin_memcpy(q + 1, p + 1, n * sizeof(Word));
    }
    Word moved = Word(q) | 2;
    p[0] = moved;
    return moved;
  }

  // *slot holds a pointer-tagged word.
  [[gnu::always_inline]] void forward(Word* slot, Word w) {
    auto* p = reinterpret_cast<Word*>(w & ~Word(7));
    if constexpr (M == Mode::Literals) {
      if (area.has(p)) p = area_copy + (Word(p) - area.start) / sizeof(Word);
    }
    Space* to = target(p);
    if (to) *slot = (w & 1) ? move_cons(p, *to) : move_boxed(p, *to);
  }
  [[gnu::always_inline]] void forward_old(Word* slot, Word w) {
    auto* p = reinterpret_cast<Word*>(w & ~Word(7));
    Space* to = old_target(p);
    if (to) *slot = (w & 1) ? move_cons(p, *to) : move_boxed(p, *to);
  }
  static bool is_pointer(Word w) { return unsigned(w & 7) - 1u < 2u; }

  void visit(Term* first, size_t count) override { roots(reinterpret_cast<Word*>(first), count); }
  void roots(Word* at, size_t count) {
    for (Word* end = at + count; at != end; at++) {
      Word w = *at;
      if (is_pointer(w)) forward(at, w);
    }
  }

  // Drains one to-space. Old: this is the old generation's.
  template <bool Old>
  void drain(Space& to) {
    Word* p = to.scan;
    while (p < to.top) {
      Word w = *p;
      if (is_pointer(w)) {
        if constexpr (Old) forward_old(p, w);
        else forward(p, w);
        p++;
      } else if (is_header(w)) {
        if (header_kind(w) == Kind::MatchContext) [[unlikely]] {
          saw_context = true;
          auto* context = reinterpret_cast<MatchContext*>(p);
          Word base = context->base.raw();
          if constexpr (Old) forward_old(&base, base);
          else forward(&base, base);
          context->base = Term::from_raw(base);
          Term b = context->base;
          if (auto refc = b.as<RefcBits>()) context->data = refc->data;
          else context->data = reinterpret_cast<HeapBits*>(b.boxed_words())->data;
          p += MatchContext::words;
        } else {
          p += 1 + skip_raw(w);
        }
      } else {
        p++;
      }
    }
    to.scan = p;
  }
  // The young scan may promote into the old space; the old scan never reaches the young one.
  void drain_all() {
    drain<false>(young_to);
    drain<true>(old_to);
    ASSERT(young_to.scan == young_to.top);
  }
  void run(Heap& heap, Roots& from) {
    roots(heap.stack, heap.stack_words());
    roots(reinterpret_cast<Word*>(from.live.first), from.live.count);
    roots(reinterpret_cast<Word*>(from.more.first), from.more.count);
    if (from.provider) from.provider->visit_roots(*this);
    drain_all();
    VERIFY(young_to.top <= young_to.end && old_to.top <= old_to.end);
  }
};

// Goes through an off-heap list after copying: what moved is linked to its new generation's list, what did not is released.
// Lists keep their order.
struct OffHeapSweep {
  Range old_to;  // objects that are now there are old
  bool may_move_bytes = false;
  OffHeap* young = nullptr;
  OffHeap* old = nullptr;
  OffHeap** young_end = &young;
  OffHeap** old_end = &old;
  size_t young_words = 0;  // of off-heap bytes
  size_t old_words = 0;
  void sweep(OffHeap* list);
  // Puts a list behind the old ones.
  void finish(OffHeap* older) {
    *young_end = nullptr;
    *old_end = older;
  }
};
void release_off_heap(OffHeap* object);
void release_off_heap_list(OffHeap* list);

Word* allocate_block(size_t words, bool old);
void release_block(Word* block, size_t words, bool old);
// Moves the stack to the end of a new block and frees the young block, the fragments and — with_old — the old generation.
void replace_young(Heap& heap, Word* block, size_t words, Word* top, bool with_old);
size_t grown_virtual_limit(size_t used, size_t limit, size_t least);

CollectResult minor(Heap& heap, Roots& roots, size_t need);
CollectResult major(Heap& heap, Roots& roots, size_t need);
// Everything into one young block. exact: of just the size that live data, stack and need take.
CollectResult compact(Heap& heap, Roots& roots, size_t need, bool exact);
// Everything, and what is used of a literal area, into one young block.
CollectResult compact_with_literals(Heap& heap, Roots& roots, const LiteralArea& area);
void retain_off_heap(OffHeap* object);
bool minor_possible(const Heap& heap);
// The next size of a young block that what lives has nearly filled: by half larger at least, where the sequence of sizes has steps of a
// fifth from 10 MB on. Each step copies what is young and maps fresh memory, and what is not written to costs nothing.
inline size_t grown_size(size_t words) { return next_heap_size(words + words / 2); }
inline size_t live_words(const Heap& heap) { return size_t(heap.top - heap.start) + size_t(heap.old_top - heap.old_start); }
inline size_t copy_cost(size_t words) { return words / 20 + 1; }  // reductions

}  // namespace joist::gc_detail
