// MD5 (RFC 1321), incremental.
#pragma once
#include <cstddef>
#include <cstdint>

namespace joist {

class Md5 {
 public:
  void update(const void* data, size_t size);
  // Ends the digest; the object must not be used further (copy it first to go on).
  void finish(uint8_t digest[16]);

 private:
  void block(const uint8_t* p);
  uint32_t state_[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  uint64_t bytes_ = 0;
  uint8_t pending_[64] = {};
};

}  // namespace joist
