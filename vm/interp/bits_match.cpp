// Bit-syntax matching; see bits_match.h.
#include "vm/interp/bits_match.h"

#include "vm/term/arith.h"
#include "vm/term/bits.h"

namespace joist::bits_match {

Term start(Heap& heap, Term t) {
  Term base = t;
  size_t offset = 0, size;
  if (auto sub = t.as<SubBits>()) {
    base = sub->base;
    offset = sub->offset_bits;
    size = sub->size_bits;
  } else if (auto on_heap = t.as<HeapBits>()) {
    size = on_heap->size_bits;
  } else {
    size = reinterpret_cast<RefcBits*>(t.boxed_words())->size_bits;
  }
  uint8_t* data;
  if (auto on_heap = base.as<HeapBits>()) {
    data = on_heap->data;
  } else {
    data = reinterpret_cast<RefcBits*>(base.boxed_words())->data;
  }
  HeapWriter w = heap.reserve(Words(MatchContext::words));
  auto* m = reinterpret_cast<MatchContext*>(w.take(MatchContext::words));
  m->header = make_header(Kind::MatchContext, MatchContext::words - 1);
  m->data = data;
  m->position = offset;
  m->end = offset + size;
  m->base = base;
  return m->term();
}

Term integer_unchecked(Heap& heap, MatchContext& m, size_t bits, unsigned flags) {
  size_t position = m.position;
  m.position += bits;
  if (bits == 0) return Term::small(0);
  bool is_signed = flags & field_signed;
  if (bits <= 64 && (bits <= 8 || !(flags & field_little) || bits % 8 == 0)) {
    Word w = bits::load(m.data, position, bits);
    if ((flags & field_little) && bits > 8) w = __builtin_bswap64(w << (64 - bits));
    if (is_signed) {
      SWord value = SWord(w << (64 - bits)) >> (64 - bits);
      return Term::fits_small(value) ? Term::small(value) : arith::make_integer(heap, value);
    }
    return w <= Word(Term::small_max) ? Term::small(SWord(w)) : arith::make_unsigned(heap, w);
  }
  Term result = arith::integer_from_bits(heap, m.data, position, bits, is_signed, flags & field_little);
  if (!result.is_value()) m.position = position;
  return result;
}

Term float_(Heap& heap, MatchContext& m, size_t bits, unsigned flags) {
  double d;
  if (!has(m, bits) || !bits::get_float(m.data, m.position, bits, flags & field_little, &d)) return Term();
  m.position += bits;
  HeapWriter w = heap.reserve(Words(FloatBox::words));
  Term result = w.float_(d);
  heap.commit(w);
  return result;
}

Term binary(Heap& heap, MatchContext& m, size_t bits) {
  if (!has(m, bits)) return Term();
  Term result = bits::slice(heap, m.base, m.position, bits);
  m.position += bits;
  return result;
}

Term tail(Heap& heap, const MatchContext& m) { return bits::slice(heap, m.base, m.position, remaining(m)); }

// UTF-8 as RFC 3629: no overlong forms, no surrogates, at most U+10FFFF.
Term utf8(MatchContext& m) {
  size_t left = remaining(m);
  if (left < 8) return Term();
  Word w = bits::load(m.data, m.position, left < 32 ? left & ~size_t(7) : 32);
  if (left < 32) w <<= 32 - (left & ~size_t(7));  // missing bytes are 0: no continuation bytes
  uint32_t lead = uint32_t(w >> 24) & 0xff, code, length;
  if (lead < 0x80) {
    m.position += 8;
    return Term::small(lead);
  }
  auto continuation = [w](unsigned i) { return uint32_t(w >> (24 - 8 * i)) & 0xff; };
  auto continues = [&](unsigned i) { return (continuation(i) & 0xc0) == 0x80; };
  if (lead < 0xc2) return Term();
  if (lead < 0xe0) {
    if (!continues(1)) return Term();
    code = (lead & 0x1f) << 6 | (continuation(1) & 0x3f);
    length = 2;
  } else if (lead < 0xf0) {
    if (!continues(1) || !continues(2)) return Term();
    code = (lead & 0x0f) << 12 | (continuation(1) & 0x3f) << 6 | (continuation(2) & 0x3f);
    if (code < 0x800 || (code >= 0xd800 && code <= 0xdfff)) return Term();
    length = 3;
  } else {
    if (lead > 0xf4 || !continues(1) || !continues(2) || !continues(3)) return Term();
    code = (lead & 0x07) << 18 | (continuation(1) & 0x3f) << 12 | (continuation(2) & 0x3f) << 6 | (continuation(3) & 0x3f);
    if (code < 0x10000 || code > 0x10ffff) return Term();
    length = 4;
  }
  m.position += length * 8;
  return Term::small(code);
}

Term utf16(MatchContext& m, unsigned flags) {
  size_t left = remaining(m);
  if (left < 16) return Term();
  auto unit = [&](size_t at) {
    auto u = uint16_t(bits::load(m.data, at, 16));
    return uint32_t(flags & field_little ? __builtin_bswap16(u) : u);
  };
  uint32_t high = unit(m.position);
  if (high < 0xd800 || high > 0xdfff) {
    m.position += 16;
    return Term::small(high);
  }
  if (high > 0xdbff || left < 32) return Term();
  uint32_t low = unit(m.position + 16);
  if (low < 0xdc00 || low > 0xdfff) return Term();
  m.position += 32;
  return Term::small(SWord(((high & 0x3ff) << 10 | (low & 0x3ff)) + 0x10000));
}

Term utf32(MatchContext& m, unsigned flags) {
  if (!has(m, 32)) return Term();
  auto code = uint32_t(bits::load(m.data, m.position, 32));
  if (flags & field_little) code = __builtin_bswap32(code);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return Term();
  m.position += 32;
  return Term::small(code);
}

bool string(MatchContext& m, const uint8_t* bytes, size_t bits) {
  if (!has(m, bits)) return false;
  if (m.position % 8 == 0 && bits % 8 == 0) {
    if (std::memcmp(m.data + m.position / 8, bytes, bits / 8) != 0) return false;
  } else {
    for (size_t i = 0; i < bits; i += 64) {
      size_t n = bits - i < 64 ? bits - i : 64;
      if (bits::load(m.data, m.position + i, n) != bits::load(bytes, i, n)) return false;
    }
  }
  m.position += bits;
  return true;
}

bool field_size(Term size, size_t unit, size_t* bits) {
  if (!size.is_small() || size.small_value() < 0) return false;
  return !__builtin_mul_overflow(Word(size.small_value()), Word(unit), bits);
}

}  // namespace joist::bits_match
