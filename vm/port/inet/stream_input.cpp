#include "vm/port/inet/stream_input.h"

#include <algorithm>
#include <cstring>

#include "vm/term/boxed.h"

namespace joist::inet {
namespace {
// A peer may announce a packet of 2 GB; memory grows with what comes.
constexpr size_t largest_step = 256 * 1024;
}  // namespace

char* StreamInput::room(size_t wanted, size_t* size) {
  size_t have = end_ - start_;
  size_t needed = have + std::min(wanted, std::max(largest_step, have));
  if (!bytes_ || bytes_->capacity - start_ < needed) {
    SharedBytes* bigger = SharedBytes::try_create(std::max(needed, std::min(capacity_, largest_step)));
    if (!bigger) return nullptr;
    if (have) memcpy(bigger->data, bytes_->data + start_, have);
    free_memory();
    bytes_ = bigger;
    end_ = have;
  }
  *size = std::min(wanted, bytes_->capacity - end_);
  return reinterpret_cast<char*>(bytes_->data) + end_;
}

void StreamInput::consume(size_t n) {
  start_ += n;
  if (start_ == end_) return release();
  if (!handed_out_) return;
  // The rest moves: the memory is somebody's data now.
  size_t have = end_ - start_;
  SharedBytes* rest = SharedBytes::create(std::max(have, std::min(capacity_, largest_step)));
  memcpy(rest->data, bytes_->data + start_, have);
  size_t capacity = capacity_;
  free_memory();
  capacity_ = capacity;
  bytes_ = rest;
  end_ = have;
}

void StreamInput::push_front(std::string_view bytes) {
  size_t have = size();
  SharedBytes* all = SharedBytes::create(bytes.size() + have);
  memcpy(all->data, bytes.data(), bytes.size());
  if (have) memcpy(all->data + bytes.size(), bytes_->data + start_, have);
  size_t capacity = std::max(capacity_ + bytes.size(), bytes.size() + have);
  free_memory();
  bytes_ = all;
  end_ = bytes.size() + have;
  capacity_ = capacity;
}

SharedBytes* StreamInput::shared(size_t data_size) {
  if (data_size <= HeapBits::max_bytes || data_size * 4 < bytes_->capacity * 3) return nullptr;
  handed_out_ = true;
  return bytes_;
}

void StreamInput::free_memory() {
  if (bytes_) bytes_->release();
  bytes_ = nullptr;
  start_ = end_ = 0;
  handed_out_ = false;
}

}  // namespace joist::inet
