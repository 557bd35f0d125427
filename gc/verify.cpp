// Heap checker: walks everything that is reachable, with a set of what was seen, and aborts on the first impossible word. gc-stress
// builds check after every collection, so the set is two bits a word of the heap; only for fragments it is a hash set.
#include <unordered_set>
#include <vector>

#include "gc/evacuate.h"

namespace joist {
namespace {

using gc_detail::Range;

// The pointers seen into one block: as list cells and as boxed objects.
struct SeenIn {
  Range range;
  std::vector<bool> seen[2];

  SeenIn(const Word* from, const Word* to) : range(from, to), seen{std::vector<bool>(size_t(to - from)), std::vector<bool>(size_t(to - from))} {}
  bool has(const void* p) const { return range.has(p); }
  bool insert(Word w) {
    auto bit = seen[w & 1][((w & ~Word(7)) - range.start) / sizeof(Word)];
    if (bit) return false;
    return bit = true;
  }
};

struct Checker final : RootVisitor {
  Heap& heap;
  SeenIn young, old;
  std::unordered_set<Word> seen_elsewhere;
  std::vector<Word> pending;

  explicit Checker(Heap& h) : heap(h), young(h.start, h.top), old(h.old_start, h.old_top) {}

  bool in_fragment(const Word* p) const {
    for (HeapFragment* f = heap.fragments; f; f = f->next) {
      if (p >= f->data && p < f->data + f->used) return true;
    }
    return false;
  }
  void word(Word w, const Word* where, bool from_old) {
    unsigned tag = w & 7;
    if (tag == unsigned(Tag::Register)) PANIC("heap: register tag in word %lx at %p", w, (const void*)where);
    if (tag != 1 && tag != 2) return;
    auto* p = reinterpret_cast<const Word*>(w & ~Word(7));
    if (is_literal_pointer(p)) return;
    bool is_old = old.has(p), is_young = young.has(p);
    if (!is_old && !is_young && !in_fragment(p)) PANIC("heap: %lx at %p points outside the heap", w, (const void*)where);
    if (from_old && !is_old) PANIC("heap: old object at %p points to young %lx", (const void*)where, w);
    if (is_old ? old.insert(w) : is_young ? young.insert(w) : seen_elsewhere.insert(w).second) pending.push_back(w);
  }
  void visit(Term* first, size_t count) override {
    for (size_t i = 0; i < count; i++) {
      if (first[i].is_value()) word(first[i].raw(), reinterpret_cast<Word*>(first + i), false);
    }
  }
  void object(Word w) {
    auto* p = reinterpret_cast<const Word*>(w & ~Word(7));
    bool is_old = old.has(p);
    if (w & 1) {
      for (int i = 0; i < 2; i++) {
        if (is_header(p[i])) PANIC("heap: cons %p holds header or hole %lx", (const void*)p, p[i]);
        word(p[i], p + i, is_old);
      }
      return;
    }
    Word header = *p;
    Kind kind = header_kind(header);
    if (!is_header(header) || kind == Kind::None || kind > Kind::MatchContext) PANIC("heap: bad header %lx at %p", header, (const void*)p);
    size_t n = header_words(header);
    const Word* last = p + n;
    if (young.has(p) != young.has(last) || is_old != old.has(last)) PANIC("heap: object %lx at %p leaves its space", header, (const void*)p);
    for (size_t i = 1 + gc_detail::skip_raw(header); i <= n; i++) {
      if (is_header(p[i])) PANIC("heap: object %lx at %p holds header or hole %lx", header, (const void*)p, p[i]);
      word(p[i], p + i, is_old);
    }
  }
};

}  // namespace

void verify_heap(Heap& heap, Roots& roots) {
  VERIFY(heap.start <= heap.high_water && heap.high_water <= heap.top && heap.top <= heap.stack && heap.stack <= heap.end);
  VERIFY(heap.old_start <= heap.old_top && heap.old_top <= heap.old_end);
  Checker checker(heap);
  for (Word* s = heap.stack; s < heap.end; s++) {
    if (*s & 7) checker.word(*s, s, false);
  }
  checker.visit(roots.live.first, roots.live.count);
  checker.visit(roots.more.first, roots.more.count);
  if (roots.provider) roots.provider->visit_roots(checker);
  while (!checker.pending.empty()) {
    Word w = checker.pending.back();
    checker.pending.pop_back();
    checker.object(w);
  }
  for (OffHeap* o = heap.off_heap; o; o = o->next) {
    if (!is_header(o->header) || !is_off_heap_kind(header_kind(o->header))) PANIC("heap: off-heap list holds %lx", o->header);
    if (checker.old.has(o)) PANIC("heap: old object %p on the young off-heap list", (void*)o);
  }
  for (OffHeap* o = heap.old_off_heap; o; o = o->next) {
    if (!is_header(o->header) || !checker.old.has(o)) PANIC("heap: %p on the old off-heap list", (void*)o);
  }
}

}  // namespace joist
