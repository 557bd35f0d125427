#include "vm/term/iolist.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "vm/term/list_util.h"
#include "vm/term/test_heap.h"

using namespace joist;
using iolist::Parts;

namespace {

Term pair(Heap& heap, Term head, Term tail) {
  HeapWriter w = heap.reserve(Words(2));
  return w.cons(head, tail);
}

std::string text(Term t) {
  if (t.is_non_value()) return "(bad)";
  bits::AlignedBytes bytes(t);
  return std::string(bytes.text());
}

struct Maker {
  Heap& heap;
  std::mt19937 random{7};

  Term binary(std::string* expected) {
    std::string s(random() % 5 == 0 ? random() % 2000 : random() % 20, char('a' + random() % 26));
    *expected += s;
    Term t = bits::from_text(heap, "xyz" + s);
    return bits::slice(heap, t, 24, 8 * s.size());
  }
  Term list(int depth, std::string* expected) {
    std::vector<Term> elements;
    for (unsigned i = 0, n = random() % 6; i < n; i++) {
      switch (random() % 4) {
        case 0: elements.push_back(binary(expected)); break;
        case 1:
          if (depth > 0) {
            elements.push_back(list(depth - 1, expected));
            break;
          }
          [[fallthrough]];
        default:
          *expected += char(random() % 256);
          elements.push_back(Term::small(uint8_t(expected->back())));
      }
    }
    Term tail = nil;
    if (!elements.empty() && random() % 3 == 0) tail = binary(expected);
    return list::from_terms(heap, elements.data(), elements.size(), tail);
  }
};

}  // namespace

TEST_CASE("iolist: flatten, step by step, gather") {
  TestHeap heap(1 << 22);
  Maker maker{heap};
  for (int i = 0; i < 500; i++) {
    std::string expected;
    Term t = maker.list(5, &expected);
    size_t size;
    REQUIRE(iolist::size_bits(t, Parts::Bytes, &size));
    REQUIRE(size == 8 * expected.size());
    REQUIRE(text(iolist::flatten(heap, t, Parts::Bytes)) == expected);
    iolist::Flattener flattener(t, Parts::Bytes);
    size_t used = 0;
    while (flattener.step(3, &used) == iolist::Flattener::State::More) {
    }
    REQUIRE(text(flattener.take(heap)) == expected);
    iolist::Gather gather;
    REQUIRE(gather.add(t));
    std::string gathered;
    for (size_t k = 0; k < gather.count(); k++)
      gathered.append(reinterpret_cast<const char*>(gather.slices()[k].data), gather.slices()[k].size);
    REQUIRE(gathered == expected);
    REQUIRE(gather.bytes() == expected.size());
  }
}

TEST_CASE("iolist: what is none") {
  TestHeap heap;
  size_t size;
  Term bad;
  Term one = Term::small(1);
  Term three_bits = bits::slice(heap, bits::from_text(heap, "abc"), 0, 3);
  auto check = [&](Term t, Term expected) {
    REQUIRE(!iolist::size_bits(t, Parts::Bytes, &size, &bad));
    REQUIRE(bad.same(expected));
    REQUIRE(iolist::flatten(heap, t, Parts::Bytes).is_non_value());
    iolist::Gather gather;
    REQUIRE(!gather.add(t));
    iolist::Flattener flattener(t, Parts::Bytes);
    size_t used = 0;
    iolist::Flattener::State state;
    while ((state = flattener.step(1, &used)) == iolist::Flattener::State::More) {
    }
    REQUIRE(state == iolist::Flattener::State::Bad);
  };
  check(one, one);
  check(Term::atom(1), Term::atom(1));
  check(pair(heap, one, Term::small(2)), Term::small(2));
  check(pair(heap, Term::small(256), nil), Term::small(256));
  check(pair(heap, Term::small(-1), nil), Term::small(-1));
  check(pair(heap, pair(heap, one, Term::atom(2)), nil), Term::atom(2));
  check(three_bits, three_bits);
  check(pair(heap, three_bits, nil), three_bits);
  Term odd = pair(heap, three_bits, pair(heap, Term::small(0xff), three_bits));
  Term flat = iolist::flatten(heap, odd, Parts::Bits);
  REQUIRE(bits::size_bits(flat) == 14);
  BitSpan span = bits::span(flat);
  REQUIRE(span.data[0] == (0x60 | 0x1f));
}

TEST_CASE("iolist: depth costs no C stack") {
  TestHeap heap(1 << 22);
  Term left = nil, right = nil;
  for (int i = 0; i < 1000000; i++) left = pair(heap, left, nil);
  for (int i = 0; i < 500000; i++) right = pair(heap, Term::small('r'), right);
  size_t size;
  REQUIRE(iolist::size_bits(left, Parts::Bytes, &size));
  REQUIRE(size == 0);
  REQUIRE(iolist::size_bits(right, Parts::Bytes, &size));
  REQUIRE(size == 8 * 500000);
}

TEST_CASE("list: lengths and bytes") {
  TestHeap heap;
  Term t = list::from_text(heap, "hello");
  REQUIRE(list::proper_length(t) == 5);
  REQUIRE(list::proper_length(list::from_text(heap, "x", Term::small(1))) == -1);
  uint8_t buffer[5];
  REQUIRE(list::to_bytes(t, buffer, 5) == 5);
  REQUIRE(std::string(buffer, buffer + 5) == "hello");
  REQUIRE(list::to_bytes(t, buffer, 4) == -1);
  list::Length length(t);
  REQUIRE(!length.step(2));
  REQUIRE(!length.step(2));
  REQUIRE(length.step(2));
  REQUIRE(length.count == 5);
  REQUIRE(length.proper());
}
