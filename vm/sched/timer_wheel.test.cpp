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

TEST_CASE("timer wheel: timers of one tick fire in the order they were set", "[sched][timers]") {
  TimerWheel wheel;
  wheel.start(100);
  std::vector<WheelEntry> entries(6);
  auto set = [&](size_t i) {
    entries[i].tick = 70000;
    wheel.insert(&entries[i]);
  };
  set(0);
  set(1);
  REQUIRE(!wheel.advance(69000));
  set(2);
  set(3);
  REQUIRE(!wheel.advance(69999));
  set(4);
  set(5);
  wheel.remove(&entries[3]);
  std::vector<WheelEntry*> fired;
  for (WheelEntry* f = wheel.advance(70000); f; f = f->next) fired.push_back(f);
  REQUIRE(fired == std::vector<WheelEntry*>{&entries[0], &entries[1], &entries[2], &entries[4], &entries[5]});
}
