// Every number that may be turned, with its unit and the reason for its value.
#pragma once
#include <cstddef>
#include <cstdint>

namespace joist {

// Reductions (calls, about) a process may use before another gets its turn. OTP's number: long enough to hide the switch.
inline constexpr int64_t slice_reductions = 4000;
// X registers and float registers of the machine: what the .beam format can name.
inline constexpr size_t max_x_registers = 1024;
inline constexpr size_t max_float_registers = 1024;
// Frames kept of a stacktrace until system_flag(backtrace_depth, …) says otherwise. OTP's number.
inline constexpr size_t default_backtrace_depth = 8;

}  // namespace joist
