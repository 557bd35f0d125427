// Blocks of a heap: first block, reservation beyond the block, adoption of fragments, the end.
#include "gc/heap.h"

#include "gc/evacuate.h"
#include "vm/sys/memory.h"
#include "vm/term/magic.h"
#include "vm/term/node.h"
#include "vm/term/shared_bytes.h"
#include "vm/term/writable_bits.h"

namespace joist {

namespace gc_detail {

void release_off_heap(OffHeap* o) {
  switch (header_kind(o->header)) {
    case Kind::RefcBits: reinterpret_cast<RefcBits*>(o)->shared->release(); break;
    case Kind::MagicRef: reinterpret_cast<MagicRef*>(o)->object->release(); break;
    case Kind::ExternalPid: case Kind::ExternalPort: case Kind::ExternalRef: node_release(static_cast<External*>(o)->node); break;
    default: PANIC("off-heap list holds a header %lx", o->header);
  }
}
void retain_off_heap(OffHeap* o) {
  switch (header_kind(o->header)) {
    case Kind::RefcBits: reinterpret_cast<RefcBits*>(o)->shared->retain(); break;
    case Kind::MagicRef: reinterpret_cast<MagicRef*>(o)->object->retain(); break;
    default: node_retain(static_cast<External*>(o)->node);
  }
}
void release_off_heap_list(OffHeap* list) {
  while (list) {
    OffHeap* next = list->next;
    release_off_heap(list);
    list = next;
  }
}

void OffHeapSweep::sweep(OffHeap* list) {
  while (list) {
    OffHeap* next = list->next;
    if (is_header(list->header)) {
      release_off_heap(list);
    } else {
      auto* moved = reinterpret_cast<OffHeap*>(Term::from_raw(list->header).boxed_words());
      size_t words = 0;
      if (header_kind(moved->header) == Kind::RefcBits) {
        auto* bits = reinterpret_cast<RefcBits*>(moved);
        words = bits->size_bits / 64;
        if (may_move_bytes) bits::settle_writable(*bits);
      }
      if (old_to.has(moved)) {
        *old_end = moved;
        old_end = &moved->next;
        old_words += words;
      } else {
        *young_end = moved;
        young_end = &moved->next;
        young_words += words;
      }
    }
    list = next;
  }
}

void replace_young(Heap& heap, Word* block, size_t words, Word* top, bool with_old) {
  size_t stack_words = heap.stack_words();
  Word* stack = block + words - stack_words;
  __builtin_memcpy(stack, heap.stack, stack_words * sizeof(Word));
  release_block(heap.start, heap.block_words(), false);
  for (HeapFragment* f = heap.fragments; f;) {
    HeapFragment* next = f->next;
    f->off_heap = nullptr;  // its objects moved to the heap's lists
    HeapFragment::destroy(f);
    f = next;
  }
  heap.fragments = nullptr;
  heap.fragment_words = 0;
  if (with_old && heap.old_start) {
    release_block(heap.old_start, heap.old_block_words(), true);
    heap.old_start = heap.old_top = heap.old_end = nullptr;
  }
  heap.start = block;
  heap.top = heap.high_water = top;
  heap.stack = stack;
  heap.end = block + words;
}

}  // namespace gc_detail

void heap_init(Heap& heap, Words words) {
  size_t n = words.value > 12 ? words.value : 12;
  heap.start = heap.top = heap.high_water = gc_detail::allocate_block(n, false);
  heap.end = heap.stack = heap.start + n;
  heap.min_size = uint32_t(n);
  heap.virtual_limit = heap.old_virtual_limit = heap.min_virtual_size;
}

void heap_destroy(Heap& heap) {
  gc_detail::release_off_heap_list(heap.off_heap);
  gc_detail::release_off_heap_list(heap.old_off_heap);
  gc_detail::release_block(heap.start, heap.block_words(), false);
  if (heap.old_start) gc_detail::release_block(heap.old_start, heap.old_block_words(), true);
  HeapFragment::destroy_chain(heap.fragments);
  heap = Heap();
}

namespace {
// Spill fragments start small and double with what has spilled already, so that many small reserves cost few blocks.
constexpr size_t least_spill = 64, most_spill = 32768;  // words
// Fragments up to this size, for which their own header counts and a copy is cheap, are moved into the block.
constexpr size_t most_moved = 64;  // words
}  // namespace

HeapWriter Heap::reserve_fragment(Words words) {
  HeapFragment* f = fragments;
  if (!f || f->capacity - f->used < words.value) {
    size_t capacity = fragment_words < least_spill ? least_spill : fragment_words > most_spill ? most_spill : fragment_words;
    if (capacity < words.value) capacity = words.value;
    f = HeapFragment::create(Words(capacity));
    f->next = fragments;
    fragments = f;
  }
  Word* p = f->data + f->used;
  f->used += uint32_t(words.value);
  fragment_words += words.value;
  return HeapWriter(p, p + words.value, &off_heap);
}

void Heap::commit(HeapWriter& w) {
  size_t unused = w.left();
  if (unused == 0) return;
  if (w.end_ == top) {
    top = w.at_;
  } else if (fragments && w.end_ == fragments->data + fragments->used) {
    fragments->used -= uint32_t(unused);
    fragment_words -= unused;
  } else {
    ASSERT(!"commit of a reservation that is not the newest");
  }
  w.end_ = w.at_;
}

// Puts the off-heap objects of a fragment on the heap's list.
void Heap::take_off_heap(OffHeap* list) {
  OffHeap* last = list;
  for (;;) {
    if (header_kind(last->header) == Kind::RefcBits) virtual_size += reinterpret_cast<RefcBits*>(last)->size_bits / 64;
    if (!last->next) break;
    last = last->next;
  }
  last->next = off_heap;
  off_heap = list;
}

void Heap::adopt(HeapFragment* fragment) {
  if (!fragment) return;
  ASSERT(!fragment->next);
  if (fragment->off_heap) {
    take_off_heap(fragment->off_heap);
    fragment->off_heap = nullptr;
  }
  fragment_words += fragment->used;
  // A spill fragment with room stays first.
  if (fragments && fragments->capacity - fragments->used > fragment->capacity - fragment->used) {
    fragment->next = fragments->next;
    fragments->next = fragment;
  } else {
    fragment->next = fragments;
    fragments = fragment;
  }
}

namespace {

// Words that moved, and by how much.
struct Move {
  gc_detail::Range from;
  ptrdiff_t bytes;

