// Entry points of the collector: which kind of collection, and what every collection does besides.
#include "gc/collect.h"

#include "gc/effort.h"
#include "gc/evacuate.h"
#include "gc/stress.h"

namespace joist {

using namespace gc_detail;

#ifdef JOIST_GC_STRESS
// A point is passed at least, so that an instruction that tries again after a collection gets on; and one more for every
// `live_words_a_point`: what a collection and its check cost is bounded for each word that is allocated, where a list of n cells would
// cost n² otherwise. A thread that has made many collections makes them ever more rarely: what it does by then it has mostly done
// before, and programs of millions of points come to an end.
void gc_stress::collected(const Heap& heap, size_t live_words) {
  constexpr size_t live_words_a_point = 256, many = 20'000;
  thread_local size_t collections = 0;
  Pause& pause = pause_of(heap);
  pause.heap.store(&heap, std::memory_order_relaxed);
  pause.points.store((1 + live_words / live_words_a_point) * (1 + collections++ / many), std::memory_order_relaxed);
}
#endif

namespace {

CollectResult finish(Heap& heap, [[maybe_unused]] Roots& roots, [[maybe_unused]] Words need, CollectResult result) {
#ifdef JOIST_GC_STRESS
  verify_heap(heap, roots);
  gc_stress::collected(heap, heap.heap_words() + size_t(heap.end - heap.stack) + size_t(heap.old_top - heap.old_start));
#endif
  ASSERT(heap.has_room(need));
  return result;
}

}  // namespace

size_t words_to_collect(const Heap& heap, bool major) {
  size_t young = heap.heap_words() + heap.stack_words() + heap.fragment_words;
  return major || !minor_possible(heap) ? young + size_t(heap.old_top - heap.old_start) : young;
}
bool next_is_minor(const Heap& heap) { return minor_possible(heap); }

CollectResult collect(Heap& heap, Roots& roots, Words need) {
#ifdef JOIST_GC_STRESS
  // Every third is a major one, so that promotion and both kinds of major collection are met.
  if (heap.generation >= 2) return finish(heap, roots, need, compact(heap, roots, need.value, false));
#endif
  if (minor_possible(heap)) return finish(heap, roots, need, minor(heap, roots, need.value));
  return finish(heap, roots, need, major(heap, roots, need.value));
}

CollectResult collect_major(Heap& heap, Roots& roots, Words need) {
  return finish(heap, roots, need, compact(heap, roots, need.value, false));
}

CollectResult collect_literals(Heap& heap, Roots& roots, const LiteralArea& area) {
  return finish(heap, roots, Words(0), compact_with_literals(heap, roots, area));
}

CollectResult collect_hibernate(Heap& heap, Roots& roots) {
  return finish(heap, roots, Words(0), compact(heap, roots, 0, true));
}

}  // namespace joist
