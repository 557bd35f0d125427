// Whose turn the calling thread runs, and whether it takes long.
#pragma once
#include "vm/port/port.h"
#include "vm/process/system_monitor.h"
#include "vm/sys/clock.h"
#include "vm/sys/poll.h"

namespace joist {

class [[nodiscard]] InTurn {
 public:
  explicit InTurn(const Port& port) { running = &port; }
  ~InTurn() { running = outer_; }
  InTurn(const InTurn&) = delete;
  InTurn& operator=(const InTurn&) = delete;
  static bool of(const Port& port) { return running == &port; }

 private:
  static inline thread_local const Port* running = nullptr;
  const Port* outer_ = running;
};

// A turn that a scheduler gives a port, for system_monitor(long_schedule).
class [[nodiscard]] WatchedTurn {
 public:
  explicit WatchedTurn(const Port& port) : port_(port), in_turn_(port) {
    if (!system_monitor.long_schedule.load(std::memory_order_relaxed)) [[likely]] return;
    began_ = sys::monotonic_time();
    unsigned events = port.ready_events.load(std::memory_order_relaxed);
    operation_ = !events ? "proc_sig" : events == sys::poll_write ? "output" : "input";
  }
  ~WatchedTurn() {
    if (!began_) [[likely]] return;
    int64_t took = sys::monotonic_time() - began_, longest = system_monitor.long_schedule.load(std::memory_order_relaxed);
    if (longest && took >= longest) report_long_port_turn(port_.id, took, operation_);
  }
  WatchedTurn(const WatchedTurn&) = delete;
  WatchedTurn& operator=(const WatchedTurn&) = delete;

 private:
  const Port& port_;
  InTurn in_turn_;
  int64_t began_ = 0;
  const char* operation_ = nullptr;
};

}  // namespace joist
