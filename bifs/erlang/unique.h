// The counter of erlang:unique_integer([monotonic]), for erts_debug's internal state.
#pragma once
#include <atomic>
#include <cstdint>

namespace joist {

// Strictly monotonic unique integers handed out so far, modulo 2^64: the next is min_monotonic_unique + this.
extern std::atomic<uint64_t> monotonic_unique_count;
inline constexpr int64_t min_monotonic_unique = -(int64_t(1) << 59);  // the least small integer of OTP

}  // namespace joist
