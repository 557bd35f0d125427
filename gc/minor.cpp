// Minor collections: the young generation only. Survivors that were there at the last collection (below the high-water mark)
// are promoted to the old generation, the rest goes to a new young block.
//
// The new block always has room for the worst case — everything survives — so a minor collection never fails half-way. Pages
// that stay untouched cost nothing.
#include "gc/evacuate.h"

namespace joist::gc_detail {
namespace {

constexpr size_t shrink_above = 16384;  // words; smaller blocks are not worth a second copy

// `again`: the second copy of one collection, which does not count as one for the room that writable binaries keep.
template <Mode M>
void evacuate(Heap& heap, Roots& roots, Word* block, size_t size, bool again = false) {
  Evacuator<M> e;
  e.block = Range(heap.start, heap.top);
  e.mature = Range(heap.start, heap.high_water);
  e.old = Range(heap.old_start, heap.old_top);
  e.young_to = {block, block, block + size};
  e.old_to = {heap.old_top, heap.old_top, heap.old_end};
  e.run(heap, roots);
  OffHeapSweep sweep;
  sweep.old_to = Range(heap.old_start, e.old_to.top);
  sweep.may_move_bytes = !e.saw_context && !again;
  sweep.sweep(heap.off_heap);
  sweep.finish(heap.old_off_heap);
  heap.off_heap = sweep.young;
  heap.old_off_heap = sweep.old;
  heap.virtual_size = sweep.young_words;
  heap.old_virtual_size += sweep.old_words;
  heap.old_top = e.old_to.top;
  replace_young(heap, block, size, e.young_to.top, false);
}

// A second copy into a smaller block: live data is a small part of the block.
void shrink(Heap& heap, Roots& roots, size_t size) {
  heap.high_water = heap.start;  // nothing is promoted twice
  evacuate<Mode::Minor>(heap, roots, allocate_block(size, false), size, true);
}

}  // namespace

bool minor_possible(const Heap& heap) {
  if (heap.generation >= heap.fullsweep_after) return false;
  if (heap.old_virtual_size > heap.old_virtual_limit) return false;
  return !heap.old_start || heap.high_water - heap.start <= heap.old_end - heap.old_top;
}

CollectResult minor(Heap& heap, Roots& roots, size_t need) {
  size_t before = live_words(heap) + heap.fragment_words;
  size_t mature = size_t(heap.high_water - heap.start);
  size_t worst = size_t(heap.top - heap.high_water) + heap.fragment_words + heap.stack_words() + need + Heap::stack_reserve;
  if (mature && !heap.old_start) {
    size_t size = next_heap_size(mature + mature / 2 > heap.block_words() ? mature + mature / 2 : heap.block_words());
    heap.old_start = heap.old_top = allocate_block(size, true);
    heap.old_end = heap.old_start + size;
  }
  size_t old_before = size_t(heap.old_top - heap.old_start);
  size_t size = heap.block_words();
  if (heap.grow_next) size = grown_size(size);
  if (size < worst) size = next_heap_size(worst);
  if (size < heap.min_size) size = heap.min_size;
  Word* block = allocate_block(size, false);
  if (heap.fragments) evacuate<Mode::MinorFragments>(heap, roots, block, size);
  else evacuate<Mode::Minor>(heap, roots, block, size);
  heap.generation++;
  heap.virtual_limit = grown_virtual_limit(heap.virtual_size, heap.virtual_limit, heap.min_virtual_size);

  size_t moved = heap.heap_words() + size_t(heap.old_top - heap.old_start) - old_before;
  size_t used = heap.heap_words() + heap.stack_words() + need + Heap::stack_reserve;
  heap.grow_next = used * 4 > size * 3;
  if (size > shrink_above && used * 4 < size && size > heap.old_block_words()) {
    size_t wanted = used * 3;
    if (wanted < heap.old_block_words() / 10) wanted = heap.old_block_words() / 10;
    if (wanted < heap.min_size) wanted = heap.min_size;
    if (wanted < shrink_above / 2) wanted = shrink_above / 2;
    wanted = next_heap_size(wanted);
    if (wanted < size / 2) shrink(heap, roots, wanted);
  }
  CollectResult result;
  result.live_words = live_words(heap);
  result.reclaimed_words = before > result.live_words ? before - result.live_words : 0;
  result.reductions = copy_cost(moved);
  return result;
}

}  // namespace joist::gc_detail
