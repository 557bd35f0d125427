// Every number that may be turned, with its unit and the reason for its value.
#pragma once
#include <cstddef>
#include <cstdint>

namespace joist {

// Reductions (calls, about) a process may use before another gets its turn. OTP's number: long enough to hide the switch.
inline constexpr int64_t slice_reductions = 4000;
// A scheduler that slept so long (nanoseconds) gives the heap blocks that it kept for its next collections back.
inline constexpr int64_t idle_trim_nanoseconds = 1000000000;
// Words that a collection may have to copy, above which a dirty CPU scheduler makes it: half a millisecond to two, where handing the
// process over and back costs some 30 µs.
inline constexpr size_t long_collection_words = size_t(256) << 10;
// Reductions for which work must wait in a queue before another scheduler takes it: some 20 µs, several times what the wake-up
// and the cold caches cost.
inline constexpr uint64_t sharing_reductions = 2000;
// Reductions between two looks at the clock for timers: some 10 µs, a hundredth of the timers' resolution.
inline constexpr int64_t timer_reductions = 1000;
// Reductions of a scheduler between two looks at all run queues: some 10 ms, what a process may wait behind better ones while others
// of its priority run elsewhere.
inline constexpr int64_t balance_reductions = 2000000;
// What the change from one process to the next counts for there.
inline constexpr int64_t switch_reductions = 20;
// What a turn of a port counts for.
inline constexpr int64_t task_reductions = 500;
// Pauses before a scheduler without work sleeps: a microsecond or two, what the sleep itself would cost.
inline constexpr unsigned spins_before_sleep = 50;
// The same for a scheduler that waits for a dirty I/O call and for a thread that has made one: some 20 µs, what reading a
// small cached file takes.
inline constexpr unsigned spins_for_dirty_call = 1000;
// Terms to read or to build, or their like, above which a native goes to the dirty CPU pool (NativeCall::too_long): one to five
// milliseconds, a few slices.
inline constexpr size_t long_native_work = 50000;
// X registers and float registers of the machine: what the .beam format can name.
inline constexpr size_t max_x_registers = 1024;
inline constexpr size_t max_float_registers = 1024;
// Frames kept of a stacktrace until system_flag(backtrace_depth, …) says otherwise. OTP's number.
inline constexpr size_t default_backtrace_depth = 8;

}  // namespace joist
