// Checksums of I/O data: MD5, CRC-32, Adler-32.
#include <string.h>

#include "bifs/bif.h"
#include "bifs/walk_state.h"
#include "vm/base/checksum.h"
#include "vm/base/md5.h"
#include "vm/term/arith.h"
#include "vm/term/bits.h"

namespace joist {
namespace {

void add_md5(Md5& sum, const uint8_t* data, size_t size) { sum.update(data, size); }

Term md5_term(Heap& heap, Md5 sum) {
  uint8_t digest[16];
  sum.finish(digest);
  return bits::from_bytes(heap, digest, sizeof digest);
}

// A context is the object itself, in a binary: any bytes make a good one.
Term context_term(Heap& heap, const Md5& sum) { return bits::from_bytes(heap, &sum, sizeof sum); }
bool context_of(Term t, Md5* out) {
  if (!is_bits(t) || bits::size_bits(t) != sizeof *out * 8) return false;
  bits::AlignedBytes bytes(t);
  memcpy(static_cast<void*>(out), bytes.data, sizeof *out);
  return true;
}

bool word32(Term t, uint32_t* out) {
  if (!t.is_small() || Word(t.small_value()) > 0xffffffff) return false;
  *out = uint32_t(t.small_value());
  return true;
}

NativeResult sum_up(NativeCall& c, Term data, uint32_t start, uint32_t (*work)(uint32_t, const void*, size_t)) {
  return walk_bytes(
      c, data, start, [work](uint32_t& sum, const uint8_t* bytes, size_t size) { sum = work(sum, bytes, size); },
      [](uint32_t sum) { return Term::small(sum); });
}
NativeResult join(NativeCall& c, uint32_t (*work)(uint32_t, uint32_t, size_t)) {
  uint32_t first, second, size;
  if (!word32(c.arg(0), &first) || !word32(c.arg(1), &second) || !word32(c.arg(2), &size)) return badarg();
  return Term::small(work(first, second, size));
}

}  // namespace

// kind: Yielding
BIF(erlang, md5, 1) {
  return walk_bytes(c, c.arg(0), Md5(), add_md5, [&](Md5& sum) { return md5_term(c.heap(), sum); });
}
BIF(erlang, md5_init, 0) { return context_term(c.heap(), Md5()); }
// kind: Yielding
BIF(erlang, md5_update, 2) {
  Md5 start;
  if (!context_of(c.arg(0), &start)) return badarg();
  return walk_bytes(c, c.arg(1), start, add_md5, [&](Md5& sum) { return context_term(c.heap(), sum); });
}
BIF(erlang, md5_final, 1) {
  Md5 sum;
  return context_of(c.arg(0), &sum) ? NativeResult(md5_term(c.heap(), sum)) : badarg();
}

// kind: Yielding
BIF(erlang, crc32, 1) { return sum_up(c, c.arg(0), 0, crc32_update); }
// kind: Yielding
BIF(erlang, crc32, 2) {
  uint32_t start;
  return word32(c.arg(0), &start) ? sum_up(c, c.arg(1), start, crc32_update) : badarg();
}
BIF(erlang, crc32_combine, 3) { return join(c, crc32_join); }
// kind: Yielding
BIF(erlang, adler32, 1) { return sum_up(c, c.arg(0), 1, adler32_update); }
// kind: Yielding
BIF(erlang, adler32, 2) {
  uint32_t start;
  return word32(c.arg(0), &start) ? sum_up(c, c.arg(1), start, adler32_update) : badarg();
}
BIF(erlang, adler32_combine, 3) { return join(c, adler32_join); }

}  // namespace joist
