// Counters of the whole VM for erlang:statistics/1.
#pragma once
#include <atomic>
#include <cstdint>

#include "gc/collect.h"

namespace joist {

struct CollectStatistics {
  std::atomic<uint64_t> collections{0}, words_reclaimed{0};
  void note(const CollectResult& r) {
    collections.fetch_add(1, std::memory_order_relaxed);
    words_reclaimed.fetch_add(r.reclaimed_words, std::memory_order_relaxed);
  }
};
inline CollectStatistics collect_statistics;

// Bytes through ports.
struct IoStatistics {
  std::atomic<uint64_t> bytes_in{0}, bytes_out{0};
};
inline IoStatistics io_statistics;

}  // namespace joist
