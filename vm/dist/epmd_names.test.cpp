#include "vm/dist/epmd_names.h"

#include <catch2/catch.hpp>

using namespace joist;

namespace {

EpmdNode node(const std::string& name, int connection = 5, uint16_t highest = 6) {
  EpmdNode n;
  n.name = name;
  n.connection = connection;
  n.highest = highest;
  return n;
}

}  // namespace

TEST_CASE("a name is one node's until it is given up", "[epmd]") {
  EpmdNames names(10);
  REQUIRE(names.add(node("a", 5), 100));
  REQUIRE_FALSE(names.add(node("a", 6), 100));
  REQUIRE(names.add(node("b", 6), 100));
  REQUIRE(names.find("a")->connection == 5);
  REQUIRE_FALSE(names.remove_connection(7));
  REQUIRE(names.remove_connection(5));
  REQUIRE_FALSE(names.find("a"));
  REQUIRE(names.remove("b") == 6);
  REQUIRE(names.remove("b") == -1);
  REQUIRE(names.active().empty());
  REQUIRE(names.old().size() == 2);
  REQUIRE(names.old().front().name == "a");
}

TEST_CASE("a name that comes again has the next creation", "[epmd]") {
  EpmdNames names(10);
  uint32_t first = names.add(node("a"), 100)->creation();
  REQUIRE(first == 101);
  names.remove("a");
  REQUIRE(names.add(node("a"), 5000)->creation() == first + 1);
  REQUIRE(names.old().empty());
  names.remove("a");
  REQUIRE(names.add(node("a", 5, 5), 5000)->creation() == (first + 2) % 3 + 1);
}

TEST_CASE("creations of 32 bits begin at 4 again", "[epmd]") {
  EpmdNames names(10);
  REQUIRE(names.add(node("a"), 0xfffffffe)->creation() == 0xffffffff);
  names.remove("a");
  REQUIRE(names.add(node("a"), 0)->creation() == 4);
  REQUIRE(names.add(node("b"), 0)->creation() == 4);
}

TEST_CASE("too many old names: the oldest is forgotten for a new one", "[epmd]") {
  EpmdNames names(2);
  for (const char* name : {"a", "b", "c", "d"}) names.add(node(name), 1);
  for (const char* name : {"b", "a", "d", "c"}) names.remove(name);
  REQUIRE(names.old().size() == 4);
  names.add(node("a"), 1);  // an old one: nothing is forgotten
  REQUIRE(names.old().size() == 3);
  names.add(node("e"), 1);
  REQUIRE(names.old().size() == 2);
  REQUIRE(names.old().front().name == "d");
}
