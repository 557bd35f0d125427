// Locks of the VM: four-byte futex mutex, reader-writer lock, condition. Ranks are checked in JOIST_DEBUG builds.
#pragma once
#include <atomic>

#include "vm/base/types.h"
#include "vm/sys/lock_ranks.h"

namespace joist::sys {

#ifdef JOIST_DEBUG
void note_lock(const void* lock, LockRank rank, bool tried);
void note_unlock(const void* lock);
#else
inline void note_lock(const void*, LockRank, bool) {}
inline void note_unlock(const void*) {}
#endif

class Mutex {
 public:
  explicit Mutex(LockRank rank = LockRank::None) : rank_(rank) {}
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;
  void lock() {
    note_lock(this, rank_, false);
    uint32_t free = 0;
    if (!state_.compare_exchange_strong(free, 1, std::memory_order_acquire)) [[unlikely]] lock_slow();
  }
  bool try_lock() {
    uint32_t free = 0;
    if (!state_.compare_exchange_strong(free, 1, std::memory_order_acquire)) return false;
    note_lock(this, rank_, true);
    return true;
  }
  void unlock() {
    note_unlock(this);
    if (state_.exchange(0, std::memory_order_release) == 2) [[unlikely]] wake();
  }
  bool is_locked() const { return state_.load(std::memory_order_relaxed) != 0; }

 private:
  friend class Condition;
  void lock_slow();
  void wake();
  std::atomic<uint32_t> state_{0};  // 0 free, 1 locked, 2 locked and somebody sleeps
  LockRank rank_;
};

class Condition {
 public:
  void wait(Mutex& held);
  // False on timeout.
  bool wait_for(Mutex& held, int64_t nanoseconds);
  void notify_one();
  void notify_all();

 private:
  std::atomic<uint32_t> sequence_{0};
};

// Many readers or one writer. Waiting writers keep new readers out.
class RwLock {
 public:
  explicit RwLock(LockRank rank = LockRank::None) : rank_(rank) {}
  RwLock(const RwLock&) = delete;
  RwLock& operator=(const RwLock&) = delete;
  void lock_shared() {
    note_lock(this, rank_, false);
    uint32_t s = state_.load(std::memory_order_relaxed);
    if ((s & (writer | waiting)) || !state_.compare_exchange_strong(s, s + 1, std::memory_order_acquire)) [[unlikely]]
      take_slow(writer | waiting, 1);
  }
  void unlock_shared() {
    note_unlock(this);
    uint32_t s = state_.fetch_sub(1, std::memory_order_release) - 1;
    if ((s & waiting) && (s & readers) == 0) [[unlikely]] wake_all();
  }
  void lock() {
    note_lock(this, rank_, false);
    uint32_t s = 0;
    if (!state_.compare_exchange_strong(s, writer, std::memory_order_acquire)) [[unlikely]] take_slow(writer | readers, writer);
  }
  bool try_lock() {
    uint32_t s = 0;
    if (!state_.compare_exchange_strong(s, writer, std::memory_order_acquire)) return false;
    note_lock(this, rank_, true);
    return true;
  }
  bool try_lock_shared() {
    uint32_t s = state_.load(std::memory_order_relaxed);
    if ((s & (writer | waiting)) || !state_.compare_exchange_strong(s, s + 1, std::memory_order_acquire)) return false;
    note_lock(this, rank_, true);
    return true;
  }
  void unlock() {
    note_unlock(this);
    uint32_t s = state_.fetch_and(~(writer | waiting), std::memory_order_release);
    if (s & waiting) [[unlikely]] wake_all();
  }

 private:
  static constexpr uint32_t writer = 1u << 31, waiting = 1u << 30, readers = waiting - 1;
  // Waits until no bit of `busy` is set, then adds `mine`.
  void take_slow(uint32_t busy, uint32_t mine);
  void wake_all();
  std::atomic<uint32_t> state_{0};
  LockRank rank_;
};

// Holds a Mutex or RwLock (as writer) for a scope.
template <class L>
class [[nodiscard]] Locked {
 public:
  explicit Locked(L& lock) : lock_(lock) { lock_.lock(); }
  ~Locked() { lock_.unlock(); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  L& lock_;
};
class [[nodiscard]] LockedShared {
 public:
  explicit LockedShared(RwLock& lock) : lock_(lock) { lock_.lock_shared(); }
  ~LockedShared() { lock_.unlock_shared(); }
  LockedShared(const LockedShared&) = delete;
  LockedShared& operator=(const LockedShared&) = delete;

 private:
  RwLock& lock_;
};

}  // namespace joist::sys
