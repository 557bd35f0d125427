// A descriptor that a driver has selected (driver_select). There is one for all ports: the port that selected last has it, and others
// hear of it no more. The poll thread puts it in the list of the port that has it when it is ready; the port's turn calls the driver and
// arms it again. All of it is under the lock of its descriptor's shard (loaded_driver_select.cpp), but for the links of lists.
#pragma once
#include <atomic>

#include "vm/port/loaded_port.h"
#include "vm/sys/poll.h"

namespace joist {

struct SelectedEvent {
  SelectedEvent* next_ready = nullptr;
  std::atomic<int> references{1};  // the shard's, the watch's, and that of the list that it is in
  const int fd;
  const bool is_open;              // what is not is never ready
  sys::PollWatch* watch = nullptr; // null: always ready
  Term port;                       // who has it; the non-value: nobody any more
  unsigned wanted = 0;             // poll_read, poll_write
  unsigned armed = 0;
  unsigned ready = 0;
  bool listed = false;             // in the list of a port, perhaps of one that had it before
  bool in_use = false;             // ERL_DRV_USE

  explicit SelectedEvent(int descriptor) : fd(descriptor), is_open(sys::descriptor_is_open(descriptor)) {}
  void release() {
    if (references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
};

}  // namespace joist
