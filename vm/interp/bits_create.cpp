// Bit-syntax construction; see bits_create.h.
#include "vm/interp/bits_create.h"

#include <cstring>

#include "vm/interp/bits_match.h"
#include "vm/term/arith.h"
#include "vm/term/atom.h"
#include "vm/term/bit_words.h"
#include "vm/term/bits.h"

namespace joist::bits_create {

using bits_match::field_little;

static constexpr size_t bits_per_reduction = 8 * 1024;

static Term type_name(SegmentKind kind) {
  switch (kind) {
    case SegmentKind::Float: case SegmentKind::FloatFixed: return atom::float_;
    case SegmentKind::Integer: case SegmentKind::IntegerFixed: return atom::integer;
    case SegmentKind::Utf8: return atom::utf8;
    case SegmentKind::Utf16: return atom::utf16;
    case SegmentKind::Utf32: return atom::utf32;
    default: return atom::binary;
  }
}

static void set(Failure* failure, Term reason, const Segment& segment, Term info, Term value) {
  *failure = {reason, segment.number, type_name(segment.kind), info, value};
}

bool checked_size(Term size, size_t unit, size_t* bits, Term* reason) {
  if (!size.is_small()) {
    *reason = size.is<Bignum>() && arith::sign(size) > 0 ? atom::system_limit : atom::badarg;
    return false;
  }
  if (size.small_value() < 0) {
    *reason = atom::badarg;
    return false;
  }
  if (__builtin_mul_overflow(Word(size.small_value()), Word(unit), bits) || *bits > max_bits) {
    *reason = atom::system_limit;
    return false;
  }
  return true;
}

static bool is_code_point(Term t) {
  if (!t.is_small()) return false;
  Word code = Word(t.small_value());
  return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

size_t utf8_bits(Term value) {
  if (!value.is_small()) return 32;
  SWord code = value.small_value();
  return code < 0x80 ? 8 : code < 0x800 ? 16 : code < 0x10000 ? 24 : 32;
}
size_t utf16_bits(Term value) { return value.is_small() && value.small_value() < 0x10000 ? 16 : 32; }

bool measure(const Segment* segments, size_t count, const Registers& registers, size_t* bits, Failure* failure) {
  size_t total = 0;
  for (const Segment* s = segments; s < segments + count; s++) {
    size_t size = 0;
    switch (s->kind) {
      case SegmentKind::Append: case SegmentKind::PrivateAppend: break;
      case SegmentKind::BinaryAll: {
        Term value = registers.load(s->value);
        if (!is_bits(value)) return set(failure, atom::badarg, *s, atom::type, value), false;
        size = bits::size_bits(value);
        break;
      }
      case SegmentKind::Binary: case SegmentKind::Float: case SegmentKind::Integer: {
        Term size_term = registers.load(s->size), reason;
        if (!checked_size(size_term, s->unit, &size, &reason))
          return set(failure, reason, *s, atom::size, size_term), false;
        break;
      }
      case SegmentKind::BinaryFixed: case SegmentKind::FloatFixed: case SegmentKind::IntegerFixed:
      case SegmentKind::String: size = s->size.bits; break;
      case SegmentKind::Utf8: size = utf8_bits(registers.load(s->value)); break;
      case SegmentKind::Utf16: size = utf16_bits(registers.load(s->value)); break;
      case SegmentKind::Utf32: {
        Term value = registers.load(s->value);
        if (!is_code_point(value)) return set(failure, atom::badarg, *s, atom::type, value), false;
        size = 32;
        break;
      }
    }
    total += size;
    if (total > max_bits) return set(failure, atom::system_limit, *s, atom::size, Term::small(SWord(size))), false;
  }
  *bits = total;
  return true;
}

static bool appends(const Segment& first) {
  return first.kind == SegmentKind::Append || first.kind == SegmentKind::PrivateAppend;
}

size_t room_for_build(const Segment* segments, size_t bits) {
  return appends(*segments) ? RefcBits::words + SubBits::words : bits::allocate_words(bits);
}

// Writes one segment at `at`; its size in bits, or false.
static bool put(const Segment* first, const Segment& s, const Registers& registers, uint8_t* data, size_t at, size_t* written, Failure* failure) {
  if (s.kind == SegmentKind::String) {
    *written = s.size.bits;
    bits::copy(data, at, reinterpret_cast<const uint8_t*>(reinterpret_cast<const Word*>(first) + s.value.bits), 0, *written);
    return true;
  }
  Term value = registers.load(s.value);
  size_t bits = s.size.bits;
  auto fail = [&](Term info, Term culprit) { return set(failure, atom::badarg, s, info, culprit), false; };
  switch (s.kind) {
    case SegmentKind::BinaryAll: {
      BitSpan span = bits::span(value);
      if (s.unit > 1 && span.size % s.unit != 0) return fail(atom::unit, value);
      bits::copy(data, at, span.data, span.offset, bits = span.size);
      break;
    }
    case SegmentKind::Binary: bits = size_t(registers.load(s.size).small_value()) * s.unit; [[fallthrough]];
    case SegmentKind::BinaryFixed: {
      if (!is_bits(value)) return fail(atom::type, value);
      BitSpan span = bits::span(value);
      if (bits > span.size) return fail(atom::short_, value);
      bits::copy(data, at, span.data, span.offset, bits);
      break;
    }
    case SegmentKind::Float: bits = size_t(registers.load(s.size).small_value()) * s.unit; [[fallthrough]];
    case SegmentKind::FloatFixed: {
      Term info = put_float(data, at, bits, value, s.flags);
      if (info.is_value()) return fail(info, info.same(atom::invalid) ? Term::small(SWord(bits)) : value);
      break;
    }
    case SegmentKind::Integer: bits = size_t(registers.load(s.size).small_value()) * s.unit; [[fallthrough]];
    case SegmentKind::IntegerFixed:
      if (!put_integer(data, at, bits, value, s.flags)) return fail(atom::type, value);
      break;
    case SegmentKind::Utf8:
      if ((bits = put_utf8(data, at, value)) == 0) return fail(atom::type, value);
      break;
    case SegmentKind::Utf16:
      if ((bits = put_utf16(data, at, value, s.flags)) == 0) return fail(atom::type, value);
      break;
    case SegmentKind::Utf32:
      put_utf32(data, at, value, s.flags);
      bits = 32;
      break;
    default: UNREACHABLE();
  }
  *written = bits;
  return true;
}

Term build(Heap& heap, const Segment* segments, size_t count, const Registers& registers, size_t bits, Failure* failure,
           size_t* reductions) {
  const Segment *s = segments, *end = segments + count;
  uint8_t* data = nullptr;
  size_t at = 0;
  Term result;
  *reductions = bits / bits_per_reduction;
  if (appends(*s)) {
    Term value = registers.load(s->value);
    if (!is_bits(value)) return set(failure, atom::badarg, *s, atom::type, value), Term();
    if (s->unit > 1 && bits::size_bits(value) % s->unit != 0)
      return set(failure, atom::badarg, *s, atom::unit, value), Term();
    s++;
    if (bits == 0) {
      result = value;
    } else {
      result = bits::append(heap, value, bits, &data, &at);
      auto old = value.as<SubBits>();
      bool copied = !old || !old->base.same(result.as<SubBits>()->base);
      if (copied) *reductions += at / bits_per_reduction;
    }
  } else {
    result = bits::allocate(heap, bits, &data);
  }
  for (; s < end; s++) {
    if (s->kind == SegmentKind::IntegerFixed) {
      // A small integer of whole bytes on a byte boundary.
      size_t size = s->size.bits;
      Term value = registers.load(s->value);
      if (value.is_small() && ((at | size) & 7) == 0 && size - 8 <= 56) {
        Word w = Word(value.small_value());
        if (!(s->flags & field_little)) w = __builtin_bswap64(w << (64 - size));
        if (size == 8) data[at / 8] = uint8_t(w);
        else std::memcpy(data + at / 8, &w, size / 8);
        at += size;
        continue;
      }
    }
    size_t written;
    if (!put(segments, *s, registers, data, at, &written, failure)) return Term();
    at += written;
  }
  return result;
}

bool put_integer(uint8_t* data, size_t bit, size_t bits, Term value, unsigned flags) {
  if (value.is_small() && bits <= 64 && (!(flags & field_little) || bits <= 8 || bits % 8 == 0)) {
    Word w = Word(value.small_value());
    if ((flags & field_little) && bits > 8) w = __builtin_bswap64(w) >> (64 - bits);
    bits::store(data, bit, bits, w);
    return true;
  }
  if (!is_integer(value)) return false;
  return arith::integer_to_bits(value, data, bit, bits, flags & field_little);
}

Term put_float(uint8_t* data, size_t bit, size_t bits, Term value, unsigned flags) {
  if (bits != 16 && bits != 32 && bits != 64) return atom::invalid;
  if (!is_number(value)) return atom::type;
  return bits::put_float(value, data, bit, bits, flags & field_little) ? Term() : atom::no_float;
}

size_t put_utf8(uint8_t* data, size_t bit, Term value) {
  if (!is_code_point(value)) return 0;
  Word code = Word(value.small_value());
  auto continuation = [code](unsigned shift) { return 0x80 | ((code >> shift) & 0x3f); };
  size_t bits = utf8_bits(value);
  Word w = bits == 8    ? code
           : bits == 16 ? (0xc0 | code >> 6) << 8 | continuation(0)
           : bits == 24 ? (0xe0 | code >> 12) << 16 | continuation(6) << 8 | continuation(0)
                        : (0xf0 | code >> 18) << 24 | continuation(12) << 16 | continuation(6) << 8 | continuation(0);
  bits::store(data, bit, bits, w);
  return bits;
}

size_t put_utf16(uint8_t* data, size_t bit, Term value, unsigned flags) {
  if (!is_code_point(value)) return 0;
  Word code = Word(value.small_value());
  auto unit = [flags](Word u) -> Word { return flags & field_little ? __builtin_bswap16(uint16_t(u)) : u; };
  if (code < 0x10000) {
    bits::store(data, bit, 16, unit(code));
    return 16;
  }
  code -= 0x10000;
  bits::store(data, bit, 32, unit(0xd800 | code >> 10) << 16 | unit(0xdc00 | (code & 0x3ff)));
  return 32;
}

bool put_utf32(uint8_t* data, size_t bit, Term value, unsigned flags) {
  return is_code_point(value) && put_integer(data, bit, 32, value, flags);
}

}  // namespace joist::bits_create
