#include "vm/ets/blocks.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <random>
#include <vector>

#include "vm/sys/memory.h"
#include "vm/sys/threads.h"

using namespace joist;
using namespace joist::ets;

namespace {

struct Held {
  uint8_t* block;
  size_t bytes;
  uint8_t fill;
};
Held hold(std::mt19937& rng, size_t most) {
  size_t bytes = 16 + rng() % most;
  Held h{static_cast<uint8_t*>(allocate_block(bytes)), bytes, uint8_t(rng())};
  memset(h.block, h.fill, bytes);
  return h;
}
void let_go(const Held& h) {
  for (size_t i = 0; i < h.bytes; i++)
    if (h.block[i] != h.fill) FAIL("byte " << i << " of " << h.bytes);
  release_block(h.block, h.bytes);
}

}  // namespace

TEST_CASE("blocks of all sizes are apart, and their sizes close to what was asked for", "[ets]") {
  std::mt19937 rng(1);
  size_t before = sys::allocated_bytes(sys::Alloc::Ets);
  std::vector<Held> held;
  for (int round = 0; round < 40000; round++) {
    if (held.size() < 3000 || rng() % 2) {
      held.push_back(hold(rng, round % 2 ? 9000 : 1200));
      continue;
    }
    std::swap(held[rng() % held.size()], held.back());
    let_go(held.back());
    held.pop_back();
  }
  for (auto& h : held) let_go(h);
  REQUIRE(sys::allocated_bytes(sys::Alloc::Ets) == before);
#ifndef JOIST_SANITIZE
  for (size_t bytes = 1; bytes <= 8192; bytes++) REQUIRE((block_size(bytes) >= bytes && block_size(bytes) * 32 < bytes * 34 + 32 * 16));
#endif
}

TEST_CASE("a block is freed by another thread", "[ets]") {
  std::mt19937 rng(2);
  std::vector<Held> held;
  for (int i = 0; i < 20000; i++) held.push_back(hold(rng, 2000));
  auto* freeing = sys::thread_start([](void* all) {
    for (auto& h : *static_cast<std::vector<Held>*>(all)) let_go(h);
  }, &held);
  std::vector<Held> mine;
  for (int i = 0; i < 20000; i++) mine.push_back(hold(rng, 2000));
  sys::thread_join(freeing);
  for (auto& h : mine) let_go(h);
}
