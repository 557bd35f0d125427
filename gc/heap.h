// A process heap as everyone but the collector sees it.
//
// One block holds the young generation (grows up from `start` to `top`) and the process's stack (grows down from `end` to
// `stack`). While the machine runs, top and stack live in CPU registers and the fields are stale; SPILL stores them.
// `reserve(words)` never collects: when the block is full it spills to a heap fragment, so terms in C++ locals stay valid.
// Only functions that take Roots may move terms.
#pragma once
#include <initializer_list>

#include "gc/stress.h"
#include "vm/term/boxed.h"

namespace joist {

// Extra heap block chained to a heap; received messages are such blocks too. The collector copies out what lives and frees it.
struct HeapFragment {
  HeapFragment* next = nullptr;
  OffHeap* off_heap = nullptr;  // objects inside that hold references
  uint32_t capacity = 0;        // words at data (fragments over 32 GB do not exist)
  uint32_t used = 0;
  Word data[0];

  static HeapFragment* create(Words capacity);
  // Releases the off-heap objects and the memory.
  static void destroy(HeapFragment* fragment);
  static void destroy_chain(HeapFragment* first);
};

// Cursor over reserved words. Builders return the finished term; commit() gives unused words back.
class HeapWriter {
 public:
  HeapWriter(Word* at, Word* end, OffHeap** off_heap) : at_(at), end_(end), off_heap_(off_heap) {}
  Word* take(size_t words) {
    Word* p = at_;
    at_ += words;
    ASSERT(at_ <= end_);
    return p;
  }
  Term cons(Term head, Term tail) {
    Word* p = take(2);
    p[0] = head.raw();
    p[1] = tail.raw();
    return Term::cons(p);
  }
  // Tuple of the given elements.
  template <class... T>
  Term tuple(T... elements) {
    Word* p = take(1 + sizeof...(T));
    *p = Tuple::make(sizeof...(T));
    Word* q = p;
    ((*++q = Term(elements).raw()), ...);
    return Term::boxed(p);
  }
  // Tuple whose elements the caller fills at once.
  Tuple* tuple_of(size_t arity) {
    auto* t = reinterpret_cast<Tuple*>(take(1 + arity));
    t->header = Tuple::make(arity);
    return t;
  }
  // Takes up to 2 words (FloatBox::words).
  Term float_(double d) {
    if (Term::fits_inline_float(d)) return Term::inline_float(d);
    auto* f = reinterpret_cast<FloatBox*>(take(FloatBox::words));
    f->header = make_header(Kind::Float, 1);
    f->value = d;
    return f->term();
  }
  // Puts an off-heap object just written on the heap's list.
  void link_off_heap(OffHeap* o) {
    o->next = *off_heap_;
    *off_heap_ = o;
  }
  OffHeap** off_heap() const { return off_heap_; }
  Word* at() const { return at_; }
  Word* end() const { return end_; }
  size_t left() const { return end_ - at_; }

 private:
  friend class Heap;
  Word* at_;
  Word* end_;
  OffHeap** off_heap_;
};

class Heap {
 public:
  // ---- the young generation and the stack (owner: the thread that runs the process)
  Word* start = nullptr;
  Word* top = nullptr;         // next free word
  Word* stack = nullptr;       // lowest used stack word
  Word* end = nullptr;         // one past the block
  Word* high_water = nullptr;  // objects below survived one minor collection
  // ---- the old generation; null until the first major or promoting minor collection
  Word* old_start = nullptr;
  Word* old_top = nullptr;
  Word* old_end = nullptr;
  // ---- outside the blocks
  HeapFragment* fragments = nullptr;
  Word fragment_words = 0;     // used words in fragments: part of the young generation's size
  OffHeap* off_heap = nullptr; // young objects' list
  OffHeap* old_off_heap = nullptr;
  Word virtual_size = 0;       // words of off-heap bytes reached since the last collection ("virtual heap")
  Word virtual_limit = 0;      // collect when virtual_size passes it
  Word old_virtual_size = 0;
  Word old_virtual_limit = 0;
  // ---- policy
  uint32_t min_size = 233;     // words
  uint32_t min_virtual_size = 46422;
  uint16_t generation = 0;     // minor collections since the last fullsweep
  uint16_t fullsweep_after = 65535;
  bool grow_next = false;      // the last collection left little room: the next one takes a bigger block

  // Always kept free between top and stack, so that a call can push its return address without a check.
  static constexpr size_t stack_reserve = 4;

  bool has_room(Words words) const { return stack - top >= SWord(words.value + stack_reserve); }
  size_t heap_words() const { return top - start; }
  size_t stack_words() const { return end - stack; }
  size_t block_words() const { return end - start; }
  size_t old_block_words() const { return old_end - old_start; }

  // Room for exactly `words`: in the block, else in a new fragment. Never collects, never fails.
  HeapWriter reserve(Words words) {
    if (has_room(words)) [[likely]] {
      Word* p = top;
      top += words.value;
      return HeapWriter(p, top, &off_heap);
    }
    return reserve_fragment(words);
  }
  // Gives the unused tail of the newest reservation back.
  void commit(HeapWriter& w);
  // Takes over a fragment (a received message's payload): its terms are now this heap's.
  void adopt(HeapFragment* fragment);
  // As adopt, but the words of a small fragment move into the block where there is room, and its memory is free at once: for what
  // came in pieces. These terms, which may lie in the fragment, are told where they are then. Nothing else may refer to it.
  void take_in(HeapFragment* fragment, std::initializer_list<Term*> terms);
  // Gives up the fragment that was adopted last and that `object` (a pointer) lies in: nothing on the heap may refer to it.
  // Null when a collection or another reservation came between: the heap keeps it. references: it had off-heap objects.
  HeapFragment* disown(Term object, bool references);
  // Charges `bytes` of off-heap data to the virtual heap.
  void charge_virtual(Bytes bytes) { virtual_size += bytes.value / sizeof(Word); }
  // True when fragments or the virtual heap ask for a collection at the next safe point.
  bool wants_collection() const {
#ifdef JOIST_GC_STRESS
    if (gc_stress::point(*this)) return true;
#endif
    return fragment_words > heap_words() / 2 + min_size || virtual_size > virtual_limit;
  }
  // The same at the end of a turn. Every collection visits the whole stack, so behind a deep one more must have come: else each few
  // messages that a deep recursion receives would cost as much as all that waits on its stack.
  bool wants_collection_between_turns() const {
    if (!wants_collection()) return false;
#ifdef JOIST_GC_STRESS
    return true;
#endif
    return fragment_words > stack_words() / 2 || virtual_size > virtual_limit;
  }

 private:
  HeapWriter reserve_fragment(Words words);
  void take_off_heap(OffHeap* list);
};

}  // namespace joist
