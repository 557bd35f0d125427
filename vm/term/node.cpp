// The node table: few entries, looked up only when an identifier of another node is made, so one lock guards it. References
// are counted without the lock but for the last, which is given up under it: nobody can find an entry that is going.
#include "vm/term/node.h"

#include <mutex>

#include "vm/term/atom.h"

namespace joist {

namespace {

struct Slot {
  NodeEntry entry;
  Slot* next;
};

constexpr size_t buckets = 256;
std::mutex lock;  // a leaf
Slot* table[buckets];

Slot*& bucket_of(Term name, uint32_t creation) { return table[(name.atom_index() * 31 + creation) % buckets]; }

// name's atom index << 32 | creation, in one word so that both are read at once.
std::atomic<uint64_t> local{uint64_t(atom::index_nonode_nohost) << 32};

}  // namespace

NodeEntry* node_acquire(Term name, uint32_t creation) {
  std::lock_guard guard(lock);
  Slot*& first = bucket_of(name, creation);
  for (Slot* s = first; s; s = s->next)
    if (s->entry.name.same(name) && s->entry.creation == creation) {
      s->entry.references.fetch_add(1, std::memory_order_relaxed);
      return &s->entry;
    }
  first = new Slot{{name, creation, {1}}, first};
  return &first->entry;
}

void node_retain(NodeEntry* node) { node->references.fetch_add(1, std::memory_order_relaxed); }

void node_release(NodeEntry* node) {
  int64_t n = node->references.load(std::memory_order_relaxed);
  while (n > 1)
    if (node->references.compare_exchange_weak(n, n - 1, std::memory_order_release, std::memory_order_relaxed)) return;
  std::lock_guard guard(lock);
  if (node->references.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
  Slot** link = &bucket_of(node->name, node->creation);
  while (&(*link)->entry != node) link = &(*link)->next;
  Slot* gone = *link;
  *link = gone->next;
  delete gone;
}

void each_node(void (*f)(const NodeEntry& node, void* context), void* context) {
  std::lock_guard guard(lock);
  for (Slot* first : table)
    for (Slot* s = first; s; s = s->next) f(s->entry, context);
}

Term local_node_name() { return Term::atom(uint32_t(local.load(std::memory_order_relaxed) >> 32)); }
uint32_t local_node_creation() { return uint32_t(local.load(std::memory_order_relaxed)); }
void set_local_node(Term name, uint32_t creation) {
  local.store(uint64_t(name.atom_index()) << 32 | creation, std::memory_order_relaxed);
}

}  // namespace joist
