#include "vm/base/checksum.h"

#include <catch2/catch.hpp>

using namespace joist;

TEST_CASE("checksums, whole, in pieces and joined") {
  REQUIRE(crc32_update(0, "hello", 5) == 907060870);
  REQUIRE(adler32_update(1, "hello", 5) == 103547413);
  REQUIRE(crc32_update(crc32_update(0, "he", 2), "llo", 3) == 907060870);
  REQUIRE(crc32_join(crc32_update(0, "he", 2), crc32_update(0, "llo", 3), 3) == 907060870);
  REQUIRE(adler32_join(adler32_update(1, "he", 2), adler32_update(1, "llo", 3), 3) == 103547413);
}
