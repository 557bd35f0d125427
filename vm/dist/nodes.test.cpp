#include "vm/dist/nodes.h"

#include <catch2/catch.hpp>

#include "vm/term/atom.h"
#include "vm/term/test_terms.h"

using namespace joist;

TEST_CASE("node names", "[dist][nodes]") {
  for (const char* good : {"a@b", "A-1_z@host.domain", "x@", "x@\xc3\xa5"}) {
    bool has_host = std::string_view(good).back() != '@';
    CHECK(dist::is_node_name(make_atom(good)) == has_host);
  }
  for (const char* bad : {"", "a", "@b", "a@b@c", "a b@c", "\xc3\xa5@b"}) CHECK_FALSE(dist::is_node_name(make_atom(bad)));
  CHECK_FALSE(dist::is_node_name(Term::small(1)));
}

TEST_CASE("a connection is the node's until it has ended", "[dist][nodes]") {
  Term node = make_atom("other@host");
  CHECK(dist::connect_to(node) == nullptr);  // this node is not alive
  dist::Connection* first = dist::new_connection(node);
  CHECK(first->state() == dist::ConnectionState::Pending);
  CHECK(dist::new_connection(node) == first);
  CHECK(dist::find_connection(node) == first);
  uint32_t id = first->id;

  Word words[dist::handle_words];
  OffHeap* off_heap = nullptr;
  HeapWriter w(words, words + dist::handle_words, &off_heap);
  Term handle = dist::write_handle(w, *first);
  CHECK(dist::connection_of_handle(handle) == first);
  CHECK(dist::connection_of_handle(nil) == nullptr);

  CHECK(first->abort());
  CHECK_FALSE(first->abort());
  CHECK(dist::find_connection(node) == nullptr);
  dist::Connection* second = dist::new_connection(node);
  CHECK(second != first);
  CHECK(second->id == ((id + 1) & 0xffffff));
  CHECK(dist::connection_of_handle(handle) == first);  // held by the handle
  first->release();
  second->abort();
}
