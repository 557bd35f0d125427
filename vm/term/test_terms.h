// Pseudo-random terms for unit tests. The expected values in vm/term/vectors come from OTP, where the same generator, written in
// Erlang, made the same terms.
#pragma once
#include <cmath>
#include <cstdint>
#include <string_view>
#include <vector>

#include "vm/term/arith.h"
#include "vm/term/atom.h"
#include "vm/term/bits.h"
#include "vm/term/map.h"

namespace joist {

class TestTerms {
 public:
  TestTerms(Heap& heap, uint64_t seed, bool atoms) : heap_(heap), state_(seed), atoms_(atoms) {}

  // 31 bits.
  uint32_t next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return uint32_t(state_ >> 33);
  }

  // A term of at most this depth.
  Term any(unsigned depth) {
    uint32_t kind = next() % 16;
    if (depth == 0) kind %= 10;
    switch (kind) {
      case 0: return integer(int64_t(next() % 300) - 20);
      case 1: return integer(int64_t(next()) - (int64_t(1) << 30));
      case 2: {
        int64_t a = next(), b = next();
        return integer(((a << 30) ^ b) - (int64_t(1) << 60));
      }
      case 3: return big();
      case 4: {
        static constexpr std::string_view names[] = {"ok", "error", "hello world", "åäö", "", "true", "a_b",
                                                     "a_very_long_atom_name_with_many_characters", "€uro", "module", "日本語"};
        uint32_t i = next() % std::size(names);
        return atoms_ ? make_atom(names[i]) : nil;
      }
      case 5: return nil;
      case 6: {
        if (next() % 8 == 0) return number(0.0);
        double x = double(int64_t(next()) - (int64_t(1) << 30));
        int e = int(next() % 1200) - 600;
        return number(x * std::pow(2.0, e));
      }
      case 7: return bitstring(8 * (next() % 40));
      case 8: return bitstring(next() % 70);
      case 9: {
        std::vector<Term> bytes(next() % 20);
        for (auto& b : bytes) b = Term::small(next() & 255);
        return list(bytes, nil);
      }
      case 10: case 11: return tuple(some(next() % 5, depth - 1));
      case 12: case 13: {
        auto elements = some(next() % 5 + 1, depth - 1);
        return list(elements, next() % 4 == 0 ? any(0) : nil);
      }
      case 14: {
        auto pairs = some(2 * (next() % 5), depth - 1);
        return map::from_pairs(heap_, pairs.data(), pairs.size() / 2);
      }
      default: {
        if (next() % 4) return tuple(some(1, depth - 1));
        std::vector<Term> pairs(2 * (35 + next() % 10));
        for (size_t i = 0; i < pairs.size(); i += 2) {
          pairs[i] = Term::small(next());
          pairs[i + 1] = any(0);
        }
        return map::from_pairs(heap_, pairs.data(), pairs.size() / 2);
      }
    }
  }

  // A term of a small set, so that two are often equal or nearly so.
  Term narrow(unsigned depth) {
    uint32_t kind = next() % 14;
    if (depth == 0) kind %= 9;
    switch (kind) {
      case 0: return integer(int64_t(next() % 4) - 1);
      case 1: return number(double(int64_t(next() % 4) - 1));
      case 2: return integer((int64_t(1) << 60) + next() % 3 - 1);
      case 3: return number(std::pow(2.0, 60) * (int(next() % 2) * 2 - 1));
      case 4: return integer((int64_t(1) << 53) + next() % 3 - 1);
      case 5: return number(std::pow(2.0, 53));
      case 6: return make_atom(next() % 2 ? "b" : "a");
      case 7: return nil;
      case 8: {
        size_t n = next() % 12;
        Word x = next() % 4;
        uint8_t* data;
        Term t = bits::allocate(heap_, n, &data);
        if (n > 8) data[0] = 0, data[1] = uint8_t(x << (16 - n)), data[0] = uint8_t(x >> (n - 8));
        else if (n) data[0] = uint8_t(x << (8 - n));
        return t;
      }
      case 9: {
        Term a = narrow(depth - 1), b = narrow(depth - 1);
        return tuple({a, b});
      }
      case 10: return list({narrow(depth - 1)}, nil);
      case 11: {
        Term a = narrow(depth - 1), b = narrow(0);
        return list({a}, b);
      }
      case 12: {
        std::vector<Term> pairs(2 * (next() % 3));
        for (auto& t : pairs) t = narrow(depth - 1);
        return map::from_pairs(heap_, pairs.data(), pairs.size() / 2);
      }
      default: {
        std::vector<Term> pairs;
        for (int i = 1; i <= 33; i++) pairs.push_back(Term::small(i)), pairs.push_back(Term::small(0));
        Term a = narrow(depth - 1), b = narrow(0), c = Term::small(next() % 35);
        Term m = map::from_pairs(heap_, pairs.data(), 33);
        Term changes[] = {a, b, c, b};
        return map::put_many(heap_, m, changes, 2, false, nullptr);
      }
    }
  }

  Term integer(int64_t v) { return arith::make_integer(heap_, v); }
  Term number(double d) {
    HeapWriter w = heap_.reserve(Words(2));
    Term t = w.float_(d);
    heap_.commit(w);
    return t;
  }
  Term tuple(const std::vector<Term>& elements) {
    HeapWriter w = heap_.reserve(Words(1 + elements.size()));
    Tuple* t = w.tuple_of(elements.size());
    for (size_t i = 0; i < elements.size(); i++) t->elements[i] = elements[i];
    return t->term();
  }
  Term list(const std::vector<Term>& elements, Term tail) {
    HeapWriter w = heap_.reserve(Words(2 * elements.size()));
    for (size_t i = elements.size(); i-- > 0;) tail = w.cons(elements[i], tail);
    return tail;
  }

 private:
  std::vector<Term> some(size_t n, unsigned depth) {
    std::vector<Term> out(n);
    for (auto& t : out) t = any(depth);
    return out;
  }
  Term big() {
    size_t n = next() % 4 + 2;
    Term x = Term::small(1);
    for (size_t i = 0; i < n; i++) {
      x = *arith::shift_left(heap_, x, Term::small(31));
      x = *arith::bit_or(heap_, x, Term::small(next()));
    }
    return next() % 2 ? *arith::negate(heap_, x) : x;
  }
  Term bitstring(size_t n) {
    uint8_t* data;
    Term t = bits::allocate(heap_, n, &data);
    for (size_t i = 0; i < (n + 7) / 8; i++) data[i] = uint8_t(next());
    if (n & 7) data[n / 8] &= uint8_t(0xff << (8 - (n & 7)));
    return t;
  }

  Heap& heap_;
  uint64_t state_;
  bool atoms_;
};

}  // namespace joist
