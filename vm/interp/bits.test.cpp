// Bit-syntax matching and construction on a bare heap.
#include <catch2/catch.hpp>
#include <string>

#include "vm/interp/bits_create.h"
#include "vm/interp/bits_match.h"
#include "vm/term/arith.h"
#include "vm/term/atom.h"
#include "vm/term/bits.h"
#include "vm/term/test_heap.h"

using namespace joist;

namespace {

MatchContext& start(Heap& heap, std::string bytes) {
  return bits_match::context(bits_match::start(heap, bits::from_bytes(heap, bytes.data(), bytes.size())));
}

bits_create::Segment segment(bits_create::SegmentKind kind, Term value, Word size, unsigned unit = 1, unsigned flags = 0,
                             unsigned number = 1) {
  return {kind, uint8_t(flags), uint16_t(unit), number, ins::Src::constant(value), ins::Src{size}};
}

struct Created {
  Term term;
  bits_create::Failure failure{};
};
Created create(Heap& heap, std::initializer_list<bits_create::Segment> segments) {
  bits_create::Registers registers{nullptr, nullptr};
  Created c;
  size_t bits, reductions;
  if (!bits_create::measure(segments.begin(), segments.size(), registers, &bits, &c.failure)) return c;
  c.term = bits_create::build(heap, segments.begin(), segments.size(), registers, bits, &c.failure, &reductions);
  return c;
}
std::string bytes_of(Term t) {
  BitSpan span = bits::span(t);
  std::string s((span.size + 7) / 8, 0);
  bits::copy(reinterpret_cast<uint8_t*>(s.data()), 0, span.data, span.offset, span.size);
  return s;
}
using Piece = bits_create::SegmentKind;

}  // namespace

TEST_CASE("integers of any alignment, size and sign are matched", "[bits]") {
  TestHeap heap;
  auto& m = start(heap, std::string("\x01\x02\xff\xfe\x80\0\0\0\0\0\0\x01\x7f", 13));
  CHECK(bits_match::integer(heap, m, 4, 0).small_value() == 0);
  CHECK(bits_match::integer(heap, m, 8, 0).small_value() == 0x10);
  CHECK(bits_match::integer(heap, m, 4, 0).small_value() == 2);
  CHECK(bits_match::integer(heap, m, 16, bits_match::field_signed).small_value() == -2);
  CHECK(bits_match::remaining(m) == 9 * 8);
  Term minimum = bits_match::integer(heap, m, 64, bits_match::field_signed);
  SWord value;
  REQUIRE(arith::to_int64(minimum, &value));
  CHECK(value == INT64_MIN + 1);
  CHECK(!bits_match::integer(heap, m, 9, 0).is_value());
  CHECK(bits_match::integer(heap, m, 0, 0).small_value() == 0);
  CHECK(bits_match::integer(heap, m, 8, bits_match::field_little).small_value() == 0x7f);
}

TEST_CASE("little-endian fields", "[bits]") {
  TestHeap heap;
  auto& m = start(heap, std::string("\x01\x02\x03\x04\xff\x0f", 6));
  CHECK(bits_match::integer(heap, m, 24, bits_match::field_little).small_value() == 0x030201);
  CHECK(bits_match::integer(heap, m, 12, bits_match::field_little).small_value() == 0xf04);
  m.position = 32;
  CHECK(bits_match::integer(heap, m, 16, bits_match::field_little | bits_match::field_signed).small_value() == 0x0fff);
}

