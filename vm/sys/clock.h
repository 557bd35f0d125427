// Clocks. All values are nanoseconds, the VM's native time unit.
//
// Erlang monotonic time starts at a large negative value (as OTP's does, so that wrong assumptions show early) and never goes
// back. Erlang system time = monotonic time + time offset. The offset is fixed at start (no_time_warp); with the warp modes
// update_time_offset() moves it to the OS's system time.
#pragma once
#include "vm/base/types.h"

namespace joist::sys {

// Must run once before the other Erlang clocks.
void init_clock();
int64_t monotonic_time();   // Erlang monotonic time
int64_t monotonic_start();  // its value when the VM started
int64_t time_offset();
inline int64_t system_time() { return monotonic_time() + time_offset(); }
// Returns the old offset.
int64_t update_time_offset();

int64_t os_monotonic_time();
int64_t os_system_time();
// CPU time of the calling thread and of the OS process.
int64_t thread_cpu_time();
int64_t process_cpu_time();
// Resolution that the OS states for its monotonic and real-time clock.
int64_t os_monotonic_resolution();
int64_t os_system_resolution();

// Broken-down time; month 1..12.
struct CivilTime {
  int year, month, day, hour, minute, second;
  bool dst;
};
// False when out of the OS's range.
bool local_time(int64_t seconds, CivilTime* out);
bool universal_time(int64_t seconds, CivilTime* out);
// dst: 1, 0, or -1 for "find out". False when there is no such time.
bool local_to_seconds(const CivilTime& t, int dst, int64_t* seconds);

}  // namespace joist::sys
