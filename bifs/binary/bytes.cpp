// Module binary: single bytes, copies, prefixes, unsigned integers.
#include <algorithm>
#include <cstring>
#include <vector>

#include "bifs/bif.h"
#include "bifs/list_builder.h"
#include "bifs/loop_limit.h"
#include "vm/term/arith.h"
#include "vm/term/bits.h"

namespace joist {
namespace {

bool is_binary(Term t) { return is_bits(t) && bits::size_bits(t) % 8 == 0; }

uint8_t byte_at(const BitSpan& span, size_t i) {
  size_t bit = span.offset + i * 8;
  unsigned shift = bit & 7;
  const uint8_t* p = span.data + bit / 8;
  return shift ? uint8_t(p[0] << shift | p[1] >> (8 - shift)) : *p;
}

NativeResult nth(NativeCall& c, SWord i) {
  if (!is_binary(c.arg(0))) return badarg();
  BitSpan span = bits::span(c.arg(0));
  if (i < 0 || Word(i) >= span.size / 8) return badarg();
  return Term::small(byte_at(span, size_t(i)));
}

// A binary that is being filled with copies of another.
struct Copies final : NativeState {
  Term result;
  uint8_t* out;
  size_t done;  // bytes
  void visit_roots(RootVisitor& visitor) override { visitor.visit(result); }
};

// No copies of a bitstring are an empty binary.
NativeResult copies(NativeCall& c, Term count) {
  if (!is_bits(c.arg(0)) || !count.is_small() || count.small_value() < 0) return badarg();
  if (!is_binary(c.arg(0)) && count.small_value() > 0) return badarg();
  BitSpan span = bits::span(c.arg(0));
  size_t size = span.size / 8, n = size_t(count.small_value()), total;
  if (__builtin_mul_overflow(size, n, &total) || total >> 48) return system_limit();
  auto* state = c.state<Copies>();
  if (!state) {
    uint8_t* out;
    Term result = bits::allocate(c.heap(), total * 8, &out);
    if (total) bits::copy(out, 0, span.data, span.offset, span.size);
    c.charge(size / 1024);
    if (total == size || result.is<HeapBits>()) {  // those on the heap are short, and move
      for (size_t done = size; done < total; done *= 2) memcpy(out + done, out, std::min(done, total - done));
      return result;
    }
    c.set_state(state = new Copies);
    state->result = result;
    state->out = out;
    state->done = size;
  }
  while (state->done < total) {
    // Whole copies are what is copied, so that the next step can begin with the first byte.
    constexpr size_t usual_step = 1 << 20;
    size_t step = std::max(binary_loop_limit.step(usual_step) / size, size_t(1)) * size;
    step = std::min({step, state->done, total - state->done});
    memcpy(state->out + state->done, state->out, step);
    state->done += step;
    c.charge(step / 1024 + 1);
    if (binary_loop_limit.turn_is_over(c)) return c.again();
  }
  return state->result;
}

struct Common final : NativeState {
  size_t length = 0;  // bytes that agree, as far as was looked
};

// Length of the common prefix or suffix of a non-empty list of binaries.
NativeResult common(NativeCall& c, bool suffix) {
  std::vector<BitSpan> spans;
  Term list = c.arg(0);
  for (; list.is_cons(); list = list.as_cons()->tail) {
    if (!is_binary(list.as_cons()->head)) return badarg();
    spans.push_back(bits::span(list.as_cons()->head));
  }
  if (!list.is_nil() || spans.empty()) return badarg();
  auto* state = c.state<Common>();
  size_t limit = SIZE_MAX, n = state ? state->length : 0;
  for (const BitSpan& s : spans) limit = std::min(limit, s.size / 8);
  auto at = [&](const BitSpan& s, size_t i) { return byte_at(s, suffix ? s.size / 8 - 1 - i : i); };
  while (n < limit) {
    constexpr size_t usual_step = 65536;
    size_t start = n, stop = std::min(limit, n + std::max(binary_loop_limit.step(usual_step) / spans.size(), size_t(1)));
    for (; n < stop; n++) {
      uint8_t first = at(spans[0], n);
      for (const BitSpan& s : spans)
        if (at(s, n) != first) return Term::small(SWord(n));
    }
    c.charge((n - start) * spans.size() / 256 + 1);
    if (n == limit || !binary_loop_limit.turn_is_over(c)) continue;
    if (!state) c.set_state(state = new Common);
    state->length = n;
    return c.again();
  }
  return Term::small(SWord(n));
}

// big | little of an argument; false when it is neither.
bool endianness(Term t, bool* little) {
  *little = t.same(atom::little);
  return *little || t.same(atom::big);
}

NativeResult encode_unsigned(NativeCall& c, bool little) {
  Term t = c.arg(0);
  if (!is_integer(t) || arith::sign(t) < 0) return badarg();
  size_t size;
  if (t.is_small()) {
    size = t.small_value() ? (71 - __builtin_clzll(t.small_value())) / 8 : 1;
  } else {
    auto big = t.as<Bignum>();
    size_t n = big->limb_count();
    size = n * 8 - __builtin_clzll(big->limbs[n - 1]) / 8;
  }
  uint8_t* out;
  Term result = bits::allocate(c.heap(), size * 8, &out);
  arith::integer_to_bits(c.arg(0), out, 0, size * 8, little);
  c.charge(size / 256);
  return result;
}

NativeResult decode_unsigned(NativeCall& c, bool little) {
  if (!is_binary(c.arg(0))) return badarg();
  BitSpan span = bits::span(c.arg(0));
  c.charge(span.size / 2048);
  if (span.size == 0) return Term::small(0);
  return arith::integer_from_bits(c.heap(), span.data, span.offset, span.size, false, little);
}

}  // namespace

BIF(binary, at, 2) { return c.arg(1).is_small() ? nth(c, c.arg(1).small_value()) : badarg(); }
BIF(binary, first, 1) { return nth(c, 0); }
BIF(binary, last, 1) { return is_binary(c.arg(0)) ? nth(c, SWord(bits::size_bits(c.arg(0)) / 8) - 1) : badarg(); }
BIF(binary, copy, 1) { return copies(c, Term::small(1)); }
BIF(binary, copy, 2) { return copies(c, c.arg(1)); }
BIF(binary, longest_common_prefix, 1) { return common(c, false); }
BIF(binary, longest_common_suffix, 1) { return common(c, true); }
BIF(binary, encode_unsigned, 1) { return encode_unsigned(c, false); }
BIF(binary, encode_unsigned, 2) {
  bool little;
  return endianness(c.arg(1), &little) ? encode_unsigned(c, little) : badarg();
}
BIF(binary, decode_unsigned, 1) { return decode_unsigned(c, false); }
BIF(binary, decode_unsigned, 2) {
  bool little;
  return endianness(c.arg(1), &little) ? decode_unsigned(c, little) : badarg();
}

BIF(binary, referenced_byte_size, 1) {
  Term t = c.arg(0);
  if (!is_bits(t)) return badarg();
  if (auto sub = t.as<SubBits>()) t = sub->base;
  if (auto shared = t.as<RefcBits>()) return Term::small(shared->shared->capacity);
  return Term::small((bits::size_bits(t) + 7) / 8);
}

}  // namespace joist
