// Reading big-endian data of a file that may be malformed: every read is checked, the first failure sticks.
#pragma once
#include <span>

#include "vm/base/types.h"

namespace joist {

class Reader {
 public:
  Reader() = default;
  explicit Reader(std::span<const uint8_t> bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}
  // False once anything was read that is not there; all later reads give zeros.
  bool ok() const { return ok_; }
  void fail() { ok_ = false; at_ = end_; }
  size_t left() const { return end_ - at_; }
  bool at_end() const { return at_ == end_; }
  uint8_t u8() { return need(1) ? *at_++ : 0; }
  uint16_t u16() { return uint16_t(big_endian(2)); }
  uint32_t u32() { return uint32_t(big_endian(4)); }
  uint64_t u64() { return big_endian(8); }
  std::span<const uint8_t> bytes(size_t n) {
    if (!need(n)) return {};
    at_ += n;
    return {at_ - n, n};
  }
  std::span<const uint8_t> rest() { return bytes(left()); }

 private:
  bool need(size_t n) {
    if (left() >= n) return true;
    fail();
    return false;
  }
  uint64_t big_endian(size_t n) {
    if (!need(n)) return 0;
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++) v = v << 8 | *at_++;
    return v;
  }
  const uint8_t* at_ = nullptr;
  const uint8_t* end_ = nullptr;
  bool ok_ = true;
};

// A number in the compact term encoding of the Code, AtU8 (28) and Line chunks.
struct CompactNumber {
  // Tags as in the files. Extended (7): `value` says which kind of extension follows.
  enum Tag : uint8_t { Unsigned = 0, Integer = 1, Atom = 2, X = 3, Y = 4, Label = 5, Char = 6, Extended = 7 };
  Tag tag = Unsigned;
  SWord value = 0;                    // not for `big`
  std::span<const uint8_t> big = {};  // two's complement, big-endian, when it does not fit 64 bits (or, if unsigned, 63)
};
// Fails the reader when malformed. Only Integer may be negative.
CompactNumber read_compact(Reader& in);

}  // namespace joist