TEST_CASE("a code point is taken only when it is valid", "[bits]") {
  TestHeap heap;
  CHECK(bits_match::utf8(start(heap, "\xf0\x9f\x98\x80")).small_value() == 0x1f600);
  for (const char* bad : {"\xff", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80", ""}) {
    auto& m = start(heap, bad);
    CHECK(!bits_match::utf8(m).is_value());
    CHECK(m.position == 0);
  }
  CHECK(bits_match::utf16(start(heap, "\xd8\x3d\xde\x00"), 0).is_value() == false);  // C string: the last byte is missing
  CHECK(bits_match::utf16(start(heap, std::string("\xd8\x3d\xde\x00", 4)), 0).small_value() == 0x1f600);
  CHECK(bits_match::utf16(start(heap, std::string("\x3d\xd8\x00\xde", 4)), bits_match::field_little).small_value() == 0x1f600);
  CHECK(bits_match::utf32(start(heap, std::string("\0\1\xf6\0", 4)), 0).small_value() == 0x1f600);
  CHECK(!bits_match::utf32(start(heap, std::string("\0\0\xd8\0", 4)), 0).is_value());
}

TEST_CASE("strings and tails at any bit", "[bits]") {
  TestHeap heap;
  auto& m = start(heap, "abcdef");
  CHECK(bits_match::string(m, reinterpret_cast<const uint8_t*>("abX"), 16));
  CHECK(!bits_match::string(m, reinterpret_cast<const uint8_t*>("cx"), 16));
  m.position += 4;
  uint8_t shifted[] = {0x36, 0x46};
  CHECK(bits_match::string(m, shifted, 16));
  CHECK(bits::size_bits(bits_match::tail(heap, m)) == 12);
}

TEST_CASE("segments are written one behind the other", "[bits]") {
  TestHeap heap;
  Term hello = bits::from_text(heap, "hello");
  auto c = create(heap, {segment(Piece::IntegerFixed, Term::small(-1), 3), segment(Piece::IntegerFixed, Term::small(0), 5),
                         segment(Piece::BinaryAll, hello, 0, 8), segment(Piece::IntegerFixed, Term::small(0x0102), 16, 1, 2),
                         segment(Piece::Utf8, Term::small(0x20ac), 0)});
  REQUIRE(c.term.is_value());
  CHECK(bytes_of(c.term) == std::string("\xe0hello\x02\x01\xe2\x82\xac"));
  c = create(heap, {segment(Piece::FloatFixed, Term::inline_float(1.5), 32), segment(Piece::FloatFixed, Term::small(1), 16)});
  CHECK(bytes_of(c.term) == std::string("\x3f\xc0\0\0\x3c\0", 6));
}

TEST_CASE("appending keeps what was there", "[bits]") {
  TestHeap heap;
  Term all = bits::from_text(heap, "");
  std::string expected;
  for (int i = 0; i < 1000; i++) {
    auto c = create(heap, {segment(Piece::Append, all, 0, 8), segment(Piece::IntegerFixed, Term::small(i), 16)});
    REQUIRE(c.term.is_value());
    all = c.term;
    expected += {char(i >> 8), char(i)};
  }
  CHECK(bytes_of(all) == expected);
}

TEST_CASE("failures name the segment", "[bits]") {
  TestHeap heap;
  auto bad = [&](bits_create::Segment s) {
    auto c = create(heap, {segment(Piece::IntegerFixed, Term::small(0), 1), s});
    CHECK(!c.term.is_value());
    CHECK(c.failure.segment == 2);
    return c.failure;
  };
  CHECK(bad(segment(Piece::IntegerFixed, atom::ok, 8, 1, 0, 2)).info.same(atom::type));
  CHECK(bad(segment(Piece::Integer, Term::small(1), Term::small(-1).raw(), 1, 0, 2)).info.same(atom::size));
  CHECK(bad(segment(Piece::Integer, Term::small(1), Term::small(Term::small_max).raw(), 8, 0, 2)).reason.same(atom::system_limit));
  CHECK(bad(segment(Piece::BinaryAll, atom::ok, 0, 8, 0, 2)).info.same(atom::type));
  CHECK(bad(segment(Piece::BinaryFixed, bits::from_text(heap, "a"), 16, 1, 0, 2)).info.same(atom::short_));
  CHECK(bad(segment(Piece::FloatFixed, Term::inline_float(1.5), 8, 1, 0, 2)).info.same(atom::invalid));
  CHECK(bad(segment(Piece::Utf32, Term::small(0xd800), 0, 1, 0, 2)).info.same(atom::type));
}
