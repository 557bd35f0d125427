// When gc-stress builds collect where there is room yet.
#pragma once

#ifdef JOIST_GC_STRESS
#include <cstddef>

namespace joist {
class Heap;
namespace gc_stress {

// Of the heap that this thread collected last: the points that it passes before it is collected again.
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
void collected(const Heap& heap, size_t live_words);

}  // namespace gc_stress
}  // namespace joist
#endif
