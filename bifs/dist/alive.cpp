#include "bifs/dist/alive.h"

#include "bifs/shared_state/persistent_term.h"
#include "gc/heap.h"
#include "vm/dist/nodes.h"

namespace joist {

// net_kernel keeps the latter in a persistent term, whose key is {erts_internal, dynamic_node_name}.
bool is_or_will_be_alive() {
  static const Term dynamic_node_name = make_atom("dynamic_node_name");
  if (dist::is_alive()) return true;
  Word words[3];
  OffHeap* none = nullptr;
  Term value = find_persistent_term(HeapWriter(words, words + 3, &none).tuple(atom::erts_internal, dynamic_node_name));
  return value.is_value() && !value.same(atom::false_);
}

}  // namespace joist
