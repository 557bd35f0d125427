// The explicit stack of an algorithm that walks terms: the first entries live in the object, more of them on the C heap, so
// that the depth of a term costs no C stack.
#pragma once
#include <cstdlib>
#include <cstring>
#include <type_traits>

#include "vm/base/assert.h"

namespace joist {

template <class T, size_t Inline = 64>
class WorkStack {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  WorkStack() = default;
  WorkStack(const WorkStack&) = delete;
  WorkStack& operator=(const WorkStack&) = delete;
  ~WorkStack() {
    if (items_ != inline_items()) std::free(items_);
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
    bool was_inline = items_ == inline_items();
    void* bigger = was_inline ? std::malloc(2 * bytes) : std::realloc(static_cast<void*>(items_), 2 * bytes);
    if (!bigger) PANIC("cannot allocate %zu bytes for a work stack", 2 * bytes);
    if (was_inline) std::memcpy(bigger, storage_, bytes);
    items_ = static_cast<T*>(bigger);
    capacity_ *= 2;
  }

  T* items_ = inline_items();
  size_t size_ = 0;
  size_t capacity_ = Inline;
  alignas(T) unsigned char storage_[Inline * sizeof(T)];
};

}  // namespace joist
