// The lock of a driver's data for one port, which threads of the driver's own may hold (driver_pdl_create).
#pragma once
#include <atomic>

#include "vm/port/loaded_port.h"
#include "vm/sys/lock.h"

namespace joist {

struct PortDataLock {
  sys::Mutex mutex;
  std::atomic<SWord> references{2};  // the port's and its creator's
  LoadedPort* port;                  // lives as long as this: whoever has the lock may call its functions
  explicit PortDataLock(LoadedPort* p) : port(p) {}
  void release() {
    if (references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    delete port;
    delete this;
  }
};

// Holds it if there is one.
class PortDataGuard {
 public:
  explicit PortDataGuard(PortDataLock* lock) : lock_(lock) {
    if (lock_) lock_->mutex.lock();
  }
  ~PortDataGuard() {
    if (lock_) lock_->mutex.unlock();
  }
  PortDataGuard(const PortDataGuard&) = delete;
  PortDataGuard& operator=(const PortDataGuard&) = delete;

 private:
  PortDataLock* lock_;
};

}  // namespace joist
