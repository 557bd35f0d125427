// A driver's queue of output: pieces of driver binaries. The functions driver_enq, driver_deq and so on work on it.
#pragma once
#include <vector>

#include "vm/port/driver_abi.h"
#include "vm/term/shared_bytes.h"

namespace joist {

class DriverQueue {
 public:
  DriverQueue() = default;
  DriverQueue(const DriverQueue&) = delete;
  DriverQueue& operator=(const DriverQueue&) = delete;
  ~DriverQueue() { clear(); }

  size_t bytes() const { return bytes_; }
  // Copies.
  void append(const char* data, size_t size);
  void prepend(const char* data, size_t size);
  // With a reference of its own.
  void append(driver_abi::Binary& binary, char* at, size_t size);
  void prepend(driver_abi::Binary& binary, char* at, size_t size);
  // What is behind `skip` bytes of the vector; pieces that lie in no binary are copied.
  void append(const driver_abi::Vector& vector, size_t skip);
  void prepend(const driver_abi::Vector& vector, size_t skip);
  // At most what is there.
  void drop(size_t bytes);
  void clear() { drop(bytes_); }
  // Valid until the queue changes.
  driver_abi::Vector view();

 private:
  void insert(size_t at, driver_abi::Binary& binary, char* data, size_t size);
  std::vector<driver_abi::Piece> pieces_;
  std::vector<driver_abi::Binary*> binaries_;
  size_t first_ = 0;  // what is before is dropped
  size_t bytes_ = 0;
};

// Driver binaries are shared bytes.
namespace driver_binary {
driver_abi::Binary* create(size_t size);  // null when memory is out
SharedBytes& shared(driver_abi::Binary& binary);
driver_abi::Binary& of(SharedBytes& inline_bytes);
}  // namespace driver_binary

}  // namespace joist
