// Stored objects. Copying one in is an ordinary deep copy, literals included; copying one out needs no walk: its words are
// contiguous and refer only to themselves, so they are copied and shifted.
#include "gc/evacuate.h"
#include "vm/ets/blocks.h"
#include "vm/ets/packed.h"

namespace joist::ets {

Object* Object::create(const Table& table, Term tuple) {
  Object* o = create(tuple);
  return table.compressed ? pack(o, table.key_position) : o;
}
Object* Object::allocate(size_t words, bool has_off_heap) {
  VERIFY(words < size_t(1) << 31);
  auto* o = new (allocate_block(sizeof(Object) + (words + has_off_heap) * sizeof(Word))) Object;
  o->words = uint32_t(words);
  o->has_off_heap = has_off_heap;
  return o;
}
Object* Object::create(Term tuple) {
  bool has_off_heap;
  size_t words = copy_size_with_literals(tuple, &has_off_heap);
  Object* o = allocate(words, has_off_heap);
  OffHeap* list = nullptr;
  HeapWriter w(o->data, o->data + words, &list);
  copy_into_with_literals(tuple, w);
  if (has_off_heap) o->data[words] = reinterpret_cast<Word>(list);
  else ASSERT(!list);
  return o;
}
void Object::destroy(Object* o) {
  if (o->has_off_heap) gc_detail::release_off_heap_list(o->off_heap());
  release_block(o, o->bytes());
}
Term Object::copy_to(Heap& heap) const {
  HeapWriter w = heap.reserve(Words(copy_words()));
  return copy_to(w);
}
Term Object::copy_to(HeapWriter& w) const {
  if (packed()) [[unlikely]] {
    Word* to = w.take(copy_words());
    unpack(*this, to);
    return Term::boxed(to);
  }
  Word* to = w.take(words);
  Word shift = Word(to) - Word(data);
  for (size_t i = 0; i < words;) {
    Word v = data[i];
    if (unsigned(v & 7) - 1u < 2u) {
      to[i++] = v + shift;
    } else if (!is_header(v)) {
      to[i++] = v;
    } else {
      size_t raw = gc_detail::skip_raw(v);
      for (size_t n = 0; n <= raw; n++) to[i + n] = data[i + n];
      if (is_off_heap_kind(header_kind(v))) {
        auto* o = reinterpret_cast<OffHeap*>(to + i);
        gc_detail::retain_off_heap(o);
        w.link_off_heap(o);
      }
      i += 1 + raw;
    }
  }
  return Term::boxed(to);
}

}  // namespace joist::ets
