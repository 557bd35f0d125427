// What follows every collection of a process's heap: counters, reductions, max_heap_size.
#pragma once
#include "vm/process/process.h"

namespace joist {

struct CollectStatistics {
  std::atomic<uint64_t> collections{0}, words_reclaimed{0};
};
inline CollectStatistics collect_statistics;

// On the thread that runs the process. Over max_heap_size it logs, or kills: then Exiting is set and the slice is over.
void after_collection(Process& process, const CollectResult& result);

}  // namespace joist
