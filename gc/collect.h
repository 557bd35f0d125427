// The collector's front: grow, collect, copy. Sees heaps and roots only; testable without a scheduler.
#pragma once
#include "gc/heap.h"
#include "gc/roots.h"

namespace joist {

struct LiteralArea;  // gc/literal_area.h

// What a collection did, for statistics, tracing, system_monitor and reductions.
struct CollectResult {
  bool major = false;
  size_t reclaimed_words = 0;
  size_t live_words = 0;     // after; both generations
  size_t reductions = 0;     // cost to charge
};

// Least block size of the growth sequence that holds `words` (min_heap_size and friends are rounded up with it).
size_t next_heap_size(size_t words);
size_t largest_heap_size();
// As next_heap_size for min_bin_vheap_size.
size_t next_virtual_heap_size(size_t words);

// First block of a new process: heap and stack of `words`.
void heap_init(Heap& heap, Words words);
// Frees everything: blocks, fragments, off-heap references.
void heap_destroy(Heap& heap);

// Collects so that at least `need` words are free between top and stack afterwards. Minor when possible.
// top and stack of `heap` must be current. Stack words are terms, catch words (Immediate::Catch) or return addresses (8-aligned
// code pointers, tag 000): only pointer-tagged words are followed.
CollectResult collect(Heap& heap, Roots& roots, Words need);
CollectResult collect_major(Heap& heap, Roots& roots, Words need);
// Will collect() be a minor one?
bool next_is_minor(const Heap& heap);
// Makes room for `need` words of stack/heap without looking at terms' liveness twice: collects if not free already.
// gc-stress builds collect here, room or not.
inline void ensure(Heap& heap, Roots& roots, Words need) {
#ifdef JOIST_GC_STRESS
  collect(heap, roots, need);
#else
  if (!heap.has_room(need)) collect(heap, roots, need);
#endif
}
// Shrinks to the least size with no stack frames lost: erlang:hibernate/3.
CollectResult collect_hibernate(Heap& heap, Roots& roots);
// Copies what the heap uses of a literal area into the heap, so that the area can be destroyed (purged code, erased
// persistent terms).
CollectResult collect_literals(Heap& heap, Roots& roots, const LiteralArea& area);
// May heap or roots refer to the area? Looks at every word, whatever it is part of: a yes may be a number that looks like a pointer.
bool may_refer_to(const Heap& heap, Roots& roots, const LiteralArea& area);
// The same for a term in fragments of its own.
bool may_refer_to(Term t, const HeapFragment* fragments, const LiteralArea& area);

// Gives the big blocks that the calling thread keeps for the next collections back; for threads that go idle.
void trim_heap_blocks();

// Words that a deep copy of `t` takes (0 for immediates and literals). Iterative; never recurses on the C stack.
size_t copy_size(Term t);
// Deep copies into w (which has copy_size words). Off-heap references are retained. Sharing inside t is not kept (sharing_copy.h keeps it).
Term copy_into(Term t, HeapWriter& w);
// As copy, but also copies literals (used when literals are about to be purged, and for terms placed in literal areas).
// *off_heap is set, for a t that is a pointer, to whether the copy will refer to anything outside all heaps.
size_t copy_size_with_literals(Term t, bool* off_heap = nullptr);
Term copy_into_with_literals(Term t, HeapWriter& w);

// A term copied into a fragment of its own: message payloads, ETS-like owners, exit reasons in flight.
struct FragmentTerm {
  Term term;
  HeapFragment* fragment;  // null when term needs no heap
};
FragmentTerm copy_to_fragment(Term t);
// As copy_to_fragment, but shares no literals: for what outlives a message, outside of processes.
FragmentTerm copy_to_fragment_with_literals(Term t);

// Checks every object reachable from roots and heap: debug and gc-stress builds. Aborts with a description on a bad word.
void verify_heap(Heap& heap, Roots& roots);

}  // namespace joist
