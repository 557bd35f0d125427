// Hierarchical timing wheel: insert and cancel in constant time, expiry in order of ticks (1 ms).
//
// Nine levels of 64 slots; a timer lies on the level of the highest six-bit digit in which its tick differs from the wheel's, and
// moves down as that digit comes up ("Hashed and Hierarchical Timing Wheels", Varghese and Lauck). Timers of one tick expire in
// the order of their insertion: slots are queues, and what moves down arrives before what is inserted there. The caller locks.
#pragma once
#include "vm/base/assert.h"
#include "vm/base/types.h"

namespace joist {

struct WheelEntry {
  WheelEntry* next = nullptr;
  WheelEntry* previous = nullptr;  // null when not in the wheel
  uint64_t tick = 0;
  bool in_wheel() const { return previous != nullptr; }
};

class TimerWheel {
 public:
  static constexpr uint64_t never = ~uint64_t(0);

  TimerWheel() {
    for (auto& level : slots_)
      for (WheelEntry& slot : level) slot.next = slot.previous = &slot;
  }
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  uint64_t now() const { return now_; }
  // For an empty wheel: where time begins.
  void start(uint64_t tick) { now_ = tick; }
  void insert(WheelEntry* e) {
    ASSERT(!e->in_wheel());
    uint64_t at = e->tick > now_ ? e->tick : now_ + 1;
    place(e, at);
    count_++;
  }
  void remove(WheelEntry* e) {
    e->previous->next = e->next;
    e->next->previous = e->previous;
    e->previous = nullptr;
    count_--;
  }
  // Advances to `tick` and returns the expired entries as a list by `next`, earliest first. They are out of the wheel.
  WheelEntry* advance(uint64_t tick) {
    WheelEntry* first = nullptr;
    WheelEntry** last = &first;
    while (now_ < tick) {
      if (count_ == 0) {
        now_ = tick;
        break;
      }
      uint64_t next = next_tick();
      if (next > tick) {
        now_ = tick;
        break;
      }
      now_ = next;
      // Higher levels whose digit has just come up are dealt out anew, from the top.
      for (int level = levels - 1; level > 0; level--) {
        if (now_ & ((uint64_t(1) << (6 * level)) - 1)) continue;
        WheelEntry* e = take(level, digit(now_, level));
        while (e) {
          WheelEntry* following = e->next;
          place(e, e->tick > now_ ? e->tick : now_);
          e = following;
        }
      }
      WheelEntry* e = take(0, digit(now_, 0));
      while (e) {
        WheelEntry* following = e->next;
        e->next = nullptr;
        e->previous = nullptr;
        count_--;
        *last = e;
        last = &e->next;
        e = following;
      }
    }
    return first;
  }
  // No timer fires before this tick (it may be early: then entries only move down). never when empty.
  uint64_t next_tick() const {
    if (!count_) return never;
    uint64_t best = never;
    for (int level = 0; level < levels; level++) {
      uint64_t used = used_[level];
      if (!used) continue;
      unsigned at = digit(now_, level);
      uint64_t above = at == 63 ? 0 : used & (~uint64_t(0) << (at + 1));
      if (!above) continue;  // a slot at or below the current digit is stale: it was emptied by remove()
      uint64_t shift = 6 * level;
      uint64_t base = level == levels - 1 ? 0 : (now_ >> (shift + 6)) << (shift + 6);
      uint64_t tick = base | (uint64_t(__builtin_ctzll(above)) << shift);
      if (tick < best) best = tick;
    }
    return best == never ? now_ + 1 : best;
  }
  size_t count() const { return count_; }
  template <class F>
  void each(F&& f) const {
    for (auto& level : slots_)
      for (const WheelEntry& slot : level)
        for (WheelEntry* e = slot.next; e != &slot; e = e->next) f(*e);
  }

 private:
  static constexpr int levels = 9;
  static unsigned digit(uint64_t t, int level) { return (t >> (6 * level)) & 63; }
  void place(WheelEntry* e, uint64_t tick) {
    uint64_t differing = tick ^ now_;
    int level = differing ? (63 - __builtin_clzll(differing)) / 6 : 0;
    if (level >= levels) level = levels - 1;
    unsigned d = digit(tick, level);
    WheelEntry& slot = slots_[level][d];
    e->next = &slot;
    e->previous = slot.previous;
    slot.previous->next = e;
    slot.previous = e;
    used_[level] |= uint64_t(1) << d;
  }
  // Empties a slot: its entries by `next`, ended by null.
  WheelEntry* take(int level, unsigned d) {
    used_[level] &= ~(uint64_t(1) << d);
    WheelEntry& slot = slots_[level][d];
    if (slot.next == &slot) return nullptr;
    WheelEntry* first = slot.next;
    slot.previous->next = nullptr;
    slot.next = slot.previous = &slot;
    return first;
  }
  uint64_t now_ = 0;
  size_t count_ = 0;
  uint64_t used_[levels] = {};  // bit set: the slot may hold entries
  WheelEntry slots_[levels][64];  // ends of circular lists
};

}  // namespace joist
