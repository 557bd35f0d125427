// The explicit stack of an algorithm that walks terms: the first entries live in the object, more of them in a block, so
// that the depth of a term costs no C stack.
#pragma once
#include <cstring>
#include <type_traits>

#include "vm/base/assert.h"
#include "vm/sys/memory.h"

namespace joist {

template <class T, size_t Inline = 64>
class WorkStack {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  WorkStack() = default;
  WorkStack(const WorkStack&) = delete;
  WorkStack& operator=(const WorkStack&) = delete;
  ~WorkStack() {
    if (items_ != inline_items()) sys::release(items_, sys::Alloc::Temporary);
  }
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  void push(const T& item) {
    if (size_ == capacity_) [[unlikely]] grow();
    items_[size_++] = item;
  }
  T pop() {
    ASSERT(size_ > 0);
    return items_[--size_];
  }
  T& top() {
    ASSERT(size_ > 0);
    return items_[size_ - 1];
  }
  T& operator[](size_t i) { return items_[i]; }
  T* begin() { return items_; }
  T* end() { return items_ + size_; }
  // Drops everything above the first `size` entries.
  void truncate(size_t size) {
    ASSERT(size <= size_);
    size_ = size;
  }

 private:
  T* inline_items() { return reinterpret_cast<T*>(storage_); }
  [[gnu::noinline]] void grow() {
    size_t bytes = capacity_ * sizeof(T);
    void* bigger;
    if (items_ == inline_items()) {
      bigger = sys::allocate(2 * bytes, sys::Alloc::Temporary);
      std::memcpy(bigger, storage_, bytes);
    } else {
      bigger = sys::reallocate(items_, 2 * bytes, sys::Alloc::Temporary);
    }
    items_ = static_cast<T*>(bigger);
    capacity_ *= 2;
  }

  T* items_ = inline_items();
  size_t size_ = 0;
  size_t capacity_ = Inline;
  alignas(T) unsigned char storage_[Inline * sizeof(T)];
};

}  // namespace joist
