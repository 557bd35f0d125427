// Matching of bitstrings: what the bs_get_*, bs_skip_* and bs_match instructions do behind their fast paths.
//
// A match context is an object of the heap that belongs to one match; advancing it writes its `position` in place. All
// functions leave the context as it was when they fail, and none moves terms. Results are written through Heap::reserve; the
// instructions with a Live operand make room before (room_for_*), so fragments are made only by huge results.
#pragma once
#include "gc/heap.h"
#include "vm/term/bit_words.h"
#include "vm/term/boxed.h"

namespace joist::bits_match {

// Field flags of the instruction set. `native` is resolved when code is loaded.
enum FieldFlags : unsigned { field_little = 2, field_signed = 4, field_native = 16 };

// Words that one call may take from the heap.
inline constexpr size_t room_for_start = MatchContext::words;
inline constexpr size_t room_for_slice = HeapBits::words_for_bits(HeapBits::max_bytes * 8);
inline constexpr size_t room_for_float = FloatBox::words;
constexpr size_t room_for_integer(size_t bits) { return bits < 60 ? 0 : 2 + bits / 64; }

inline MatchContext& context(Term t) { return *reinterpret_cast<MatchContext*>(t.boxed_words()); }
inline size_t remaining(const MatchContext& m) { return m.end - m.position; }
inline bool has(const MatchContext& m, size_t bits) { return bits <= remaining(m); }

// A context over the whole of t, which must be a bitstring.
Term start(Heap& heap, Term t);

// Integer of `bits` bits of which the context has enough. The non-value when it is larger than integers may be.
Term integer_unchecked(Heap& heap, MatchContext& m, size_t bits, unsigned flags);
// The functions below return the non-value (false) when the context holds too little or the bits are no such value.
inline Term integer(Heap& heap, MatchContext& m, size_t bits, unsigned flags) {
  return has(m, bits) ? integer_unchecked(heap, m, bits, flags) : Term();
}
// bits: 16, 32 or 64 (0 is 0.0, anything else fails); infinities and NaNs fail.
Term float_(Heap& heap, MatchContext& m, size_t bits, unsigned flags);
Term binary(Heap& heap, MatchContext& m, size_t bits);
// All that is left; does not advance.
Term tail(Heap& heap, const MatchContext& m);
Term utf8(MatchContext& m);
Term utf16(MatchContext& m, unsigned flags);
Term utf32(MatchContext& m, unsigned flags);
bool string(MatchContext& m, const uint8_t* bytes, size_t bits);

// Size × unit of a field whose size is a term: false when it is no non-negative integer or too large for any binary.
bool field_size(Term size, size_t unit, size_t* bits);

// Position as a term (bs_get_position): bits from the start of the base, always small.
inline Term position(const MatchContext& m) { return Term::small(SWord(m.position)); }

// ---- reads of the fast paths: the position is a multiple of 8 and the context holds enough
inline const uint8_t* bytes_at(const MatchContext& m) { return m.data + m.position / 8; }
template <size_t Bytes>
inline Word load_bytes(const uint8_t* p, bool little) {
  Word w = 0;
  std::memcpy(&w, p, Bytes);
  return little ? w : __builtin_bswap64(w) >> (64 - 8 * Bytes);
}

}  // namespace joist::bits_match
