// Major collections: both generations.
//
// major() keeps the generations: the old one and what is mature go to a new old block with room to grow, the rest to a new
// young block, so that the next minor collection need not copy the old data again. The young block grows with the live data,
// to about half of it, so that the number of minor collections between two major ones stays bounded.
// compact() puts everything into one young block: what erlang:garbage_collect/0 and hibernation ask for.
#include "gc/evacuate.h"
#include "vm/sys/memory.h"

namespace joist::gc_detail {
namespace {

constexpr size_t most_young = size_t(4) << 20;  // words: beyond this a bigger nursery gains nothing
constexpr size_t worth_compacting = 16384;      // words

struct Copying {
  const LiteralArea* area = nullptr;  // becomes part of the heap
  Word* area_copy = nullptr;
  bool again = false;  // the second copy of one collection, which does not count as one for the room that writable binaries keep
};

template <Mode M>
void evacuate(Heap& heap, Roots& roots, Word* block, size_t size, Word* old_block, size_t old_size, const Copying& how = {}) {
  auto [area, area_copy, again] = how;
  Evacuator<M> e;
  e.block = Range(heap.start, heap.top);
  e.mature = Range(heap.start, heap.high_water);
  e.old = Range(heap.old_start, heap.old_top);
  e.young_to = {block, block, block + size};
  e.old_to = {old_block, old_block, old_block + old_size};
  if (area) e.area = Range(area->start, area->top);
  e.area_copy = area_copy;
  e.run(heap, roots);
  OffHeapSweep sweep;
  sweep.old_to = Range(old_block, e.old_to.top);
  sweep.may_move_bytes = !e.saw_context && !again;
  for (OffHeap* o = area ? area->off_heap : nullptr; o; o = o->next) {
    Word moved = area_copy[reinterpret_cast<Word*>(o) - area->start];
    if (is_header(moved)) continue;
    auto* copy = reinterpret_cast<OffHeap*>(Term::from_raw(moved).boxed_words());
    retain_off_heap(copy);
    *sweep.young_end = copy;
    sweep.young_end = &copy->next;
  }
  sweep.sweep(heap.off_heap);
  sweep.sweep(heap.old_off_heap);
  sweep.finish(nullptr);
  heap.off_heap = sweep.young;
  heap.old_off_heap = sweep.old;
  heap.virtual_size = sweep.young_words;
  heap.old_virtual_size = sweep.old_words;
  replace_young(heap, block, size, e.young_to.top, true);
  heap.old_start = old_block;
  heap.old_top = e.old_to.top;
  heap.old_end = old_block ? old_block + old_size : nullptr;
  heap.virtual_limit = grown_virtual_limit(heap.virtual_size, heap.virtual_limit, heap.min_virtual_size);
  // What is young now is what the old generation will take in.
  heap.old_virtual_limit = grown_virtual_limit(heap.virtual_size + heap.old_virtual_size, heap.old_virtual_limit, heap.min_virtual_size);
  heap.generation = 0;
}

CollectResult result_of(const Heap& heap, size_t before) {
  CollectResult r;
  r.major = true;
  r.live_words = live_words(heap);
  r.reclaimed_words = before > r.live_words ? before - r.live_words : 0;
  r.reductions = copy_cost(r.live_words);
  return r;
}

}  // namespace

// Grows a limit that is nearly reached, halves one that is hardly used.
size_t grown_virtual_limit(size_t used, size_t limit, size_t least) {
  if (used > limit / 4 * 3) limit = next_heap_size(used + used / 2);
  else if (used < limit / 4) limit = limit / 2;
  return limit < least ? least : limit;
}

CollectResult compact(Heap& heap, Roots& roots, size_t need, bool exact) {
  size_t before = live_words(heap) + heap.fragment_words;
  size_t worst = before + heap.stack_words() + need + Heap::stack_reserve;
  size_t size = next_heap_size(worst);
  if (heap.grow_next) size = next_heap_size(size + 1);
  if (size < heap.min_size) size = heap.min_size;
  evacuate<Mode::Compact>(heap, roots, allocate_block(size, false), size, nullptr, 0);
  size_t used = heap.heap_words() + heap.stack_words() + need + Heap::stack_reserve;
  heap.grow_next = used * 4 > size * 3;
  size_t wanted = size;
  if (exact) {
    wanted = used;
    heap.grow_next = false;
  } else if (used * 4 < size) {
    wanted = next_heap_size(used * 2);
    if (wanted < heap.min_size) wanted = heap.min_size;
  }
  if (wanted < size) evacuate<Mode::Compact>(heap, roots, allocate_block(wanted, false), wanted, nullptr, 0, {.again = true});
  return result_of(heap, before);
}

CollectResult compact_with_literals(Heap& heap, Roots& roots, const LiteralArea& area) {
  size_t before = live_words(heap) + heap.fragment_words, literals = size_t(area.top - area.start);
  auto* copy = static_cast<Word*>(sys::allocate(literals * sizeof(Word) + 1, sys::Alloc::Temporary));
  __builtin_memcpy(copy, area.start, literals * sizeof(Word));
  size_t size = next_heap_size(before + literals + heap.stack_words() + Heap::stack_reserve);
  if (size < heap.min_size) size = heap.min_size;
  evacuate<Mode::Literals>(heap, roots, allocate_block(size, false), size, nullptr, 0, {&area, copy});
  sys::release(copy, sys::Alloc::Temporary);
  return result_of(heap, before);
}

CollectResult major(Heap& heap, Roots& roots, size_t need) {
  size_t before = live_words(heap) + heap.fragment_words;
  size_t old_worst = size_t(heap.old_top - heap.old_start) + size_t(heap.high_water - heap.start);
  if (old_worst < worth_compacting) return compact(heap, roots, need, false);
  size_t old_size = next_heap_size(old_worst + old_worst / 2);
  size_t size = heap.block_words();
  size_t young_wanted = old_worst / 2 < most_young ? old_worst / 2 : most_young;
  size_t worst = size_t(heap.top - heap.high_water) + heap.fragment_words + heap.stack_words() + need + Heap::stack_reserve;
  if (worst < young_wanted) worst = young_wanted;
  if (heap.grow_next) size = next_heap_size(size + 1);
  if (size < worst) size = next_heap_size(worst);
  evacuate<Mode::Major>(heap, roots, allocate_block(size, false), size, allocate_block(old_size, true), old_size);
  size_t used = heap.heap_words() + heap.stack_words() + need + Heap::stack_reserve;
  heap.grow_next = used * 4 > size * 3;
  if (live_words(heap) * 4 < old_size) {
    // Nearly all of the old data was garbage: give the memory back.
    compact(heap, roots, need, false);
  }
  return result_of(heap, before);
}

}  // namespace joist::gc_detail
