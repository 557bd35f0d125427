#include "vm/term/bits.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "vm/term/arith.h"
#include "vm/term/bit_words.h"
#include "vm/term/test_heap.h"
#include "vm/term/utf.h"

using namespace joist;

namespace {
bool bit(const uint8_t* p, size_t i) { return p[i / 8] >> (7 - i % 8) & 1; }
std::string text(Term t) {
  bits::AlignedBytes a(t);
  return std::string(a.text());
}
}  // namespace

TEST_CASE("bits: copy, load, store, compare at every offset") {
  std::mt19937 random(1);
  for (int round = 0; round < 4000; round++) {
    std::vector<uint8_t> from(60), to(60), before;
    for (auto& b : from) b = uint8_t(random());
    for (auto& b : to) b = uint8_t(random());
    before = to;
    size_t f = random() % 70, t = random() % 70, n = random() % 380;
    bits::copy(to.data(), t, from.data(), f, n);
    for (size_t i = 0; i < 480; i++)
      REQUIRE(bit(to.data(), i) == (i >= t && i < t + n ? bit(from.data(), f + i - t) : bit(before.data(), i)));
    REQUIRE(bits::equal({from.data(), f, n}, {to.data(), t, n}));
    if (n) {
      size_t flip = random() % n;
      to[(t + flip) / 8] ^= uint8_t(0x80 >> (t + flip) % 8);
      int order = bits::compare({from.data(), f, n}, {to.data(), t, n});
      REQUIRE((order < 0) == bit(to.data(), t + flip));
      REQUIRE(order != 0);
      REQUIRE(bits::compare({from.data(), f, n - 1}, {from.data(), f, n}) < 0);
    }
  }
}

TEST_CASE("bits: loads and stores stay within their bytes") {
  // Exactly sized blocks: the address sanitizer sees any byte too many.
  for (size_t offset = 0; offset < 8; offset++)
    for (size_t n = 0; n <= 64; n++) {
      std::vector<uint8_t> block((offset + n + 7) / 8, 0xff);
      bits::store(block.data(), offset, n, 0);
      REQUIRE(bits::load(block.data(), offset, n) == 0);
      bits::store(block.data(), offset, n, ~Word(0));
      REQUIRE(bits::load(block.data(), offset, n) == (n == 0 ? 0 : ~Word(0) >> (64 - n)));
      for (auto b : block) REQUIRE(b == 0xff);
      std::vector<uint8_t> copied(block.size());
      bits::copy(copied.data(), 0, block.data(), offset, n);
    }
}

TEST_CASE("bits: allocation, slices") {
  TestHeap heap;
  std::string small(64, 'x'), large(65, 'y');
  REQUIRE(bits::from_text(heap, small).is<HeapBits>());
  Term t = bits::from_text(heap, large);
  REQUIRE(t.is<RefcBits>());
  REQUIRE(text(t) == large);
  Term s = bits::slice(heap, t, 3, 65 * 8 - 3);
  REQUIRE(s.is<SubBits>());
  Term ss = bits::slice(heap, s, 5, 64 * 8);
  REQUIRE(text(ss) == std::string(64, 'y'));
  REQUIRE(ss.is<HeapBits>());
  Term odd = bits::slice(heap, s, 5, 9);
  REQUIRE(odd.is<SubBits>());
  REQUIRE(odd.as<SubBits>()->base.same(t));
  REQUIRE(bits::size_bits(odd) == 9);
  REQUIRE(text(bits::from_text(heap, "")) == "");
}

TEST_CASE("bits: append keeps every older slice") {
  TestHeap heap(1 << 18);
  uint8_t* data;
  size_t at;
  Term t = bits::from_text(heap, "abc");
  std::string expected = "abc";
  std::vector<std::pair<Term, std::string>> older;
  for (int i = 0; i < 2000; i++) {
    older.emplace_back(t, expected);
    t = bits::append(heap, t, 16, &data, &at);
    uint8_t two[2] = {uint8_t('a' + i % 26), uint8_t(i)};
    bits::copy(data, at, two, 0, 16);
    expected.append(reinterpret_cast<char*>(two), 2);
  }
  REQUIRE(text(t) == expected);
  // Forking from an older end copies.
  Term fork = bits::append(heap, older[1000].first, 8, &data, &at);
  data[at / 8] = '!';
  REQUIRE(text(fork) == older[1000].second + "!");
  for (auto& [term, s] : older) REQUIRE(text(term) == s);
  REQUIRE(text(t) == expected);
  // In place: the base does not change while there is room.
  Term base = t.as<SubBits>()->base;
  Term more = bits::append(heap, t, 8, &data, &at);
  REQUIRE(more.as<SubBits>()->base.same(base));
  data[at / 8] = '?';
  REQUIRE(text(more) == expected + "?");
  // Odd bits.
  Term bit_by_bit = bits::make_writable(heap, 0);
  for (int i = 0; i < 3000; i++) {
    bit_by_bit = bits::append(heap, bit_by_bit, 1, &data, &at);
    bits::store(data, at, 1, i % 3 == 0);
  }
  BitSpan s = bits::span(bit_by_bit);
  REQUIRE(s.size == 3000);
  for (size_t i = 0; i < 3000; i++) REQUIRE(bit(s.data, s.offset + i) == (i % 3 == 0));
}

