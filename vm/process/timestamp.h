// Times as messages carry them, and the counters that make them unique.
#pragma once
#include <atomic>

#include "gc/heap.h"

namespace joist {

// Strictly monotonic unique integers handed out so far (erlang:unique_integer([monotonic])), modulo 2^64: the next is
// min_monotonic_unique + this.
extern std::atomic<uint64_t> monotonic_unique_count;
inline constexpr int64_t min_monotonic_unique = -(int64_t(1) << 59);  // the least small integer of OTP

// erlang:unique_integer/1
Term unique_integer(Heap& heap, bool positive, bool monotonic);

// Erlang system time in microseconds, as erlang:now/0 has it: strictly increasing in the VM.
int64_t unique_now();

// {MegaSeconds, Seconds, MicroSeconds}
inline constexpr size_t mega_words = 4;
Term mega_tuple(HeapWriter& w, int64_t microseconds);

// timestamp, cpu_timestamp, monotonic_timestamp, strict_monotonic_timestamp of tracing.
enum class Timestamp : uint8_t { None, Now, Cpu, Monotonic, StrictMonotonic };

// The present time; takes up to timestamp_words. Not for None.
inline constexpr size_t timestamp_words = 8;
Term write_timestamp(HeapWriter& w, Timestamp kind);

}  // namespace joist
