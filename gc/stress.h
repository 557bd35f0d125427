// When gc-stress builds collect where there is room yet.
#pragma once

#ifdef JOIST_GC_STRESS
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace joist {
class Heap;
namespace gc_stress {

// The points that a heap passes before it is collected again. A heap may be collected by another thread than the one that runs its
// process, so this is no thread's own; of heaps that share a slot, the one that was collected last is meant.
struct Pause {
  std::atomic<const Heap*> heap{nullptr};
  std::atomic<size_t> points{0};
};
inline Pause pauses[4096];
inline Pause& pause_of(const Heap& heap) { return pauses[(reinterpret_cast<uintptr_t>(&heap) >> 6) % 4096]; }

// At every point that may collect: must it? It does, then, or goes on to one that does.
inline bool point(const Heap& heap) {
  Pause& pause = pause_of(heap);
  size_t left = pause.points.load(std::memory_order_relaxed);
  if (pause.heap.load(std::memory_order_relaxed) != &heap || !left) return true;
  pause.points.store(left - 1, std::memory_order_relaxed);
  return false;
}
void collected(const Heap& heap, size_t live_words);

}  // namespace gc_stress
}  // namespace joist
#endif
