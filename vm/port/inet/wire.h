// Bytes of requests and replies, integers most significant byte first.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "vm/port/inet/codes.h"

namespace joist::inet {

class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}
  size_t left() const { return rest_.size(); }
  // Whether all that was read was there.
  bool good() const { return good_; }
  uint64_t number(size_t bytes) {
    std::string_view s = take(bytes);
    uint64_t n = 0;
    for (char c : s) n = n << 8 | uint8_t(c);
    return n;
  }
  uint8_t u8() { return uint8_t(number(1)); }
  uint16_t u16() { return uint16_t(number(2)); }
  uint32_t u32() { return uint32_t(number(4)); }
  int32_t i32() { return int32_t(u32()); }
  uint64_t u64() { return number(8); }
  std::string_view take(size_t n) {
    if (n > rest_.size()) {
      good_ = false;
      rest_ = {};
      return {};
    }
    std::string_view s = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return s;
  }
  std::string_view rest() { return take(rest_.size()); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

inline void put_number(std::string* out, uint64_t n, size_t bytes) {
  for (size_t i = bytes; i-- > 0;) out->push_back(char(n >> (8 * i)));
}

// What port_control answers: a code, then its data.
class Reply {
 public:
  explicit Reply(std::string* out) : out_(out) { out_->assign(1, char(reply_ok)); }
  void u8(uint8_t n) { put_number(out_, n, 1); }
  void u16(uint16_t n) { put_number(out_, n, 2); }
  void u32(uint32_t n) { put_number(out_, n, 4); }
  void u64(uint64_t n) { put_number(out_, n, 8); }
  void bytes(std::string_view s) { out_->append(s); }
  std::string* text() { return out_; }
  // Replaces all: {error, Name}.
  void error(std::string_view name);
  void error(int error_number);

 private:
  std::string* out_;
};

}  // namespace joist::inet
