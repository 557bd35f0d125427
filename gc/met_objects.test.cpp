#include "gc/met_objects.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <vector>

using namespace joist;

TEST_CASE("objects that were met are known, and those met again", "[gc]") {
  std::vector<Word> memory(1 << 18);
  std::mt19937 rng(1);
  MetObjects met;
  std::map<const Word*, int> model;
  for (int i = 0; i < 200000; i++) {
    const Word* p = &memory[rng() % memory.size()];
    REQUIRE(met.note(p) == (model[p]++ == 0));
  }
  for (const Word& w : memory) {
    auto at = model.find(&w);
    REQUIRE(met.shared(&w) == (at != model.end() && at->second > 1));
  }
}
