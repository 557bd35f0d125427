// Bytes that a socket could not take yet.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vm/term/shared_bytes.h"

namespace joist::inet {

class StreamOutput {
 public:
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // Queues what follows the first `done` bytes.
  void push(std::string bytes, size_t done = 0) {
    if (done >= bytes.size()) return;
    if (empty()) done_ = done;
    else bytes.erase(0, done);
    size_ += bytes.size() - (empty() ? done : 0);
    parts_.emplace_back(std::move(bytes));
  }
  // Queues some of the owner's bytes, which are not copied. Takes over one reference.
  void push_shared(SharedBytes* owner, std::string_view bytes) {
    size_ += bytes.size();
    parts_.emplace_back(owner, bytes);
  }
  // The first parts, in order, for one system call.
  size_t first(std::string_view* out, size_t most) const {
    size_t n = 0;
    for (size_t i = head_; i < parts_.size() && n < most; i++) out[n++] = parts_[i].bytes().substr(i == head_ ? done_ : 0);
    return n;
  }
  void pop(size_t bytes) {
    size_ -= bytes;
    for (bytes += done_; head_ < parts_.size() && bytes >= parts_[head_].bytes().size(); head_++) {
      bytes -= parts_[head_].bytes().size();
      parts_[head_] = Part(std::string());
    }
    done_ = bytes;
    if (head_ == parts_.size()) clear();
    else if (head_ > 64 && head_ > parts_.size() / 2) {
      parts_.erase(parts_.begin(), parts_.begin() + std::ptrdiff_t(head_));
      head_ = 0;
    }
  }
  void clear() {
    parts_.clear();
    head_ = done_ = size_ = 0;
  }

 private:
  // Bytes of its own, or of an owner of which it holds a reference.
  class Part {
   public:
    explicit Part(std::string bytes) : own_(std::move(bytes)) {}
    Part(SharedBytes* owner, std::string_view bytes) : owner_(owner), shared_(bytes) {}
    Part(Part&& other) noexcept : own_(std::move(other.own_)), owner_(std::exchange(other.owner_, nullptr)), shared_(other.shared_) {}
    Part& operator=(Part&& other) noexcept {
      own_ = std::move(other.own_);
      std::swap(owner_, other.owner_);
      shared_ = other.shared_;
      return *this;
    }
    ~Part() {
      if (owner_) owner_->release();
    }
    std::string_view bytes() const { return owner_ ? shared_ : std::string_view(own_); }

   private:
    std::string own_;
    SharedBytes* owner_ = nullptr;
    std::string_view shared_;
  };
  std::vector<Part> parts_;
  size_t head_ = 0;  // the first part not sent
  size_t done_ = 0;  // its bytes that are sent
  size_t size_ = 0;  // bytes
};

}  // namespace joist::inet
