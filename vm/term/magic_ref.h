// References to VM objects.
#pragma once
#include "gc/heap.h"
#include "vm/term/magic.h"

namespace joist {

inline constexpr size_t magic_ref_words = sizeof(MagicRef) / sizeof(Word);

// A new reference to object; takes over one of its references. The object's numbers are set when it has none yet.
inline Term make_magic_ref(HeapWriter& w, MagicObject* object) {
  if (!object->ref_words[0] && !object->ref_words[1]) new_ref_numbers(object->ref_words);
  auto* ref = reinterpret_cast<MagicRef*>(w.take(magic_ref_words));
  ref->header = make_header(Kind::MagicRef, magic_ref_words - 1);
  ref->object = object;
  w.link_off_heap(reinterpret_cast<OffHeap*>(ref));
  return ref->term();
}

}  // namespace joist
