#include "vm/term/unicode_chars.h"

#include <catch2/catch.hpp>
#include <string>

#include "vm/term/atom.h"
#include "vm/term/bits.h"
#include "vm/term/compare.h"
#include "vm/term/etf/etf.h"
#include "vm/term/print.h"
#include "vm/term/test_heap.h"

using namespace joist;

namespace {
const char* vectors[] = {
#define X(hex) hex,
#include "vm/term/vectors/unicode_vectors.inc"
#undef X
};

std::string unhex(std::string_view s) {
  std::string out;
  auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'A' + 10; };
  for (size_t i = 0; i + 1 < s.size(); i += 2) out += char(digit(s[i]) << 4 | digit(s[i + 1]));
  return out;
}
}  // namespace

TEST_CASE("unicode: conversions agree with erl") {
  TestHeap heap(1 << 22);
  for (const char* vector : vectors) {
    std::string data = unhex(vector);
    auto decoded = etf::decode(heap, reinterpret_cast<const uint8_t*>(data.data()), data.size(), {});
    REQUIRE(bool(decoded));
    auto tuple = decoded->term.as<Tuple>();
    INFO(print_term(decoded->term));
    auto encoding = atom_text(tuple->at(1)) == "latin1" ? unicode::Encoding::Latin1 : unicode::Encoding::Utf8;
    for (bool as_list : {false, true}) {
      Term expected = tuple->at(as_list ? 3 : 2);
      Term result = as_list ? unicode::characters_to_list(heap, tuple->at(0), encoding)
                            : unicode::characters_to_binary(heap, tuple->at(0), encoding);
      if (result.is_non_value()) result = atom::badarg;
      INFO((as_list ? "list " : "binary ") << print_term(result));
      REQUIRE(terms_equal(result, expected));
      // In the smallest steps.
      unicode::Converter converter(tuple->at(0), encoding);
      if (!converter.check()) continue;
      size_t used = 0;
      while (!converter.step(1, &used)) {
      }
      if (as_list) REQUIRE(terms_equal(converter.list(heap), expected));
    }
  }
}

TEST_CASE("unicode: long binaries in steps") {
  TestHeap heap(1 << 22);
  std::string s;
  for (int i = 0; i < 20000; i++) s += i % 3 == 0 ? "€" : i % 7 == 0 ? "𝄞" : "å";
  for (size_t shift : {0, 3}) {
    uint8_t* data;
    Term t = bits::allocate(heap, 8 * s.size() + shift, &data);
    bits::copy(data, shift, reinterpret_cast<const uint8_t*>(s.data()), 0, 8 * s.size());
    t = bits::slice(heap, t, shift, 8 * s.size());
    unicode::Converter converter(t, unicode::Encoding::Utf8);
    REQUIRE(converter.check());
    size_t used = 0, steps = 0;
    while (!converter.step(1, &used)) steps++;
    REQUIRE(steps > 3);
    REQUIRE(converter.characters() == 20000);
    REQUIRE(bits::equal(bits::span(converter.binary(heap)), bits::span(t)));
    REQUIRE(unicode::characters_to_binary(heap, t, unicode::Encoding::Utf8).same(t));
  }
}
