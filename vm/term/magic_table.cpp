// Objects whose references left as text or in external format: a reference with the same numbers that comes back is one to the object
// again, as long as it lives. The table holds no reference; a dying object leaves it.
#include "vm/term/magic.h"

#include <unordered_map>

#include "vm/sys/lock.h"

namespace joist {

namespace {

struct Numbers {
  Word low, high;
  bool operator==(const Numbers&) const = default;
};
struct NumbersHash {
  size_t operator()(const Numbers& n) const { return (n.low ^ n.high << 17) * 0x9e3779b97f4a7c15; }
};

sys::Mutex lock{sys::LockRank::Leaf};
std::unordered_map<Numbers, MagicObject*, NumbersHash>& objects() {
  static auto* all = new std::unordered_map<Numbers, MagicObject*, NumbersHash>;
  return *all;
}

}  // namespace

void MagicObject::forget() {
  sys::Locked guard(lock);
  objects().erase({ref_words[0], ref_words[1]});
}

void MagicObject::make_findable() {
  if (findable_.load(std::memory_order_acquire)) return;
  sys::Locked guard(lock);
  objects()[{ref_words[0], ref_words[1]}] = this;
  findable_.store(true, std::memory_order_release);
}

MagicObject* find_magic(const Word numbers[2]) {
  sys::Locked guard(lock);
  auto found = objects().find({numbers[0], numbers[1]});
  if (found == objects().end()) return nullptr;
  // One whose last reference is gone waits for the lock in its destructor.
  MagicObject* object = found->second;
  int64_t n = object->references.load(std::memory_order_relaxed);
  while (n > 0)
    if (object->references.compare_exchange_weak(n, n + 1, std::memory_order_acq_rel)) return object;
  return nullptr;
}

}  // namespace joist
