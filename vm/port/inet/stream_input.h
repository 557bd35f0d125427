// Bytes read from a stream that no packet was made of yet. No memory is held while there are none.
#pragma once
#include <string_view>

#include "vm/term/shared_bytes.h"

namespace joist::inet {

class StreamInput {
 public:
  StreamInput() = default;
  ~StreamInput() { release(); }
  StreamInput(const StreamInput&) = delete;
  StreamInput& operator=(const StreamInput&) = delete;

  // How large the input may become before the length of its packet is known; 0 while nothing was begun.
  size_t capacity() const { return capacity_; }
  void begin(size_t capacity) { capacity_ = capacity; }
  void grow(size_t capacity) {
    if (capacity > capacity_) capacity_ = capacity;
  }
  size_t size() const { return end_ - start_; }
  std::string_view view() const {
    return bytes_ ? std::string_view(reinterpret_cast<const char*>(bytes_->data) + start_, size()) : std::string_view();
  }
  // Room for some bytes behind those there are, at most `wanted`. Null when memory is out.
  char* room(size_t wanted, size_t* size);
  void added(size_t n) { end_ += n; }
  // Takes bytes off the front; what was handed out by shared() stays valid.
  void consume(size_t n);
  void push_front(std::string_view bytes);
  // The memory, for data that fills most of it: then it is referred to, not copied. Null when a copy is cheaper.
  SharedBytes* shared(size_t data_size);
  // Nothing came: gives memory back, keeps capacity.
  void idle() {
    if (size() == 0) free_memory();
  }
  void release() {
    free_memory();
    capacity_ = 0;
  }

 private:
  void free_memory();
  SharedBytes* bytes_ = nullptr;
  size_t start_ = 0, end_ = 0, capacity_ = 0;
  bool handed_out_ = false;
};

}  // namespace joist::inet
