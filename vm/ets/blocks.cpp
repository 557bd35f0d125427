#include "vm/ets/blocks.h"

#include <atomic>
#include <vector>

#include "vm/sys/lock.h"
#include "vm/sys/memory.h"

namespace joist::ets {
namespace {

constexpr size_t slab_bytes = 64 << 10, chunk_bytes = 4 << 20, chunk_alignment = 2 << 20;
constexpr size_t small_pages_chunks = 8;  // the first: where there is little in tables, half a large page more would show
constexpr size_t most = 8192;
constexpr size_t kept_slabs = 16;  // that the pool does not give back to the OS
constexpr size_t shard_count = 32;

// Sizes are 16 bytes apart up to 1 KiB, then 32 up to 2 KiB, and so on.
struct Sizes {
  static constexpr size_t fine = 1024, fine_classes = fine / 16, octave_classes = 32;
  static constexpr size_t count = fine_classes + 3 * octave_classes;
  static size_t class_of(size_t bytes) {
    if (bytes <= fine) return (bytes - 1) / 16;
    size_t octave = size_t(__builtin_clzll(fine) - __builtin_clzll(bytes - 1));
    return fine_classes + octave * octave_classes + (bytes - 1 - (fine << octave)) / (32 << octave);
  }
  static size_t bytes_of(size_t n) {
    if (n < fine_classes) return (n + 1) * 16;
    size_t octave = (n - fine_classes) / octave_classes, step = (n - fine_classes) % octave_classes + 1;
    return (fine << octave) + step * (32 << octave);
  }
};
static_assert(Sizes::fine << 3 == most);

struct FreeBlock {
  FreeBlock* next;
};
struct Shard;

// All fields: the shard's lock.
struct alignas(64) Slab {
  Shard* shard;
  Slab *next, *previous;    // of the same size with room, in the shard
  FreeBlock* free;
  uint32_t size, size_class;
  uint32_t used, fresh_at;  // blocks; offset of what was never used
  bool has_room() const { return free || fresh_at + size <= slab_bytes; }
  static Slab* of(void* block) { return reinterpret_cast<Slab*>(reinterpret_cast<uintptr_t>(block) & ~(slab_bytes - 1)); }
};

// Slabs that nobody uses. Nodes with much in tables take them from chunks with large pages, since what is read next may lie anywhere.
struct Pool {
  sys::Mutex lock{sys::LockRank::Leaf};
  std::vector<Slab*> kept, forgotten;  // lock; with memory, and without
  size_t chunks = 0;                   // lock

  // No lock may be held: the node may be out of memory, and writes a dump.
  Slab* take() {
    for (;; add_chunk()) {
      sys::Locked guard(lock);
      if (!kept.empty()) return popped(kept);
      if (!forgotten.empty()) return popped(forgotten);
    }
  }
  void give(Slab* slab) {
    sys::Locked guard(lock);
    if (kept.size() < kept_slabs) return kept.push_back(slab);
    sys::forget_pages(slab, slab_bytes);
    forgotten.push_back(slab);
  }

 private:
  void add_chunk() {
    auto* chunk = static_cast<char*>(sys::reserve_range(chunk_bytes, chunk_alignment));
    if (!chunk || !sys::commit_range(chunk, chunk_bytes)) sys::out_of_memory(chunk_bytes, sys::Alloc::Ets);
    sys::Locked guard(lock);
    if (++chunks > small_pages_chunks) sys::prefer_large_pages(chunk, chunk_bytes);
    for (size_t at = chunk_bytes; at > 0; at -= slab_bytes) forgotten.push_back(reinterpret_cast<Slab*>(chunk + at - slab_bytes));
  }
  static Slab* popped(std::vector<Slab*>& slabs) {
    Slab* slab = slabs.back();
    slabs.pop_back();
    return slab;
  }
};

struct alignas(64) Shard {
  sys::Mutex lock{sys::LockRank::Memory};
  Slab* with_room[Sizes::count] = {};  // lock

  void add(Slab* s) {
    Slab*& first = with_room[s->size_class];
    s->previous = nullptr;
    s->next = first;
    if (first) first->previous = s;
    first = s;
  }
  void remove(Slab* s) {
    if (s->next) s->next->previous = s->previous;
    (s->previous ? s->previous->next : with_room[s->size_class]) = s->next;
  }
};

Pool pool;
Shard shards[shard_count];
std::atomic<size_t> next_shard{0};

Shard& my_shard() {
  thread_local Shard* shard = nullptr;
  if (!shard) [[unlikely]] shard = &shards[next_shard.fetch_add(1, std::memory_order_relaxed) % shard_count];
  return *shard;
}

// The sanitizers must see every block, so their builds leave all to the allocator.
bool is_ours(size_t bytes) {
#ifdef JOIST_SANITIZE
  return false;
#else
  return bytes <= most;
#endif
}

// The shard is locked. Null: no slab has room.
void* allocate_from(Shard& shard, size_t size_class) {
  Slab* slab = shard.with_room[size_class];
  if (!slab) return nullptr;
  void* block;
  if (slab->free) {
    block = slab->free;
    slab->free = slab->free->next;
  } else {
    block = reinterpret_cast<char*>(slab) + slab->fresh_at;
    slab->fresh_at += slab->size;
  }
  slab->used++;
  if (!slab->has_room()) shard.remove(slab);
  return block;
}

void* allocate_from_slab(size_t size_class) {
  Shard& shard = my_shard();
  {
    sys::Locked guard(shard.lock);
    if (void* block = allocate_from(shard, size_class)) [[likely]] return block;
  }
  auto* slab = new (pool.take())
      Slab{&shard, nullptr, nullptr, nullptr, uint32_t(Sizes::bytes_of(size_class)), uint32_t(size_class), 0, sizeof(Slab)};
  sys::Locked guard(shard.lock);
  shard.add(slab);
  return allocate_from(shard, size_class);
}

void release_to_slab(void* block) {
  Slab* slab = Slab::of(block);
  Shard& shard = *slab->shard;  // constant while the block is in use
  {
    sys::Locked guard(shard.lock);
    bool had_room = slab->has_room();
    slab->free = new (block) FreeBlock{slab->free};
    if (--slab->used) {
      if (!had_room) shard.add(slab);
      return;
    }
    if (had_room) shard.remove(slab);
  }
  pool.give(slab);
}

}  // namespace

size_t block_size(size_t bytes) { return is_ours(bytes) ? Sizes::bytes_of(Sizes::class_of(bytes)) : bytes; }

void* allocate_block(size_t bytes) {
  if (!is_ours(bytes)) return sys::allocate(bytes, sys::Alloc::Ets);
  size_t size_class = Sizes::class_of(bytes);
  sys::count_bytes(sys::Alloc::Ets, ptrdiff_t(Sizes::bytes_of(size_class)));
  return allocate_from_slab(size_class);
}

void release_block(void* block, size_t bytes) {
  if (!is_ours(bytes)) return sys::release(block, sys::Alloc::Ets);
  sys::count_bytes(sys::Alloc::Ets, -ptrdiff_t(block_size(bytes)));
  release_to_slab(block);
}

}  // namespace joist::ets
