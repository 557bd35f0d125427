// Counters of the whole VM for erlang:statistics/1.
#pragma once
#include <atomic>
#include <cstdint>

namespace joist {

// Bytes through ports.
struct IoStatistics {
  std::atomic<uint64_t> bytes_in{0}, bytes_out{0};
};
inline IoStatistics io_statistics;

}  // namespace joist
