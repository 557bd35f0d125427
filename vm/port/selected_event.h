// A descriptor that a driver has selected (driver_select). The poll thread pushes it to its port's list when it is ready; the port's turn
// calls the driver and arms it again. References: the port's table, the watch, and that list while it is in it.
#pragma once
#include <atomic>

#include "vm/port/loaded_port.h"
#include "vm/sys/poll.h"

namespace joist {

struct SelectedEvent {
  SelectedEvent* next_ready = nullptr;
  std::atomic<int> references{1};
  std::atomic<unsigned> ready{0};  // not 0: in the port's list
  Term port;
  uint64_t serial = 0;             // no two have the same
  int fd;
  sys::PollWatch* watch = nullptr; // null: always ready
  // ---- only the turn
  unsigned wanted = 0;             // poll_read, poll_write
  unsigned armed = 0;
  bool in_use = false;             // ERL_DRV_USE
  bool is_open = true;             // what is not is never ready

  void release() {
    if (references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
  // What it was pushed for.
  unsigned take() {
    unsigned events = ready.exchange(0, std::memory_order_acq_rel);
    armed &= ~events;
    return events;
  }
  // No other port has selected the descriptor since.
  bool is_owner() const;
  // Waits for what is wanted and not waited for yet.
  void arm();
};

}  // namespace joist
