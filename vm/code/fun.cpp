// Fun entries in a hash table as the exports': fixed buckets, entries that never move or go, no lock to find one.
#include "vm/code/fun.h"

#include <cstring>
#include <new>

#include "vm/code/stubs.h"
#include "vm/sys/lock.h"
#include "vm/sys/memory.h"

namespace joist {

namespace {

struct Entry : FunEntry {
  Entry* next;
};
constexpr size_t bucket_bits = 14;
std::atomic<Entry*> buckets[size_t(1) << bucket_bits];
sys::Mutex lock{sys::LockRank::CodeTables};

std::atomic<Entry*>& bucket_of(const FunIdentity& id) {
  Word u;
  std::memcpy(&u, id.uniq, sizeof u);
  return buckets[((id.module.raw() >> 6) ^ u ^ Word(id.index) << 20 ^ id.old_uniq) * 0x9e3779b97f4a7c15 >> (64 - bucket_bits)];
}

Entry* search(Entry* e, const FunIdentity& id) {
  for (; e; e = e->next) {
    if (e->module.same(id.module) && e->index == id.index && e->old_uniq == id.old_uniq && e->arity == id.arity &&
        e->num_free == id.num_free && std::memcmp(e->uniq, id.uniq, sizeof id.uniq) == 0)
      return e;
  }
  return nullptr;
}

}  // namespace

FunEntry* get_fun_entry(const FunIdentity& id) {
  auto& bucket = bucket_of(id);
  if (Entry* known = search(bucket.load(std::memory_order_acquire), id)) return known;
  sys::Locked guard(lock);
  Entry* head = bucket.load(std::memory_order_relaxed);
  if (Entry* known = search(head, id)) return known;
  auto* e = new (sys::allocate(sizeof(Entry), sys::Alloc::Code)) Entry();
  static_cast<FunIdentity&>(*e) = id;
  e->stub[0] = unloaded_fun_handler();
  e->stub[1] = reinterpret_cast<Word>(static_cast<FunEntry*>(e));
  e->address.store(e->stub, std::memory_order_relaxed);
  e->next = head;
  bucket.store(e, std::memory_order_release);
  return e;
}

}  // namespace joist
