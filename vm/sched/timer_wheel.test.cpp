#include "vm/sched/timer_wheel.h"

#include <catch2/catch.hpp>
#include <random>
#include <set>
#include <vector>

using namespace joist;

TEST_CASE("timer wheel: fires each timer exactly at its tick, in order", "[sched][timers]") {
  TimerWheel wheel;
  std::mt19937_64 random(7);
  std::vector<WheelEntry> entries(5000);
  std::set<WheelEntry*> live;
  uint64_t now = 12345;
  wheel.start(now);
  size_t fired = 0;
  for (int round = 0; round < 20000; round++) {
    WheelEntry& e = entries[random() % entries.size()];
    if (e.in_wheel()) {
      if (random() % 3 == 0) {
        wheel.remove(&e);
        live.erase(&e);
      }
    } else {
      e.tick = now + 1 + (random() % (uint64_t(1) << (random() % 30)));
      wheel.insert(&e);
      live.insert(&e);
    }
    if (random() % 4 == 0) {
      uint64_t to = now + random() % (uint64_t(1) << (random() % 12));
      uint64_t last = 0;
      for (WheelEntry* f = wheel.advance(to); f; f = f->next) {
        REQUIRE(f->tick <= to);
        REQUIRE(f->tick > now);
        REQUIRE(f->tick >= last);
        last = f->tick;
        REQUIRE(live.erase(f) == 1);
        fired++;
      }
      now = to;
      for (WheelEntry* l : live) REQUIRE(l->tick > now);
      REQUIRE(wheel.count() == live.size());
    }
  }
  REQUIRE(fired > 100);
  while (wheel.next_tick() != TimerWheel::never) {
    for (WheelEntry* f = wheel.advance(wheel.next_tick()); f; f = f->next) live.erase(f);
  }
  REQUIRE(live.empty());
}
