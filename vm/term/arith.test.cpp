#include "vm/term/arith.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "vm/term/atom.h"
#include "vm/term/bits.h"
#include "vm/term/test_heap.h"

using namespace joist;

namespace {

Term parse(Heap& heap, const std::string& s) {
  if (s[0] == 'f') return heap.reserve(Words(2)).float_(__builtin_bit_cast(double, std::stoull(s.substr(1), nullptr, 16)));
  bool large;
  return arith::text_to_integer(heap, s, 16, &large);
}

std::string show(Term t, unsigned base = 16) {
  if (is_float(t)) {
    char buffer[20];
    snprintf(buffer, sizeof buffer, "f%016lX", __builtin_bit_cast(Word, float_value(t)));
    return buffer;
  }
  if (t.same(atom::badarith)) return "badarith";
  if (t.same(atom::badarg)) return "badarg";
  if (t.same(atom::system_limit)) return "system_limit";
  if (!is_integer(t)) return "?";
  std::string out(arith::integer_text_size(t, base), ' ');
  size_t n = arith::integer_to_text(t, base, out.data());
  REQUIRE(n <= out.size());
  out.resize(n);
  return out;
}

arith::TermResult run(Heap& h, const std::string& op, Term a, Term b) {
  using namespace arith;
  if (op == "add") return add(h, a, b);
  if (op == "subtract") return subtract(h, a, b);
  if (op == "multiply") return multiply(h, a, b);
  if (op == "divide") return divide(h, a, b);
  if (op == "int_divide") return int_divide(h, a, b);
  if (op == "remainder") return remainder(h, a, b);
  if (op == "bit_and") return bit_and(h, a, b);
  if (op == "bit_or") return bit_or(h, a, b);
  if (op == "bit_xor") return bit_xor(h, a, b);
  if (op == "shift_left") return shift_left(h, a, b);
  if (op == "shift_right") return shift_right(h, a, b);
  if (op == "negate") return negate(h, a);
  if (op == "bit_not") return bit_not(h, a);
  if (op == "absolute") return absolute(h, a);
  if (op == "to_float") return to_float(h, a);
  if (op == "truncate") return to_integer(h, a, Rounding::Truncate);
  if (op == "round") return to_integer(h, a, Rounding::Round);
  if (op == "floor") return to_integer(h, a, Rounding::Floor);
  if (op == "ceiling") return to_integer(h, a, Rounding::Ceiling);
  if (op == "compare") {
    int order = compare_numbers(a, b);
    return Term::small(order < 0 ? -1 : order > 0);
  }
  FAIL("no operation " << op);
  return a;
}

// No leading zero limb, no bignum that would fit a small.
void check_normal(Term t) {
  auto big = t.as<Bignum>();
  if (!big) return;
  REQUIRE(big->limb_count() > 0);
  REQUIRE(big->limbs[big->limb_count() - 1] != 0);
  SWord v;
  if (arith::to_int64(t, &v)) REQUIRE(!Term::fits_small(v));
}

struct Vector {
  const char *op, *a, *b, *result;
};
const Vector vectors[] = {
#define X(op, a, b, result) {#op, a, b, result},
#include "vm/term/vectors/arith_vectors.inc"
#undef X
};

struct BitVector {
  const char* value;
  size_t bits, offset;
  bool little;
  const char *hex, *as_unsigned, *as_signed;
};
const BitVector bit_vectors[] = {
#define X(value, bits, offset, little, hex, u, s) {value, bits, offset, little, hex, u, s},
#include "vm/term/vectors/bit_vectors.inc"
#undef X
};

}  // namespace

TEST_CASE("arith: every operator agrees with erl") {
  TestHeap heap;
  for (auto& v : vectors) {
    heap.reset();
    auto result = run(heap, v.op, parse(heap, v.a), parse(heap, v.b));
    INFO(v.op << " " << v.a << " " << v.b);
    if (result) check_normal(*result);
    Term shown = result ? *result : Term(result.error());
    REQUIRE(show(shown) == v.result);
  }
}

TEST_CASE("arith: integers in bitstrings agree with erl") {
  TestHeap heap;
  for (auto& v : bit_vectors) {
    heap.reset();
    INFO(v.value << ":" << v.bits << " at " << v.offset << (v.little ? " little" : " big"));
    std::string bytes;
    for (const char* p = v.hex; *p; p += 2) bytes += char(std::stoi(std::string(p, 2), nullptr, 16));
    auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
    REQUIRE(show(arith::integer_from_bits(heap, data, v.offset, v.bits, false, v.little)) == v.as_unsigned);
    REQUIRE(show(arith::integer_from_bits(heap, data, v.offset, v.bits, true, v.little)) == v.as_signed);
    std::string written = bytes;
    auto* to = reinterpret_cast<uint8_t*>(written.data());
    for (size_t i = v.offset; i < v.offset + v.bits; i++) to[i / 8] ^= uint8_t(0x80 >> i % 8);
    REQUIRE(arith::integer_to_bits(parse(heap, v.value), to, v.offset, v.bits, v.little));
    REQUIRE(written == bytes);
  }
}

TEST_CASE("arith: limits") {
  TestHeap heap(4 << 20);
  auto at = [&](size_t n) { return arith::shift_left(heap, Term::small(1), Term::small(SWord(n))); };
  REQUIRE(bool(at(33554367)));
  REQUIRE(!at(33554368));
  Term half = *at(16777184);
  REQUIRE(show(arith::multiply(heap, half, half).error()) == "system_limit");
  Term below = *at(16777183);
  REQUIRE(bool(arith::multiply(heap, half, below)));
  Term top = *at(33554367);
  REQUIRE(show(arith::add(heap, top, top).error()) == "system_limit");
  REQUIRE(show(*arith::subtract(heap, top, top)) == "0");
}

TEST_CASE("arith: text in every base") {
  TestHeap heap;
  for (const char* text : {"0", "1", "-1", "123456789ABCDEF", "-FFFFFFFFFFFFFFF", "1000000000000000", "FFFFFFFFFFFFFFFF",
                           "-123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"}) {
    Term t = parse(heap, text);
    for (unsigned base = 2; base <= 36; base++) {
      std::string s = show(t, base);
      bool large;
      Term back = arith::text_to_integer(heap, s, base, &large);
      REQUIRE(arith::compare_numbers(t, back) == 0);
      for (char& c : s) c = char(tolower(c));
      REQUIRE(arith::compare_numbers(t, arith::text_to_integer(heap, s, base, &large)) == 0);
    }
  }
  bool large;
  for (const char* bad : {"", "+", "-", "12a", "1 ", " 1", "--1", "12345678901234567890x", "1.0"})
    REQUIRE(arith::text_to_integer(heap, bad, 10, &large).is_non_value());
  REQUIRE(show(arith::text_to_integer(heap, "+0000000000000000000000000000000000000000000000012", 10, &large)) == "C");
  std::string huge(10200000, '9');
  REQUIRE(arith::text_to_integer(heap, huge, 10, &large).is_non_value());
  REQUIRE(large);
}

TEST_CASE("arith: leading zeros of a field beyond the limit") {
  TestHeap heap;
  std::vector<uint8_t> data(16 << 20);
  data.back() = 7;
  REQUIRE(show(arith::integer_from_bits(heap, data.data(), 0, data.size() * 8, false, false)) == "7");
  data[0] = 1;
  REQUIRE(arith::integer_from_bits(heap, data.data(), 0, data.size() * 8, false, false).is_non_value());
}
