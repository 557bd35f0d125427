#include "vm/base/md5.h"

#include <catch2/catch.hpp>
#include <string>

static std::string hex(const std::string& text, size_t step) {
  joist::Md5 md5;
  for (size_t i = 0; i < text.size(); i += step) md5.update(text.data() + i, std::min(step, text.size() - i));
  uint8_t digest[16];
  md5.finish(digest);
  std::string out;
  for (uint8_t byte : digest) out += "0123456789abcdef"[byte >> 4], out += "0123456789abcdef"[byte & 15];
  return out;
}

TEST_CASE("MD5 of RFC 1321's test suite, in pieces of any size") {
  for (size_t step : {1, 7, 64, 1000}) {
    CHECK(hex("", step) == "d41d8cd98f00b204e9800998ecf8427e");
    CHECK(hex("abc", step) == "900150983cd24fb0d6963f7d28e17f72");
    CHECK(hex("12345678901234567890123456789012345678901234567890123456789012345678901234567890", step) ==
          "57edf4a22be3c955ac49da2e2107b67a");
    CHECK(hex("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", step) == "d174ab98d277d9f5a5611c2c9f419d9f");
  }
}
