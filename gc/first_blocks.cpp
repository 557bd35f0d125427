// Most processes are small and never outgrow their first heap. The allocator would round its 1,864 bytes up to 2,048; here 35 blocks
// share 64 KiB. A thread keeps a list of free blocks; when it has two batches it hands one to all threads, and when it has none it
// takes a batch from there or cuts a new slab. Slabs are not given back: the next processes use them.
#include "gc/first_blocks.h"

#include "vm/base/assert.h"
#include "vm/sys/lock.h"
#include "vm/sys/memory.h"

namespace joist::gc_detail {
namespace {

constexpr size_t slab_bytes = size_t(64) << 10;
constexpr size_t block_bytes = first_block_words * sizeof(Word);
constexpr size_t batch = 64;  // blocks

// A free block's first word links to the next free one; the first block of a batch links to the next batch in its second word.
Word* next_of(Word* block) { return reinterpret_cast<Word*>(block[0]); }

sys::Mutex shared_lock(sys::LockRank::Leaf);
Word* shared_batches = nullptr;

void share(Word* first) {
  sys::Locked lock(shared_lock);
  first[1] = Word(shared_batches);
  shared_batches = first;
}

Word* take_shared() {
  sys::Locked lock(shared_lock);
  Word* first = shared_batches;
  if (first) shared_batches = reinterpret_cast<Word*>(first[1]);
  return first;
}

struct FreeBlocks {
  Word* first = nullptr;
  size_t count = 0;

  ~FreeBlocks() {
    if (first) share(first);
  }
  void put(Word* block) {
    block[0] = Word(first);
    first = block;
    if (++count < 2 * batch) return;
    Word* last = first;
    for (size_t i = 1; i < batch; i++) last = next_of(last);
    Word* rest = next_of(last);
    last[0] = 0;
    share(first);
    first = rest;
    count -= batch;
  }
  Word* take() {
    if (!first) refill();
    Word* block = first;
    first = next_of(block);
    count--;
    return block;
  }
  void refill() {
    if (Word* shared = take_shared()) {
      first = shared;
      for (Word* b = shared; b; b = next_of(b)) count++;
      return;
    }
    auto* slab = static_cast<char*>(sys::allocate(slab_bytes, sys::Alloc::Heap));
    sys::count_bytes(sys::Alloc::Heap, -ptrdiff_t(slab_bytes));  // blocks count as processes' memory while they are in use
    for (size_t at = 0; at + block_bytes <= slab_bytes; at += block_bytes) put(reinterpret_cast<Word*>(slab + at));
  }
};
thread_local FreeBlocks free_blocks;

}  // namespace

Word* take_first_block() {
  sys::count_bytes(sys::Alloc::Heap, ptrdiff_t(block_bytes));
  return free_blocks.take();
}

void give_first_block(Word* block) {
  sys::count_bytes(sys::Alloc::Heap, -ptrdiff_t(block_bytes));
  free_blocks.put(block);
}

}  // namespace joist::gc_detail
