// Two lanes that take turns in 16 bytes each and fold 128-bit products of these and of their state (the multiply-and-fold step of Wang
// Yi's wyhash); the end mixes them.
#include "vm/base/content_hash.h"

#include <cstring>

namespace joist {

namespace {

constexpr uint64_t multipliers[] = {0xa0761d6478bd642f, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3, 0x589965cc75374cc3};

uint64_t fold(uint64_t a, uint64_t b) {
  auto product = static_cast<unsigned __int128>(a) * b;
  return uint64_t(product) ^ uint64_t(product >> 64);
}
uint64_t word_at(const uint8_t* p) {
  uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

}  // namespace

ContentHash content_hash(std::span<const uint8_t> bytes) {
  uint64_t a = multipliers[0], b = multipliers[1];
  auto step = [&](const uint8_t* p) {
    a = fold(a ^ word_at(p), multipliers[2] ^ word_at(p + 8));
    b = fold(b ^ word_at(p + 16), multipliers[3] ^ word_at(p + 24));
  };
  const uint8_t* p = bytes.data();
  size_t left = bytes.size();
  for (; left >= 32; left -= 32, p += 32) step(p);
  uint8_t rest[32] = {};
  if (left) std::memcpy(rest, p, left);
  step(rest);
  uint64_t size = bytes.size() * multipliers[0];
  return {fold(a ^ multipliers[1], b ^ size ^ multipliers[2]), fold(b ^ multipliers[0], a ^ size ^ multipliers[3])};
}

}  // namespace joist
