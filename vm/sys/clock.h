// Clocks. All values are nanoseconds, the VM's native time unit.
//
// Erlang monotonic time starts at a large negative value (as OTP's does, so that wrong assumptions show early) and never goes
// back. Erlang system time = monotonic time + time offset. The time warp mode (+C) says when the offset may change: never; once,
// when it is finalised; or whenever the OS's system time has moved.
#pragma once
#include "vm/base/types.h"

namespace joist::sys {

enum class TimeWarp : uint8_t { None, Single, Multi };
enum class OffsetState : uint8_t { Final, Preliminary, Volatile };

// Must run once before the other Erlang clocks.
void init_clock(TimeWarp warp = TimeWarp::None);
TimeWarp time_warp();
OffsetState time_offset_state();
int64_t monotonic_time();   // Erlang monotonic time
int64_t monotonic_start();  // its value when the VM started
int64_t time_offset();
inline int64_t system_time() { return monotonic_time() + time_offset(); }
// A preliminary offset takes the OS's system time a last time and is final from now on. True when the offset changed.
bool finalize_time_offset();
// A volatile offset that is more than a millisecond off follows the OS's system time. True when it changed.
bool follow_os_system_time();

int64_t os_monotonic_time();
int64_t os_system_time();
// CPU time of the calling thread and of the OS process; what the latter spent outside the kernel.
int64_t thread_cpu_time();
int64_t process_cpu_time();
int64_t process_user_time();
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
