#include "vm/term/node.h"

#include <catch2/catch.hpp>

#include "vm/term/atom.h"
#include "vm/term/magic.h"

using namespace joist;

TEST_CASE("a node has one entry for a name and creation", "[node]") {
  Term name = make_atom("a@b");
  NodeEntry* one = node_acquire(name, 1);
  NodeEntry* two = node_acquire(name, 2);
  CHECK(one != two);
  CHECK(node_acquire(name, 1) == one);
  CHECK(one->references == 2);
  node_release(one);
  CHECK(one->references == 1);
  node_release(one);
  node_release(two);
  NodeEntry* again = node_acquire(name, 2);
  CHECK(again->references == 1);
  CHECK(again->creation == 2);
  node_release(again);
}

TEST_CASE("this node has no name until distribution starts", "[node]") {
  CHECK(local_node_name().same(atom::nonode_nohost));
  CHECK(local_node_creation() == 0);
}

TEST_CASE("references have fresh numbers in range", "[node]") {
  Word a[2], b[2];
  new_ref_numbers(a);
  new_ref_numbers(b);
  CHECK((a[0] != b[0] || a[1] != b[1]));
  CHECK((a[0] & 0xffffffff) < (1 << 18));
  CHECK((a[0] >> 32 & 3) == 0);
  CHECK(a[1] >> 32 == 0);
}
