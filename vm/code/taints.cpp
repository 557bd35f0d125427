#include "vm/code/taints.h"

#include <vector>

#include "vm/sys/lock.h"

namespace joist {
namespace {

sys::Mutex names_lock(sys::LockRank::Leaf);
std::vector<Term> names;  // names_lock

}  // namespace

void add_taint(Term name) {
  sys::Locked lock(names_lock);
  for (Term known : names)
    if (known.same(name)) return;
  names.push_back(name);
}

Term taints(Heap& heap) {
  sys::Locked lock(names_lock);
  HeapWriter w = heap.reserve(Words(2 * names.size()));
  Term list = nil;
  for (Term name : names) list = w.cons(name, list);
  return list;
}

}  // namespace joist
