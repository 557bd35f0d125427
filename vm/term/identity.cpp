#include "vm/term/identity.h"

#include "gc/heap.h"

namespace joist {

External* write_external(HeapWriter& w, Kind kind, size_t data_words, uint16_t aux, Term node, uint32_t creation) {
  auto* e = reinterpret_cast<External*>(w.take(external_words + data_words));
  e->header = make_header(kind, 2 + data_words, aux);
  e->node = node_acquire(node, creation);
  w.link_off_heap(e);
  return e;
}

}  // namespace joist
