// Blocks of heaps. A collection takes a new block and gives the old one back, so big blocks come and go at a high rate; giving them
// back to the OS each time would cost more in page faults than the copying does. Each thread therefore keeps a few big blocks that
// were given back, newest first.
#include "gc/evacuate.h"
#include "gc/first_blocks.h"
#include "vm/sys/memory.h"

namespace joist::gc_detail {
namespace {

constexpr size_t least_kept = size_t(64) << 10;  // bytes; smaller ones are the allocator's business
constexpr size_t most_kept = size_t(64) << 20;   // bytes a thread, all together
constexpr size_t slots = 8;

struct Kept {
  Word* block;
  size_t bytes;
};
struct Cache {
  Kept kept[slots];
  size_t count = 0;
  size_t bytes = 0;
  ~Cache() { trim(0); }

  void drop(size_t i) {
    bytes -= kept[i].bytes;
    sys::count_bytes(sys::Alloc::Heap, ptrdiff_t(kept[i].bytes));  // kept blocks do not count as processes' memory
    for (count--; i < count; i++) kept[i] = kept[i + 1];
  }
  // Oldest first, until at most `limit` bytes are left.
  void trim(size_t limit) {
    while (count && bytes > limit) {
      Word* b = kept[0].block;
      drop(0);
      sys::release(b, sys::Alloc::Heap);
    }
  }
  Word* take(size_t need) {
    size_t best = count;
    for (size_t i = 0; i < count; i++) {
      if (kept[i].bytes >= need && kept[i].bytes <= need + need / 2 && (best == count || kept[i].bytes <= kept[best].bytes)) best = i;
    }
    if (best == count) return nullptr;
    Word* b = kept[best].block;
    drop(best);
    return b;
  }
  bool put(Word* block, size_t size) {
    if (size > most_kept) return false;
    if (count == slots) trim(bytes - kept[0].bytes);
    trim(most_kept - size);
    kept[count++] = {block, size};
    sys::count_bytes(sys::Alloc::Heap, -ptrdiff_t(size));
    bytes += size;
    return true;
  }
};
thread_local Cache cache;

}  // namespace

Word* allocate_block(size_t words, bool) {
  size_t bytes = words * sizeof(Word);
#ifndef JOIST_SANITIZE
  if (words == first_block_words) return take_first_block();
#endif
  if (bytes >= least_kept) {
    if (Word* kept = cache.take(bytes)) return kept;
    // None fits, as when a heap grows: then what it left behind is of no use to it. As much is given back as is taken.
    cache.trim(cache.bytes > bytes ? cache.bytes - bytes : 0);
  }
  return static_cast<Word*>(sys::allocate(bytes, sys::Alloc::Heap));
}
void release_block(Word* block, [[maybe_unused]] size_t words, bool) {
  if (!block) return;
#ifdef JOIST_GC_STRESS
  // A stale pointer reads an impossible word: the tag that no term has.
  for (size_t i = 0; i < words; i++) block[i] = 0xdeaddeaddeaddeae;
#endif
#ifndef JOIST_SANITIZE
  if (words == first_block_words) return give_first_block(block);
  size_t bytes = sys::block_bytes(block);
  if (bytes >= least_kept && cache.put(block, bytes)) return;
#endif
  sys::release(block, sys::Alloc::Heap);
}

}  // namespace joist::gc_detail

namespace joist {
void trim_heap_blocks() { gc_detail::cache.trim(0); }
}  // namespace joist
