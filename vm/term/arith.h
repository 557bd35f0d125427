// Integers of any size and floats. Results are written through Heap::reserve: no term moves.
//
// Errors are the reason atom: badarith or system_limit (badarg where the function is a guard BIF: to_float, to_integer,
// absolute). Small/small fast paths are the machine's own (vm/interp).
//
// Integers that do not fit 61 bits are magnitude and sign: GMP limbs (mpn_*, never mpz) in place on the heap. A
// result is computed into reserved words, then normalised, and the words it did not need are given back.
#pragma once
#include <string_view>

#include "gc/heap.h"

namespace joist::arith {

// The reason atom of a failed operation.
struct Failure {
  Term reason;
  constexpr operator Term() const { return reason; }
};
// A term, or a Failure.
class TermResult {
 public:
  constexpr TermResult(Term value) : term_(value), ok_(true) {}
  constexpr TermResult(Failure failure) : term_(failure.reason), ok_(false) {}
  constexpr explicit operator bool() const { return ok_; }
  constexpr Term operator*() const { return term_; }
  constexpr Failure error() const { return {term_}; }

 private:
  Term term_;
  bool ok_;
};

TermResult add(Heap& heap, Term a, Term b);
TermResult subtract(Heap& heap, Term a, Term b);
TermResult multiply(Heap& heap, Term a, Term b);
TermResult divide(Heap& heap, Term a, Term b);      // '/'
TermResult int_divide(Heap& heap, Term a, Term b);  // div
TermResult remainder(Heap& heap, Term a, Term b);   // rem
TermResult negate(Heap& heap, Term a);
TermResult bit_and(Heap& heap, Term a, Term b);
TermResult bit_or(Heap& heap, Term a, Term b);
TermResult bit_xor(Heap& heap, Term a, Term b);
TermResult bit_not(Heap& heap, Term a);
TermResult shift_left(Heap& heap, Term a, Term b);  // negative b shifts right
TermResult shift_right(Heap& heap, Term a, Term b);
TermResult absolute(Heap& heap, Term a);
TermResult to_float(Heap& heap, Term a);
enum class Rounding { Truncate, Round, Floor, Ceiling };
TermResult to_integer(Heap& heap, Term a, Rounding how);

// Largest bignum, in limbs, before system_limit: as OTP 25's.
inline constexpr size_t max_limbs = (size_t(1) << 19) - 1;

Term make_integer(Heap& heap, SWord value);
Term make_unsigned(Heap& heap, Word value);
inline constexpr size_t integer_words = 2;  // room that write_integer may need
Term write_integer(HeapWriter& w, SWord value);
Term write_unsigned(HeapWriter& w, Word value);
// Exact conversions; false when not an integer or out of range.
bool to_int64(Term t, SWord* out);
bool to_uint64(Term t, Word* out);
// Any number as a double; false for bignums beyond the range and for other terms.
bool to_double(Term t, double* out);

int compare_numbers(Term a, Term b);  // ==-style, exact between integers and floats of any size
int sign(Term integer);

// Magnitude and sign from/to little-endian limbs.
// Normalises (to a small where it fits); the non-value beyond max_limbs.
Term make_bignum(Heap& heap, const Word* limbs, size_t count, bool negative);

// Text in base 2..36 (uppercase digits), appended by the callee's callback-free buffer. Returns length; needs
// integer_text_size bytes.
size_t integer_text_size(Term integer, unsigned base);
size_t integer_to_text(Term integer, unsigned base, char* out);
// Parses [+-]digits in base; the non-value when the text is no integer or too large (system_limit in *too_large).
Term text_to_integer(Heap& heap, std::string_view text, unsigned base, bool* too_large);

// Bit-syntax: integer of `bits` bits at data (bit offset), and back. The non-value when it would pass max_limbs (no
// match). Little-endian: whole bytes from the least significant on; the odd bits at the end are the most significant
// ones.
Term integer_from_bits(Heap& heap, const uint8_t* data, size_t offset_bits, size_t bits, bool is_signed, bool little);
// Writes the low `bits` bits; false when t is no integer.
bool integer_to_bits(Term t, uint8_t* data, size_t offset_bits, size_t bits, bool little);

}  // namespace joist::arith
