#include "vm/sys/clock.h"

#include <sys/resource.h>
#include <time.h>

#include <atomic>

namespace joist::sys {
namespace {

constexpr int64_t billion = 1000000000;
constexpr int64_t follow_tolerance = 1000000;
// OTP's ERTS_MONOTONIC_BEGIN for nanoseconds: the least multiple of a second that is a small integer there.
constexpr int64_t begin = -(int64_t(1) << 59) / billion * billion;

int64_t os_at_start = 0;
std::atomic<int64_t> offset{0};
std::atomic<TimeWarp> warp_mode{TimeWarp::None};
std::atomic<OffsetState> state{OffsetState::Final};

int64_t read(clockid_t id) {
  timespec t;
  clock_gettime(id, &t);
  return int64_t(t.tv_sec) * billion + t.tv_nsec;
}
int64_t resolution(clockid_t id) {
  timespec t;
  clock_getres(id, &t);
  return int64_t(t.tv_sec) * billion + t.tv_nsec;
}
void fill(const tm& t, CivilTime* out) {
  *out = {t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, t.tm_isdst > 0};
}

}  // namespace

void init_clock(TimeWarp warp) {
  if (os_at_start) return;
  warp_mode = warp;
  state = warp == TimeWarp::None ? OffsetState::Final : warp == TimeWarp::Single ? OffsetState::Preliminary : OffsetState::Volatile;
  os_at_start = os_monotonic_time();
  offset = os_system_time() - monotonic_time();
}
int64_t monotonic_time() { return os_monotonic_time() - os_at_start + begin; }
int64_t monotonic_start() { return begin; }
int64_t time_offset() { return offset.load(std::memory_order_relaxed); }
TimeWarp time_warp() { return warp_mode.load(std::memory_order_relaxed); }
OffsetState time_offset_state() { return state.load(std::memory_order_acquire); }
bool finalize_time_offset() {
  OffsetState expected = OffsetState::Preliminary;
  if (!state.compare_exchange_strong(expected, OffsetState::Final)) return false;
  int64_t now = os_system_time() - monotonic_time();
  return offset.exchange(now) != now;
}
bool follow_os_system_time() {
  if (time_offset_state() != OffsetState::Volatile) return false;
  int64_t now = os_system_time() - monotonic_time(), old = offset.load(std::memory_order_relaxed);
  if (now - old <= follow_tolerance && old - now <= follow_tolerance) return false;
  return offset.compare_exchange_strong(old, now);
}

int64_t os_monotonic_time() { return read(CLOCK_MONOTONIC); }
int64_t os_system_time() { return read(CLOCK_REALTIME); }
int64_t thread_cpu_time() { return read(CLOCK_THREAD_CPUTIME_ID); }
int64_t process_cpu_time() { return read(CLOCK_PROCESS_CPUTIME_ID); }
int64_t process_user_time() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return int64_t(usage.ru_utime.tv_sec) * billion + int64_t(usage.ru_utime.tv_usec) * 1000;
}
int64_t os_monotonic_resolution() { return resolution(CLOCK_MONOTONIC); }
int64_t os_system_resolution() { return resolution(CLOCK_REALTIME); }

bool local_time(int64_t seconds, CivilTime* out) {
  time_t s = time_t(seconds);
  tm t;
  if (!localtime_r(&s, &t)) return false;
  fill(t, out);
  return true;
}
bool universal_time(int64_t seconds, CivilTime* out) {
  time_t s = time_t(seconds);
  tm t;
  if (!gmtime_r(&s, &t)) return false;
  fill(t, out);
  return true;
}
bool local_to_seconds(const CivilTime& c, int dst, int64_t* seconds) {
  tm t{};
  t.tm_year = c.year - 1900;
  t.tm_mon = c.month - 1;
  t.tm_mday = c.day;
  t.tm_hour = c.hour;
  t.tm_min = c.minute;
  t.tm_sec = c.second;
  t.tm_isdst = dst;
  t.tm_wday = -1;  // stays -1 only when mktime fails
  time_t s = mktime(&t);
  if (s == time_t(-1) && t.tm_wday == -1) return false;
  *seconds = s;
  return true;
}

}  // namespace joist::sys
