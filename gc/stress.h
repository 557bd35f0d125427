// When gc-stress builds collect where there is room yet.
#pragma once

#ifdef JOIST_GC_STRESS
#include <cstddef>

namespace joist {
class Heap;
namespace gc_stress {

// Of the heap that this thread collected last: the points that it passes before it is collected again. At least one, so that an
// instruction that tries again after a collection gets on; and one more for every `live_words_a_point`: what a collection and its check
// cost is bounded for each word that is allocated, where a list of n cells would cost n² otherwise. Smaller heaps miss nothing.
constexpr size_t live_words_a_point = 256;

struct Pause {
  const Heap* heap = nullptr;
  size_t points = 0;
};
inline thread_local Pause pause;

// At every point that may collect: must it? It does, then, or goes on to one that does.
inline bool point(const Heap& heap) {
  if (pause.heap != &heap || !pause.points) return true;
  pause.points--;
  return false;
}
inline void collected(const Heap& heap, size_t live_words) { pause = {&heap, 1 + live_words / live_words_a_point}; }

}  // namespace gc_stress
}  // namespace joist
#endif
