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

// A long collection is made on a dirty CPU scheduler, so that it holds up no other process: what needs it ends the process's turn
// (or, in a signal, keeps that), and meets the collected heap in the next.
struct LongCollection {
  Collection kind = Collection::Wanted;
  Words need{0};
  const LiteralArea* area = nullptr;  // as collect_process_literals, if anything refers to the area at all
};
// Would it take long? Never where no scheduler runs the process.
bool takes_long(const Process& process, Collection kind = Collection::Wanted);
// The turn of the process that the calling thread runs ends with this collection, unless it ends with one already.
void end_turn_with(const LongCollection& collection);
// What the turn that is over ends with; false: nothing.
bool take_long_collection(LongCollection* collection);
// On a dirty scheduler; the process's saved x registers are live.
void collect_long(Process& process, const LongCollection& collection);

// The list that process_info(P, garbage_collection_info), reports and tracing show: {old_heap_block_size, Words} and so on. `fragments` is
// its mbuf_size.
inline constexpr size_t collection_info_words = 11 * 5;
Term write_collection_info(HeapWriter& w, const Process& process, size_t fragments);
// Words of the heap fragments that the heap owns.
size_t adopted_fragment_words(const Process& process);
// Of messages in the queue, in words: what no receive has looked at yet.
size_t queued_message_words(const Process& process);

}  // namespace joist
