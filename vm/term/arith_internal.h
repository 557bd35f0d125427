// What the arith*.cpp files share: a view of any integer as sign and limbs, scratch limbs, and writing results in
// place.
#pragma once
#include <gmp.h>

#include "vm/sys/memory.h"
#include "vm/term/arith.h"
#include "vm/term/atom.h"

namespace joist::arith {

static_assert(sizeof(mp_limb_t) == sizeof(Word) && GMP_NUMB_BITS == 64);

inline mp_limb_t* mp(Word* p) { return reinterpret_cast<mp_limb_t*>(p); }
inline const mp_limb_t* mp(const Word* p) { return reinterpret_cast<const mp_limb_t*>(p); }

// Magnitude and sign of an integer term. Points into the term (valid until it moves) or into itself: not copyable.
struct Integer {
  const Word* limbs;
  size_t count;  // 0 for zero; no leading zero limb
  bool negative;
  Word one;

  explicit Integer(Term t) {
    if (t.is_small()) {
      set(t.small_value());
    } else {
      auto* big = reinterpret_cast<Bignum*>(t.boxed_words());
      limbs = big->limbs;
      count = big->limb_count();
      negative = big->negative();
    }
  }
  Integer(const Integer&) = delete;
  Integer& operator=(const Integer&) = delete;
  size_t bit_length() const { return count == 0 ? 0 : 64 * count - __builtin_clzll(limbs[count - 1]); }

 private:
  void set(SWord v) {
    negative = v < 0;
    one = negative ? -Word(v) : Word(v);
    limbs = &one;
    count = one != 0;
  }
};

// Limbs that die with the scope; small ones cost no allocation.
class Scratch {
 public:
  explicit Scratch(size_t count)
      : p_(count <= inline_count
               ? inline_
               : static_cast<Word*>(sys::allocate(count * sizeof(Word), sys::Alloc::Temporary))) {}
  ~Scratch() {
    if (p_ != inline_) sys::release(p_, sys::Alloc::Temporary);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  Word* get() { return p_; }
  Word& operator[](size_t i) { return p_[i]; }

 private:
  static constexpr size_t inline_count = 40;
  Word* p_;
  Word inline_[inline_count];
};

inline size_t normal_size(const Word* limbs, size_t count) {
  while (count > 0 && limbs[count - 1] == 0) count--;
  return count;
}
inline bool magnitude_fits_small(Word magnitude, bool negative) {
  return magnitude <= Word(Term::small_max) + (negative ? 1 : 0);
}
inline Term small_of(Word magnitude, bool negative) {
  return Term::small(negative ? SWord(-magnitude) : SWord(magnitude));
}

// A result being computed in place on the heap: room for `count` limbs behind a header.
class Place {
 public:
  Place(Heap& heap, size_t count) : heap_(heap), writer_(heap.reserve(Words(1 + count))) {}
  Word* limbs() { return writer_.at() + 1; }
  // Normalises and gives the unused words back. system_limit when the number is too large.
  TermResult finish(size_t count, bool negative) {
    Word* p = writer_.at();
    count = normal_size(p + 1, count);
    if (count <= 1) {
      Word magnitude = count == 0 ? 0 : p[1];
      if (magnitude_fits_small(magnitude, negative)) {
        heap_.commit(writer_);
        return small_of(magnitude, negative);
      }
    }
    if (count > max_limbs) {
      heap_.commit(writer_);
      return Failure{atom::system_limit};
    }
    writer_.take(1 + count);
    *p = make_header(Kind::Bignum, count, negative);
    heap_.commit(writer_);
    return Term::boxed(p);
  }

 private:
  Heap& heap_;
  HeapWriter writer_;
};

// Both arguments must be integers.
TermResult add_integers(Heap& heap, const Integer& a, const Integer& b, bool subtract);
TermResult multiply_integers(Heap& heap, const Integer& a, const Integer& b);

// d = the integral double's value; exact.
Term integer_of_double(Heap& heap, double d);
// Limbs of the truncated magnitude of d into out[17]; returns their count.
size_t double_magnitude(double d, Word* out);
int compare_magnitudes(const Word* a, size_t a_count, const Word* b, size_t b_count);

}  // namespace joist::arith
