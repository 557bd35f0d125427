// Bytes that a socket could not take yet.
#pragma once
#include <string>
#include <string_view>
#include <vector>

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
    parts_.push_back(std::move(bytes));
  }
  // The first parts, in order, for one system call.
  size_t first(std::string_view* out, size_t most) const {
    size_t n = 0;
    for (size_t i = head_; i < parts_.size() && n < most; i++) out[n++] = std::string_view(parts_[i]).substr(i == head_ ? done_ : 0);
    return n;
  }
  void pop(size_t bytes) {
    size_ -= bytes;
    for (bytes += done_; head_ < parts_.size() && bytes >= parts_[head_].size(); head_++) {
      bytes -= parts_[head_].size();
      parts_[head_] = std::string();
    }
    done_ = bytes;
    if (head_ == parts_.size()) clear();
    else if (head_ > 64 && head_ > parts_.size() / 2) {
      parts_.erase(parts_.begin(), parts_.begin() + std::ptrdiff_t(head_));
      head_ = 0;
    }
  }
  void clear() {
    parts_ = {};
    head_ = done_ = size_ = 0;
  }

 private:
  std::vector<std::string> parts_;
  size_t head_ = 0;  // the first part not sent
  size_t done_ = 0;  // its bytes that are sent
  size_t size_ = 0;  // bytes
};

}  // namespace joist::inet
