// order_digest: the beginning of a term as a number that orders as the term does.
#include <bit>
#include <cstring>

#include "vm/term/arith.h"
#include "vm/term/atom.h"
#include "vm/term/bits.h"
#include "vm/term/compare.h"
#include "vm/term/identity.h"
#include "vm/term/map.h"
#include "vm/term/rank.h"

namespace joist {

namespace {

// Numbers in order as unsigned ones. Beyond this limit, which every bignum passes, they are all the same.
constexpr double digest_limit = 0x1p59;
static_assert(Term::small_max >= SWord(digest_limit));

uint64_t ordered_bits(Term number) {
  double d;
  if (number.is_small()) d = double(number.small_value());
  else if (is_float(number)) d = float_value(number);
  else d = arith::sign(number) * digest_limit;
  if (d > digest_limit) d = digest_limit;
  if (d < -digest_limit) d = -digest_limit;
  auto bits = std::bit_cast<uint64_t>(d + 0.0);  // -0.0 becomes 0.0
  return bits >> 63 ? ~bits : bits | uint64_t(1) << 63;
}

uint64_t first_bytes(const void* text, size_t size) {
  uint64_t v = 0;
  std::memcpy(&v, text, size < 8 ? size : 8);
  return __builtin_bswap64(v);
}

}  // namespace

uint64_t order_digest(Term t) {
  constexpr unsigned rank_bits = 4, arity_bits = 8;
  constexpr size_t long_tuple = (1u << arity_bits) - 1;
  uint64_t digest = 0;
  unsigned room = 64;
  auto put = [&](uint64_t value, unsigned bits) {
    digest |= bits <= room ? value << (room - bits) : value >> (bits - room);
    room -= bits < room ? bits : room;
  };
  while (room > 0) {
    Rank r = rank(t);
    put(r, rank_bits);
    if (room == 0) break;
    switch (r) {
      case RankNumber: put(ordered_bits(t), 64); break;
      case RankAtom: {
        std::string_view text = atom_text(t);
        put(first_bytes(text.data(), text.size()), 64);
        break;
      }
      case RankPid: {
        PidNumbers n = pid_numbers(t);
        put(uint64_t(n.serial) << 32 | n.number, 64);
        break;
      }
      case RankTuple: {
        size_t arity = t.as<Tuple>()->arity();
        put(arity < long_tuple ? arity : long_tuple, arity_bits);
        if (arity == 0 || arity >= long_tuple) return digest;
        t = t.as<Tuple>()->at(0);
        continue;
      }
      case RankMap: put(map::size(t), 64); break;
      case RankList: t = t.as_cons()->head; continue;
      case RankBits: {
        BitSpan s = bits::span(t);
        if (s.whole_bytes()) {
          put(first_bytes(s.bytes(), s.size / 8), 64);
        } else {
          uint8_t bytes[8] = {};
          bits::copy(bytes, 0, s.data, s.offset, s.size < 64 ? s.size : 64);
          put(first_bytes(bytes, 8), 64);
        }
        break;
      }
      case RankRef: case RankFun: case RankPort: case RankNil: return digest;
    }
    break;
  }
  return digest;
}

}  // namespace joist
