// Looks for references to a literal area, so that only those who have some need a collection before it is released.
#include "gc/evacuate.h"

namespace joist {

namespace {

struct Search final : RootVisitor {
  gc_detail::Range area;
  bool found = false;
  explicit Search(const LiteralArea& a) : area(a.start, a.end) {}
  void words(const Word* at, const Word* end) {
    for (; at < end && !found; at++) {
      found = unsigned(*at & 7) - 1u < 2u && area.has(reinterpret_cast<const void*>(*at & ~Word(7)));
    }
  }
  void visit(Term* first, size_t count) override {
    auto* at = reinterpret_cast<const Word*>(first);
    words(at, at + count);
  }
  void fragments(const HeapFragment* f) {
    for (; f; f = f->next) words(f->data, f->data + f->used);
  }
};

}  // namespace

bool may_refer_to(const Heap& heap, Roots& roots, const LiteralArea& area) {
  Search search(area);
  search.words(heap.stack, heap.end);
  search.words(heap.start, heap.top);
  search.words(heap.old_start, heap.old_top);
  search.fragments(heap.fragments);
  search.visit(roots.live.first, roots.live.count);
  search.visit(roots.more.first, roots.more.count);
  if (roots.provider) roots.provider->visit_roots(search);
  return search.found;
}

bool may_refer_to(Term t, const HeapFragment* fragments, const LiteralArea& area) {
  Search search(area);
  search.visit(&t, 1);
  search.fragments(fragments);
  return search.found;
}

}  // namespace joist
