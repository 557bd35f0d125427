#include "gc/literal_area.h"

#include <catch2/catch.hpp>

using namespace joist;

TEST_CASE("areas that lie side by side become one, others do not") {
  init_literals();
  size_t before = literal_bytes_total();
  // What is too large for any hole that others left comes from the end of the range, one behind the other.
  constexpr size_t words = size_t(1) << 12;
  LiteralArea* areas[3];
  for (LiteralArea*& area : areas) {
    area = literal_area_create(Words(words));
    area->top = area->end;
  }
  REQUIRE(areas[1]->start == areas[0]->end);
  CHECK_FALSE(literal_area_join(*areas[1], *areas[0]));
  CHECK_FALSE(literal_area_join(*areas[0], *areas[2]));
  REQUIRE(literal_area_join(*areas[0], *areas[1]));
  CHECK(size_t(areas[0]->top - areas[0]->start) == 2 * words);
  literal_area_destroy(areas[0]);
  literal_area_destroy(areas[2]);
  CHECK(literal_bytes_total() == before);
}