TEST_CASE("bits: room in advance is what is expected") {
  TestHeap heap;
  for (size_t bytes : {size_t(0), size_t(7), size_t(1000)}) {
    uint8_t* data;
    size_t at;
    Term t = bits::make_writable(heap, bytes);
    REQUIRE(t.as<SubBits>()->base.as<RefcBits>()->shared->capacity == bytes);
    for (size_t i = 0; i < bytes; i++) {
      t = bits::append(heap, t, 8, &data, &at);
      data[at / 8] = 'x';
    }
    REQUIRE(text(t) == std::string(bytes, 'x'));
    if (bytes) REQUIRE(t.as<SubBits>()->base.as<RefcBits>()->shared->capacity == bytes);
  }
}

TEST_CASE("bits: freezing gives room back") {
  TestHeap heap;
  uint8_t* data;
  size_t at;
  Term t = bits::append(heap, bits::from_text(heap, std::string(1000, 'z')), 8, &data, &at);
  data[at / 8] = 'e';
  auto base = t.as<SubBits>()->base.as<RefcBits>();
  REQUIRE(base->shared->capacity > 1500);
  bits::shrink_writable(*base);
  REQUIRE(base->shared->capacity == 1001);
  REQUIRE(text(t) == std::string(1000, 'z') + "e");
  // Freezing moves nothing: match contexts hold pointers to the bytes.
  Term again = bits::append(heap, t, 8, &data, &at);
  data[at / 8] = '!';
  base = again.as<SubBits>()->base.as<RefcBits>();
  uint8_t* before = base->data;
  bits::freeze_writable(*base);
  REQUIRE(base->data == before);
  REQUIRE(text(again) == std::string(1000, 'z') + "e!");
  REQUIRE(!bits::append(heap, again, 8, &data, &at).as<SubBits>()->base.same(base->term()));
}

TEST_CASE("bits: floats as OTP 25 writes and reads them") {
  uint8_t b[16];
  auto half = [&](double d) {
    TestHeap heap(16);
    REQUIRE(bits::put_float(heap.reserve(Words(2)).float_(d), b, 0, 16, false));
    return b[0] << 8 | b[1];
  };
  REQUIRE(half(65504) == 0x7bff);
  REQUIRE(half(65519.99) == 0x7bff);
  REQUIRE(half(65520) == 0x7c00);
  REQUIRE(half(1e300) == 0x7c00);
  REQUIRE(half(1e-8) == 0);
  REQUIRE(half(5.9604644775390625e-8) == 1);
  REQUIRE(half(2.98e-8) == 0);
  REQUIRE(half(1.0009765625) == 0x3c01);
  REQUIRE(half(1.00048828125) == 0x3c00);
  REQUIRE(half(1.0004882812500002) == 0x3c01);
  REQUIRE(half(2049) == 0x6800);
  REQUIRE(half(-1.5) == 0xbe00);
  REQUIRE(half(-0.0) == 0x8000);
  double d, back;
  for (unsigned h = 0; h < 0x10000; h++) {
    b[0] = uint8_t(h >> 8), b[1] = uint8_t(h);
    bool finite = (h >> 10 & 31) != 31;
    REQUIRE(bits::get_float(b, 0, 16, false, &d) == finite);
    if (finite) REQUIRE(unsigned(half(d)) == h);
  }
  for (size_t size : {32, 64})
    for (size_t offset : {0, 3})
      for (bool little : {false, true})
        for (double value : {0.0, 1.5, -2.75, 1e30}) {
          float f = float(value);
          TestHeap heap(16);
          REQUIRE(bits::put_float(heap.reserve(Words(2)).float_(f), b, offset, size, little));
          REQUIRE(bits::get_float(b, offset, size, little, &back));
          REQUIRE(back == f);
        }
  REQUIRE(bits::put_float(Term::small(1), b, 0, 64, true));
  REQUIRE(b[7] == 0x3f);
  REQUIRE(!bits::put_float(nil, b, 0, 64, true));
  REQUIRE(!bits::put_float(Term::small(1), b, 0, 8, true));
  REQUIRE(bits::get_float(b, 0, 0, true, &back));
  b[0] = 0x7f, b[1] = 0xf0, b[2] = b[3] = b[4] = b[5] = b[6] = b[7] = 0;
  REQUIRE(!bits::get_float(b, 0, 64, false, &back));
}

TEST_CASE("utf: code points") {
  uint8_t b[4];
  uint32_t c;
  for (uint32_t i = 0; i <= 0x10ffff; i += i < 0x1000 || (i > 0xd700 && i < 0x10100) ? 1 : 37) {
    if (!is_unicode_scalar(i)) continue;
    for (bool little : {false, true}) {
      size_t n = utf::put_utf16(i, b, little);
      REQUIRE(utf::get_utf16(b, n, little, &c) == int(n));
      REQUIRE(c == i);
      utf::put_utf32(i, b, little);
      REQUIRE(utf::get_utf32(b, 4, little, &c) == 4);
      REQUIRE(c == i);
    }
  }
  uint8_t lone[2] = {0xd8, 0x00};
  REQUIRE(utf::get_utf16(lone, 2, false, &c) == -1);
  REQUIRE(utf::get_utf16(lone, 2, true, &c) == 2);
  uint8_t low[4] = {0xdc, 0x00, 0, 0};
  REQUIRE(utf::get_utf16(low, 4, false, &c) == 0);
}
