#include "vm/term/atom.h"

#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

using namespace joist;

TEST_CASE("atoms.def is in the table in index order", "[atom]") {
#define X(name, text) CHECK(atom_text(atom::name) == text);
#include "vm/term/atoms.def"
#undef X
  CHECK(find_atom("ok").same(atom::ok));
  CHECK(make_atom("true").same(atom::true_));
}

TEST_CASE("an atom is made once and found by text", "[atom]") {
  CHECK(find_atom("no such atom 17").is_non_value());
  Term a = make_atom("no such atom 17");
  CHECK(a.is_atom());
  CHECK(find_atom("no such atom 17").same(a));
  CHECK(atom_characters(a) == 15);
  Term u = make_atom("\xc3\xa5\xc3\xa4");  // åä
  CHECK(atom_characters(u) == 2);
  CHECK(atom_is_latin1(u));
  Term w = make_atom("\xe2\x82\xac");  // €
  CHECK(atom_characters(w) == 1);
  CHECK(!atom_is_latin1(w));
}

TEST_CASE("atoms order as their bytes", "[atom]") {
  auto less = [](const char* a, const char* b) {
    Term x = make_atom(a), y = make_atom(b);
    return compare_atoms(x, y) < 0 && compare_atoms(y, x) > 0;
  };
  CHECK(less("", "a"));
  CHECK(less("a", "b"));
  CHECK(less("abcdefgh", "abcdefghi"));
  CHECK(less("abcdefghi", "abcdefghj"));
  CHECK(less("z", "\xc3\xa5"));
  CHECK(compare_atoms(make_atom(std::string_view("a\0", 2)), make_atom("a")) > 0);
}

TEST_CASE("threads that race for the same atoms agree", "[atom]") {
  constexpr size_t n = 40000, threads = 4;  // the table grows meanwhile
  std::vector<std::vector<uint32_t>> seen(threads);
  std::vector<std::thread> pool;
  for (size_t t = 0; t < threads; t++)
    pool.emplace_back([&, t] {
      for (size_t i = 0; i < n; i++) {
        size_t k = t % 2 ? i : n - 1 - i;
        seen[t].push_back(make_atom("race " + std::to_string(k)).atom_index());
      }
    });
  for (auto& t : pool) t.join();
  for (size_t i = 0; i < n; i++) {
    CHECK(seen[0][i] == seen[1][n - 1 - i]);
    CHECK(seen[0][i] == seen[2][i]);
    CHECK(atom_text(Term::atom(seen[1][i])) == "race " + std::to_string(i));
  }
}
