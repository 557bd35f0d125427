// Bump allocation for what lives exactly as long as one load.
#pragma once
#include <cstdlib>
#include <new>
#include <span>
#include <type_traits>

#include "vm/base/assert.h"
#include "vm/base/types.h"

namespace joist {

class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() {
    while (blocks_) {
      Block* next = blocks_->next;
      std::free(blocks_);
      blocks_ = next;
    }
  }
  // `count` zeroed elements. T must need no destructor.
  template <class T>
  std::span<T> array(size_t count) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= 16);
    T* first = static_cast<T*>(take(count * sizeof(T)));
    for (size_t i = 0; i < count; i++) new (first + i) T();
    return {first, count};
  }

 private:
  struct alignas(16) Block {
    Block* next;
  };
  static constexpr size_t block_bytes = 64 * 1024;

  void* take(size_t bytes) {
    bytes = (bytes + 15) & ~size_t(15);
    if (bytes > left_) {
      size_t size = bytes > block_bytes ? bytes : block_bytes;
      auto* block = static_cast<Block*>(std::malloc(sizeof(Block) + size));
      VERIFY(block);
      block->next = blocks_;
      blocks_ = block;
      at_ = reinterpret_cast<uint8_t*>(block + 1);
      left_ = size;
    }
    void* p = at_;
    at_ += bytes;
    left_ -= bytes;
    return p;
  }
  Block* blocks_ = nullptr;
  uint8_t* at_ = nullptr;
  size_t left_ = 0;
};

}  // namespace joist
