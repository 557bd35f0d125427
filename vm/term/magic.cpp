// Numbers for references. A thread takes values from a global counter by the block and spreads each over the three numbers:
//
//   first   18 bits: the value's low bits, for phash and phash2 hash nothing else of a reference
//   second  32 bits: the next 30 bits of the value; the lowest two bits are always 0, free for marks
//   third   32 bits: the rest
//
// The counter starts from the clock so that references of an earlier run of this node do not come back.
#include "vm/term/magic.h"

#include <chrono>

namespace joist {

namespace {

constexpr Word block = 1 << 12;  // values a thread takes at once

std::atomic<Word>& counter() {
  static std::atomic<Word> value{
      Word(std::chrono::system_clock::now().time_since_epoch() / std::chrono::microseconds(1)) * 268438039};
  return value;
}

thread_local Word next_value = 0, last_value = 0;

}  // namespace

void new_ref_numbers(Word out[2]) {
  if (next_value == last_value) {
    next_value = counter().fetch_add(block, std::memory_order_relaxed);
    last_value = next_value + block;
  }
  Word value = next_value++;
  out[0] = (value & 0x3ffff) | ((value >> 18 & 0x3fffffff) << 34);
  out[1] = value >> 48;
}

}  // namespace joist
