// erlang:system_monitor/2: one process is told of unusual events. What is watched for costs a load and a branch where it could happen.
#pragma once
#include "vm/process/process.h"

namespace joist {

struct SystemMonitor {
  std::atomic<Word> receiver{0};               // raw local pid; 0: off
  std::atomic<int64_t> long_gc{0};             // nanoseconds; 0: not watched for
  std::atomic<int64_t> long_schedule{0};       // nanoseconds
  std::atomic<size_t> large_heap{0};           // words
  std::atomic<bool> busy_port{false}, busy_dist_port{false};
  std::atomic<int64_t> collection_sleep{0};    // for tests: nanoseconds that each watched collection takes longer
};
inline SystemMonitor system_monitor;

// {monitor, Pid, long_gc | large_heap, Info}: after a collection that took so long (0: not measured).
void watch_collection(Process& process, int64_t nanoseconds);
// {monitor, Pid, long_schedule, [{timeout, T}, {in, MFA}, {out, MFA}]}; the places are {M, F, A} or undefined, see place.h.
void report_long_schedule(Process& process, int64_t nanoseconds, const Word* in, const Word* out);
// {monitor, Port, long_schedule, [{timeout, T}, {port_op, Operation}]}
void report_long_port_turn(Term port, int64_t nanoseconds, const char* operation);
// {monitor, Pid, busy_port | busy_dist_port, Port}: the process is suspended until the port can take more.
void report_busy_port(Process& process, Term port, bool distribution);

}  // namespace joist
