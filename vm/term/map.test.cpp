#include "vm/term/map.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "vm/term/compare.h"
#include "vm/term/hash.h"
#include "vm/term/test_heap.h"
#include "vm/term/test_terms.h"
#include "vm/term/vectors/map_vectors.inc"

using namespace joist;

namespace {

uint32_t digest(Heap& heap, Term m) {
  uint32_t d = 17;
  for (Term l = map::to_list(heap, m); l.is_cons(); l = l.as_cons()->tail) {
    auto pair = l.as_cons()->head.as<Tuple>();
    d = d * 31 + phash2(pair->at(0)) * 7 + phash2(pair->at(1));
  }
  return d;
}

std::vector<Term> numbers(int from, int to) {
  std::vector<Term> pairs;
  for (int i = from; i <= to; i++) pairs.push_back(Term::small(i)), pairs.push_back(Term::small(i));
  return pairs;
}

}  // namespace

TEST_CASE("maps:to_list gives OTP's order after any operations", "[map]") {
  TestHeap heap(1 << 24);
  TestTerms terms(heap, 3, false);
  const uint32_t* expected = map_expected;
  for (int round = 0; round < 60; round++) {
    INFO(round);
    auto pairs_of = [&](size_t n) {
      std::vector<Term> pairs(2 * n);
      for (size_t i = 0; i < n; i++) {
        pairs[2 * i] = terms.any(1);
        pairs[2 * i + 1] = Term::small(terms.next() % 10);
      }
      return pairs;
    };
    auto p = pairs_of(terms.next() % 300 + 20);
    Term m = map::from_pairs(heap, p.data(), p.size() / 2);
    size_t removed = std::min<size_t>(terms.next() % 60 + 1, p.size() / 2);
    Term m2 = m;
    for (size_t i = 0; i < removed; i++) m2 = map::remove(heap, m2, p[2 * i]);
    auto q = pairs_of(terms.next() % 100);
    Term m3 = m2;
    for (size_t i = 0; i < q.size(); i += 2) m3 = map::put(heap, m3, q[i], q[i + 1]);
    Term from_q = map::from_pairs(heap, q.data(), q.size() / 2);
    CHECK(map::size(m3) == *expected++);
    for (Term t : {m, m2, m3, map::merge(heap, m2, from_q), map::merge(heap, from_q, m), map::merge(heap, m, m3)})
      CHECK(digest(heap, t) == *expected++);
    CHECK(terms_equal(map::put_many(heap, m2, q.data(), q.size() / 2, false, nullptr), m3));
    CHECK(terms_equal(map::merge(heap, m2, from_q), m3));
    CHECK(compare_terms(map::merge(heap, m2, from_q), m3) == 0);
  }
}

TEST_CASE("hundreds of thousands of keys, some with equal hashes", "[map]") {
  TestHeap heap(1 << 24);
  auto pairs = numbers(1, 300000);
  Term m = map::from_pairs(heap, pairs.data(), 300000);
  CHECK(digest(heap, m) == large_map_expected[0]);
  for (int i = 1; i <= 300000; i++)
    if (!map::get(m, Term::small(i)).same(Term::small(i))) FAIL(i);
  CHECK(map::get(m, Term::small(0)).is_non_value());

  std::vector<Term> binaries;
  for (uint32_t i = 1; i <= 100000; i++) {
    uint32_t big_endian = __builtin_bswap32(i);
    binaries.push_back(bits::from_bytes(heap, &big_endian, 4));
    binaries.push_back(Term::small(i));
  }
  CHECK(digest(heap, map::from_pairs(heap, binaries.data(), 100000)) == large_map_expected[1]);
}

TEST_CASE("a trie's shape does not depend on how it was made", "[map]") {
  TestHeap heap(1 << 25);
  auto all = numbers(1, 40000);
  Term built = map::from_pairs(heap, all.data(), 40000);
  Term put = map::empty();
  for (int i = 40000; i > 0; i--) put = map::put(heap, put, Term::small(i), Term::small(i));
  CHECK(terms_equal(built, put));
  auto low = numbers(1, 25000), high = numbers(20000, 40000);
  Term merged = map::merge(heap, map::from_pairs(heap, low.data(), low.size() / 2), map::from_pairs(heap, high.data(), high.size() / 2));
  CHECK(terms_equal(built, merged));
  CHECK(map::size(merged) == 40000);
  auto more = numbers(1, 40500);
  Term shrunk = map::from_pairs(heap, more.data(), 40500);
  for (int i = 40001; i <= 40500; i++) shrunk = map::remove(heap, shrunk, Term::small(i));
  CHECK(terms_equal(built, shrunk));
}

TEST_CASE("maps turn large with the 33rd key and flat again without it", "[map]") {
  TestHeap heap;
  auto pairs = numbers(1, 32);
  Term flat = map::from_pairs(heap, pairs.data(), 32);
  CHECK(flat.is<FlatMap>());
  Term large = map::put(heap, flat, Term::small(33), nil);
  CHECK(large.is<MapRoot>());
  Term value;
  Term again = map::remove(heap, large, Term::small(33), &value);
  CHECK(again.is<FlatMap>());
  CHECK(value.is_nil());
  CHECK(terms_equal(flat, again));
  CHECK(map::remove(heap, flat, nil, &value).same(flat));
  CHECK(value.is_non_value());
  CHECK(map::remove(heap, large, nil, &value).same(large));
}

TEST_CASE("update and exact put need the key", "[map]") {
  TestHeap heap;
  for (int size : {5, 50}) {
    auto pairs = numbers(1, size);
    Term m = map::from_pairs(heap, pairs.data(), pairs.size() / 2);
    CHECK(map::update(heap, m, nil, nil).is_non_value());
    Term changed = map::update(heap, m, Term::small(3), nil);
    CHECK(map::get(changed, Term::small(3)).is_nil());
    CHECK(map::size(changed) == size_t(size));
    Term bad;
    Term wrong[] = {Term::small(1), nil, Term::small(99), nil};
    CHECK(map::put_many(heap, m, wrong, 2, true, &bad).is_non_value());
    CHECK(bad.same(Term::small(99)));
    CHECK(map::size(map::put_many(heap, m, wrong, 2, false, nullptr)) == size_t(size) + 1);
  }
}

TEST_CASE("an iterator's path leads back to where it was", "[map]") {
  TestHeap heap(1 << 18);
  auto pairs = numbers(1, 500);
  Term m = map::from_pairs(heap, pairs.data(), 500);
  map::Iterator it(m);
  Term k, v, k2;
  for (int i = 0; i < 500; i++) {
    uint8_t path[map::max_levels];
    size_t levels = it.path(path);
    CHECK(levels > 0);
    map::Iterator other(m);
    CHECK(other.seek(path, levels));
    CHECK(it.next(&k, &v));
    CHECK(other.next(&k2, &v));
    CHECK(k.same(k2));
  }
  uint8_t path[map::max_levels];
  CHECK(it.path(path) == 0);
  path[0] = 16;
  CHECK(!it.seek(path, 1));
}