  void pointer(Word* at) const {
    bool is_pointer = (*at & 7) - 1 < 2;
    if (is_pointer && from.has(reinterpret_cast<const void*>(*at & ~Word(7)))) *at += Word(bytes);
  }
  void objects(Word* at, const Word* end) const {
    while (at < end) {
      if (is_header(*at)) {
        at += 1 + gc_detail::skip_raw(*at);
      } else {
        pointer(at++);
      }
    }
  }
  OffHeap* list(OffHeap* first) const {
    auto moved = [&](OffHeap* o) { return reinterpret_cast<OffHeap*>(reinterpret_cast<char*>(o) + bytes); };
    for (OffHeap* o = moved(first); o->next; o = o->next) o->next = moved(o->next);
    return moved(first);
  }
};

}  // namespace

void Heap::take_in(HeapFragment* fragment, std::initializer_list<Term*> terms) {
  if (fragment->used > most_moved || !has_room(Words(fragment->used))) return adopt(fragment);
  ASSERT(!fragment->next);
  Word* to = top;
  top += fragment->used;
  __builtin_memcpy(to, fragment->data, fragment->used * sizeof(Word));
  Move move{{fragment->data, fragment->data + fragment->used}, reinterpret_cast<char*>(to) - reinterpret_cast<char*>(fragment->data)};
  move.objects(to, top);
  for (Term* t : terms) {
    Word w = t->raw();
    move.pointer(&w);
    *t = Term::from_raw(w);
  }
  if (fragment->off_heap) {
    take_off_heap(move.list(fragment->off_heap));
    fragment->off_heap = nullptr;
  }
  HeapFragment::destroy(fragment);
}

HeapFragment* Heap::disown(Term object, bool references) {
  auto inside = [](const HeapFragment* f, const void* p) { return p >= f->data && p < f->data + f->used; };
  if (!(object.is_cons() || object.is_boxed())) return nullptr;
  const void* place = object.is_cons() ? static_cast<const void*>(object.as_cons()) : object.boxed_words();
  HeapFragment** link = &fragments;
  if (*link && !inside(*link, place)) link = &(*link)->next;
  HeapFragment* f = *link;
  // One with room may have got more since.
  if (!f || !inside(f, place) || f->used != f->capacity) return nullptr;
  if (references && !(off_heap && inside(f, off_heap))) return nullptr;
  *link = f->next;
  f->next = nullptr;
  fragment_words -= f->used;
  OffHeap** last = &off_heap;
  while (*last && inside(f, *last)) {
    if (header_kind((*last)->header) == Kind::RefcBits) virtual_size -= reinterpret_cast<RefcBits*>(*last)->size_bits / 64;
    last = &(*last)->next;
  }
  if (last != &off_heap) {
    f->off_heap = off_heap;
    off_heap = *last;
    *last = nullptr;
  }
  return f;
}

}  // namespace joist
