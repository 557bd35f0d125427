#include "vm/base/content_hash.h"

#include <catch2/catch.hpp>
#include <set>
#include <vector>

using namespace joist;

TEST_CASE("contents have hashes of their own") {
  std::set<ContentHash> seen;
  for (size_t size = 0; size < 70; size++) {
    std::vector<uint8_t> bytes(size, 0);
    CHECK(seen.insert(content_hash(bytes)).second);
    for (size_t bit = 0; bit < 8 * size; bit++) {
      bytes[bit / 8] ^= uint8_t(1 << bit % 8);
      CHECK(seen.insert(content_hash(bytes)).second);
      bytes[bit / 8] ^= uint8_t(1 << bit % 8);
    }
    CHECK(content_hash(bytes) == content_hash(bytes));
  }
}
