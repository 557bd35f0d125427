// Copying, comparing and building bitstrings.
//
// A writable binary is a RefcBits with the flag `writable` whose shared bytes have more room than is used; it is
// never a term by itself, only the base of SubBits. An append through the SubBits that ends at `used_bits` claims
// what follows with one compare-and-swap and hands out a new SubBits. Whoever loses the race, or appends to an older
// end, copies.
#include "vm/term/bits.h"

#include <cmath>

#include "vm/sys/memory.h"
#include "vm/term/arith.h"
#include "vm/term/bit_words.h"
#include "vm/term/writable_bits.h"

namespace joist::bits {

BitSpan span(Term t) {
  Word* p = t.boxed_words();
  size_t offset = 0, size;
  switch (header_kind(*p)) {
    case Kind::HeapBits: {
      auto* heap_bits = reinterpret_cast<HeapBits*>(p);
      return {heap_bits->data, 0, heap_bits->size_bits};
    }
    case Kind::RefcBits: {
      auto* refc = reinterpret_cast<RefcBits*>(p);
      return {refc->data, 0, refc->size_bits};
    }
    case Kind::SubBits: {
      auto* sub = reinterpret_cast<SubBits*>(p);
      offset = sub->offset_bits;
      size = sub->size_bits;
      p = sub->base.boxed_words();
      break;
    }
    case Kind::MatchContext: {
      auto* context = reinterpret_cast<MatchContext*>(p);
      return {context->data, context->position, context->end - context->position};
    }
    default: PANIC("span of header %#lx", *p);
  }
  if (header_kind(*p) == Kind::HeapBits) return {reinterpret_cast<HeapBits*>(p)->data, offset, size};
  return {reinterpret_cast<RefcBits*>(p)->data, offset, size};
}

void copy(uint8_t* to, size_t to_bit, const uint8_t* from, size_t from_bit, size_t n) {
  if (n == 0) return;
  to += to_bit / 8;
  to_bit %= 8;
  from += from_bit / 8;
  from_bit %= 8;
  if (to_bit) {  // up to the next whole byte of the destination
    size_t head = 8 - to_bit < n ? 8 - to_bit : n;
    store(to, to_bit, head, load(from, from_bit, head));
    n -= head;
    if (n == 0) return;
    to++;
    from_bit += head;
    from += from_bit / 8;
    from_bit %= 8;
  }
  if (from_bit == 0) {
    std::memcpy(to, from, n / 8);
  } else {
    size_t i = 0, bytes = n / 8;
    for (; i + 8 <= bytes; i += 8)
      store_be64(to + i, load_be64(from + i) << from_bit | from[i + 8] >> (8 - from_bit));
    for (; i < bytes; i++) to[i] = uint8_t(from[i] << from_bit | from[i + 1] >> (8 - from_bit));
  }
  if (size_t tail = n % 8) store(to + n / 8, 0, tail, load(from + n / 8, from_bit, tail));
}

int compare(const BitSpan& a, const BitSpan& b) {
  size_t n = a.size < b.size ? a.size : b.size, done = 0;
  if (((a.offset | b.offset) & 7) == 0) {
    int order = n < 8 ? 0 : std::memcmp(a.bytes(), b.bytes(), n / 8);
    if (order) return order;
    done = n & ~size_t(7);
  }
  while (done < n) {
    size_t step = n - done < 64 ? n - done : 64;
    Word x = load(a.data, a.offset + done, step), y = load(b.data, b.offset + done, step);
    if (x != y) return x < y ? -1 : 1;
    done += step;
  }
  return a.size < b.size ? -1 : a.size > b.size;
}

bool equal(const BitSpan& a, const BitSpan& b) { return a.size == b.size && compare(a, b) == 0; }

size_t allocate_words(size_t size) {
  return size <= 8 * HeapBits::max_bytes ? HeapBits::words_for_bits(size) : RefcBits::words;
}

Term from_shared(HeapWriter& w, SharedBytes* shared, size_t offset_bytes, size_t size) {
  auto* refc = reinterpret_cast<RefcBits*>(w.take(RefcBits::words));
  refc->header = make_header(Kind::RefcBits, RefcBits::words - 1);
  refc->shared = shared;
  refc->data = shared->data + offset_bytes;
  refc->size_bits = size;
  refc->flags = 0;
  w.link_off_heap(reinterpret_cast<OffHeap*>(refc));
  return refc->term();
}

Term from_shared(Heap& heap, SharedBytes* shared, size_t offset_bytes, size_t size) {
  HeapWriter w = heap.reserve(Words(RefcBits::words));
  heap.charge_virtual(Bytes((size + 7) / 8));
  return from_shared(w, shared, offset_bytes, size);
}

Term allocate(HeapWriter& w, size_t size, uint8_t** data) {
  if (size > 8 * HeapBits::max_bytes) {
    SharedBytes* shared = SharedBytes::create((size + 7) / 8);
    *data = shared->data;
    return from_shared(w, shared, 0, size);
  }
  size_t words = HeapBits::words_for_bits(size);
  Word* p = w.take(words);
  auto* heap_bits = reinterpret_cast<HeapBits*>(p);
  heap_bits->header = make_header(Kind::HeapBits, words - 1);
  heap_bits->size_bits = size;
  if (words > 2) p[words - 1] = 0;  // what is behind the last byte is defined
  *data = heap_bits->data;
  return heap_bits->term();
}

Term allocate(Heap& heap, size_t size, uint8_t** data) {
  HeapWriter w = heap.reserve(Words(allocate_words(size)));
  if (size > 8 * HeapBits::max_bytes) heap.charge_virtual(Bytes((size + 7) / 8));
  return allocate(w, size, data);
}

Term from_bytes(Heap& heap, const void* data, size_t size) {
  uint8_t* to;
  Term t = allocate(heap, 8 * size, &to);
  if (size) std::memcpy(to, data, size);
  return t;
}

Term slice(Heap& heap, Term t, size_t offset, size_t size) {
  BitSpan all = span(t);
  ASSERT(offset + size <= all.size);
  if (size % 8 == 0 && size <= 8 * HeapBits::max_bytes) {
    uint8_t* to;
    Term copied = allocate(heap, size, &to);
    copy(to, 0, all.data, all.offset + offset, size);
    return copied;
  }
  Word* p = t.boxed_words();
  Term base = t;
  if (header_kind(*p) == Kind::SubBits) base = reinterpret_cast<SubBits*>(p)->base;
  else if (header_kind(*p) == Kind::MatchContext) base = reinterpret_cast<MatchContext*>(p)->base;
  HeapWriter w = heap.reserve(Words(SubBits::words));
  auto* sub = reinterpret_cast<SubBits*>(w.take(SubBits::words));
  sub->header = make_header(Kind::SubBits, SubBits::words - 1);
  sub->offset_bits = all.offset + offset;
  sub->size_bits = size;
  sub->base = base;
  return sub->term();
}

AlignedBytes::AlignedBytes(Term bitstring) {
  BitSpan s = span(bitstring);
  size = s.size / 8;
  if (s.offset % 8 == 0) {
    data = s.bytes();
    return;
  }
  data = scratch = static_cast<uint8_t*>(sys::allocate(size ? size : 1, sys::Alloc::Temporary));
  copy(scratch, 0, s.data, s.offset, 8 * size);
}

AlignedBytes::~AlignedBytes() { sys::release(scratch, sys::Alloc::Temporary); }

namespace {
// In RefcBits::flags: appended to since the last collection.
constexpr Word appended_to = 2;

// Small ones double; what is beyond 64 MB grows by a quarter.
size_t grown(size_t bytes) {
  if (bytes < 128) return 256;
  return bytes < (size_t(64) << 20) ? 2 * bytes : bytes + bytes / 4;
}

Term writable_slice(Heap& heap, RefcBits* base, size_t offset, size_t size) {
  HeapWriter w = heap.reserve(Words(SubBits::words));
  auto* sub = reinterpret_cast<SubBits*>(w.take(SubBits::words));
  sub->header = make_header(Kind::SubBits, SubBits::words - 1);
  sub->offset_bits = offset;
  sub->size_bits = size;
  sub->base = base->term();
  return sub->term();
}

RefcBits* new_writable(Heap& heap, size_t capacity, size_t used_bits) {
  SharedBytes* shared = SharedBytes::create(capacity);
  shared->used_bits.store(used_bits, std::memory_order_relaxed);
  HeapWriter w = heap.reserve(Words(RefcBits::words));
  Term base = from_shared(w, shared, 0, used_bits);
  heap.charge_virtual(Bytes((used_bits + 7) / 8));
  auto* refc = reinterpret_cast<RefcBits*>(base.boxed_words());
  refc->flags = RefcBits::writable | appended_to;
  return refc;
}

}  // namespace

// Moves used_bits on from `end`; false when it is elsewhere. A sole owner is this thread: no atomic exchange is needed.
static bool claim(SharedBytes& shared, size_t end, size_t new_end) {
  if (shared.references.load(std::memory_order_acquire) != 1)
    return shared.used_bits.compare_exchange_strong(end, new_end, std::memory_order_relaxed);
  if (shared.used_bits.load(std::memory_order_relaxed) != end) return false;
  shared.used_bits.store(new_end, std::memory_order_relaxed);
  return true;
}

Term append(Heap& heap, Term t, size_t extra, uint8_t** data, size_t* offset) {
  ASSERT(extra <= max_append_bits);
  if (auto sub = t.as<SubBits>()) {
    auto refc = sub->base.as<RefcBits>();
    if (refc && refc->flags & RefcBits::writable) {
      size_t end = sub->offset_bits + sub->size_bits, new_end = end + extra;
      if (new_end <= 8 * refc->shared->capacity && claim(*refc->shared, end, new_end)) {
        refc->size_bits = new_end;
        refc->flags |= appended_to;
        heap.charge_virtual(Bytes(extra / 8));
        *data = refc->data;
        *offset = end;
        return writable_slice(heap, refc.get(), sub->offset_bits, sub->size_bits + extra);
      }
    }
  }
  BitSpan old = span(t);
  size_t total = old.size + extra;
  RefcBits* base = new_writable(heap, grown((total + 7) / 8), total);
  copy(base->data, 0, old.data, old.offset, old.size);
  *data = base->data;
  *offset = old.size;
  return writable_slice(heap, base, 0, total);
}

Term make_writable(Heap& heap, size_t expected_bytes) {
  return writable_slice(heap, new_writable(heap, expected_bytes, 0), 0, 0);
}

void freeze_writable(RefcBits& refc) { refc.flags &= ~RefcBits::writable; }

void shrink_writable(RefcBits& refc) {
  if (!(refc.flags & RefcBits::writable)) return;
  freeze_writable(refc);
  size_t used = (refc.size_bits + 7) / 8;
  if (refc.shared->references.load(std::memory_order_acquire) != 1 || refc.shared->capacity <= used + used / 8) return;
  refc.shared = SharedBytes::resize(refc.shared, used);
  refc.data = refc.shared->data;
}

void settle_writable(RefcBits& refc) {
  if (!(refc.flags & RefcBits::writable)) return;
  if (refc.flags & appended_to) refc.flags &= ~appended_to;
  else shrink_writable(refc);
}

// ---- floats

namespace {

// Nearest half-precision float, ties to even, in one rounding; beyond the range infinity.
uint16_t half_of(double d) {
  Word w = __builtin_bit_cast(Word, d), mantissa = w & ((Word(1) << 52) - 1);
  uint16_t sign = uint16_t(w >> 63 << 15);
  int exponent = int(w >> 52 & 0x7ff) - 1023;
  if (exponent < -25) return sign;
  if (exponent > 15) return sign | 0x7c00;
  mantissa |= Word(1) << 52;
  int shift = exponent >= -14 ? 42 : 42 - 14 - exponent;
  Word q = mantissa >> shift, rest = mantissa & ((Word(1) << shift) - 1), half = Word(1) << (shift - 1);
  if (rest > half || (rest == half && (q & 1))) q++;
  return uint16_t(sign | ((exponent >= -14 ? Word(exponent + 14) << 10 : 0) + q));
}

double double_of_half(uint16_t h) {
  int exponent = h >> 10 & 31, mantissa = h & 1023;
  double d = exponent == 0    ? std::ldexp(mantissa, -24)
             : exponent == 31 ? (mantissa ? NAN : INFINITY)
                              : std::ldexp(mantissa + 1024, exponent - 25);
  return h >> 15 ? -d : d;
}

}  // namespace

bool get_float(const uint8_t* data, size_t offset, size_t bits, bool little, double* out) {
  Word w = bits <= 64 ? load(data, offset, bits) : 0;
  if (little && bits) w = __builtin_bswap64(w) >> (64 - bits);
  switch (bits) {
    case 0: *out = 0; return true;
    case 16: *out = double_of_half(uint16_t(w)); break;
    case 32: *out = double(__builtin_bit_cast(float, uint32_t(w))); break;
    case 64: *out = __builtin_bit_cast(double, w); break;
    default: return false;
  }
  return std::isfinite(*out);
}

bool put_float(Term t, uint8_t* data, size_t offset, size_t bits, bool little) {
  double d;
  if (!arith::to_double(t, &d)) return false;
  Word w;
  switch (bits) {
    case 16: w = half_of(d); break;
    case 32: w = __builtin_bit_cast(uint32_t, t.is_small() ? float(t.small_value()) : float(d)); break;
    case 64: w = __builtin_bit_cast(Word, d); break;
    default: return false;
  }
  if (little) w = __builtin_bswap64(w) >> (64 - bits);
  store(data, offset, bits, w);
  return true;
}

}  // namespace joist::bits
