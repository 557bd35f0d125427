// MD5 as RFC 1321 describes it: four rounds of sixteen steps over 64-byte blocks.
#include "vm/base/md5.h"

#include <cstring>

namespace joist {

namespace {

// floor(2^32 * |sin(i + 1)|)
constexpr uint32_t sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1,
    0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453,
    0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942,
    0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05,
    0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d,
    0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
constexpr uint8_t rotations[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

uint32_t rotate(uint32_t v, unsigned n) { return (v << n) | (v >> (32 - n)); }

}  // namespace

void Md5::block(const uint8_t* p) {
  uint32_t words[16];
  std::memcpy(words, p, 64);
  auto [a, b, c, d] = state_;
  for (unsigned i = 0; i < 64; i++) {
    uint32_t mixed, word;
    switch (i / 16) {
      case 0: mixed = (b & c) | (~b & d), word = i; break;
      case 1: mixed = (d & b) | (~d & c), word = (5 * i + 1) % 16; break;
      case 2: mixed = b ^ c ^ d, word = (3 * i + 5) % 16; break;
      default: mixed = c ^ (b | ~d), word = (7 * i) % 16; break;
    }
    uint32_t turned = b + rotate(a + mixed + words[word] + sines[i], rotations[i / 16][i % 4]);
    a = d, d = c, c = b, b = turned;
  }
  state_[0] += a, state_[1] += b, state_[2] += c, state_[3] += d;
}

void Md5::update(const void* data, size_t size) {
  auto* p = static_cast<const uint8_t*>(data);
  size_t have = bytes_ % 64;
  bytes_ += size;
  if (have != 0) {
    size_t some = size < 64 - have ? size : 64 - have;
    if (some) std::memcpy(pending_ + have, p, some);
    p += some, size -= some;
    if (have + some < 64) return;
    block(pending_);
  }
  for (; size >= 64; p += 64, size -= 64) block(p);
  if (size) std::memcpy(pending_, p, size);
}

void Md5::finish(uint8_t digest[16]) {
  uint64_t bits = bytes_ * 8;
  static constexpr uint8_t padding[64] = {0x80};
  update(padding, 1 + (119 - bytes_ % 64) % 64);
  update(&bits, 8);
  std::memcpy(digest, state_, 16);
}

}  // namespace joist
