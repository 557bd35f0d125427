// Collections of processes' heaps.
#pragma once
#include "vm/process/process.h"

namespace joist {

struct CollectStatistics {
  std::atomic<uint64_t> collections{0}, words_reclaimed{0};
};
inline CollectStatistics collect_statistics;

enum class Collection : uint8_t { Wanted, Major, Hibernate };

// Collects the process's heap, so that `need` words are free, and does what follows every collection: counters, reductions, what is
// watched for (system_monitor.h). On the thread that runs the process. Over max_heap_size it logs, or kills: then Exiting is set and the
// slice is over.
void collect_process(Process& process, Roots& roots, Words need, Collection kind = Collection::Wanted);
// The same, and what it uses of the area is its own afterwards.
void collect_process_literals(Process& process, Roots& roots, const LiteralArea& area);

// Of messages in the queue, in words: what no receive has looked at yet.
size_t queued_message_words(const Process& process);

}  // namespace joist
