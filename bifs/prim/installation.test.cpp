#include "bifs/prim/installation.h"

#include <catch2/catch.hpp>

using namespace joist::prim_file;

TEST_CASE("what lies in the installation by its name") {
  set_installation("/opt/otp");
  CHECK(in_installation("/opt/otp/lib/stdlib-4.2/ebin/lists.beam"));
  CHECK(in_installation("/opt/otp/"));
  CHECK(in_installation("/opt/otp/.hidden"));
  CHECK_FALSE(in_installation("/opt/otp"));
  CHECK_FALSE(in_installation("/opt/otp2/lib"));
  CHECK_FALSE(in_installation("/opt/otp/lib/../../pipe"));
  CHECK_FALSE(in_installation("/opt/otp/.."));
  CHECK_FALSE(in_installation("lib/stdlib-4.2"));
  CHECK_FALSE(in_installation(""));
}
