#include "vm/term/hash.h"

#include <catch2/catch.hpp>

#include "vm/term/test_heap.h"
#include "vm/term/test_terms.h"
#include "vm/term/vectors/hash_vectors.inc"

using namespace joist;

TEST_CASE("phash2 and phash are OTP's", "[hash]") {
  TestHeap heap(1 << 20);
  TestTerms terms(heap, 1, true);
  for (size_t i = 0; i < std::size(phash2_expected); i++) {
    INFO(i);
    Term t = terms.any(3);
    CHECK(phash2(t) == phash2_expected[i]);
    CHECK(phash(t) == phash_expected[i]);
  }
}

TEST_CASE("internal_hash is OTP's for terms without atoms", "[hash]") {
  TestHeap heap(1 << 20);
  TestTerms terms(heap, 2, false);
  for (size_t i = 0; i < std::size(internal_expected); i++) {
    INFO(i);
    CHECK(internal_hash(terms.any(3)) == internal_expected[i]);
  }
}

TEST_CASE("a bitstring hashes by its bits, wherever they start", "[hash]") {
  TestHeap heap;
  uint8_t bytes[40];
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = uint8_t(i * 37 + 11);
  Term whole = bits::from_bytes(heap, bytes, sizeof bytes);
  for (size_t offset = 0; offset < 9; offset++)
    for (size_t n = 0; n < 290; n += 7) {
      uint8_t* data;
      Term copy = bits::allocate(heap, n, &data);
      if (n) data[(n - 1) / 8] = 0;
      bits::copy(data, 0, bytes, offset, n);
      Term part = bits::slice(heap, whole, offset, n);
      CHECK(phash2(copy) == phash2(part));
      CHECK(phash(copy) == phash(part));
      CHECK(internal_hash(copy) == internal_hash(part));
    }
}

TEST_CASE("depth costs no C stack", "[hash]") {
  TestHeap heap(1 << 23);
  Term deep = nil;
  for (int i = 0; i < 1000000; i++) deep = heap.reserve(Words(2)).cons(deep, nil);
  CHECK(phash2(deep) != 0);
  CHECK(phash(deep) != 0);
  CHECK(internal_hash(deep) != 0);
}
