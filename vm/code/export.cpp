// The export table: a hash table whose buckets are there from the start and whose entries never move or go, so that finding one takes
// no lock. Entries lie in literal areas, for the term `fun M:F/A` inside each is a literal.
#include "vm/code/export.h"

#include <new>
#include <vector>

#include "gc/literal_area.h"
#include "vm/code/code.h"
#include "vm/code/stubs.h"
#include "vm/sys/lock.h"

namespace joist {

std::atomic<uint32_t> active_code_index{0};

namespace {

struct Entry : Export {
  Entry* next_in_bucket;
  std::atomic<Entry*> next;  // in order of creation
};

constexpr size_t bucket_bits = 14;  // twice the exports of a node that has just started
std::atomic<Entry*> buckets[size_t(1) << bucket_bits];
std::atomic<Entry*> first_entry{nullptr};
std::atomic<size_t> entry_count{0};

sys::Mutex lock{sys::LockRank::CodeTables};
Entry* last_entry = nullptr;     // lock
Entry* free_entries = nullptr;   // lock: room in the newest area
size_t free_count = 0;           // lock
std::vector<LiteralArea*>& areas() {  // lock; never freed
  static auto* all = new std::vector<LiteralArea*>;
  return *all;
}
constexpr size_t entries_per_area = 256;

std::atomic<Entry*>& bucket_of(Term module, Term function, uint32_t arity) {
  Word h = (module.raw() >> 6) * 0x9e3779b97f4a7c15 + (function.raw() >> 6) * 0xc2b2ae3d27d4eb4f + arity * 0x165667b19e3779f9;
  return buckets[(h ^ h >> 29) * 0x9e3779b97f4a7c15 >> (64 - bucket_bits)];
}

Entry* search(Entry* e, Term module, Term function, uint32_t arity) {
  while (e && !(e->function.same(function) && e->module.same(module) && e->arity == arity)) e = e->next_in_bucket;
  return e;
}

Entry* new_entry() {
  if (free_count == 0) {
    LiteralArea* area = literal_area_create(Words(entries_per_area * sizeof(Entry) / sizeof(Word)));
    area->top = area->end;
    areas().push_back(area);
    free_entries = reinterpret_cast<Entry*>(area->start);
    free_count = entries_per_area;
  }
  free_count--;
  return new (free_entries++) Entry();
}

}  // namespace

Export* find_export(Term module, Term function, uint32_t arity) {
  return search(bucket_of(module, function, arity).load(std::memory_order_acquire), module, function, arity);
}

Export* get_export(Term module, Term function, uint32_t arity) {
  auto& bucket = bucket_of(module, function, arity);
  if (Entry* known = search(bucket.load(std::memory_order_acquire), module, function, arity)) return known;
  sys::Locked guard(lock);
  Entry* head = bucket.load(std::memory_order_relaxed);
  if (Entry* known = search(head, module, function, arity)) return known;
  Entry* e = new_entry();
  e->module = module;
  e->function = function;
  e->arity = arity;
  e->stub[0] = undefined_export_handler();
  e->stub[1] = reinterpret_cast<Word>(static_cast<Export*>(e));
  for (auto& address : e->address) address.store(e->stub, std::memory_order_relaxed);
  e->fun_term.header = make_header(Kind::ExportFun, 1);
  e->fun_term.target = e;
  if (const NativeEntry* native = find_native(module, function, arity); native && has_function(native->kind))
    e->native = native;
  e->next_in_bucket = head;
  bucket.store(e, std::memory_order_release);
  if (last_entry) last_entry->next.store(e, std::memory_order_release);
  else first_entry.store(e, std::memory_order_release);
  last_entry = e;
  entry_count.fetch_add(1, std::memory_order_relaxed);
  return e;
}

size_t export_count() { return entry_count.load(std::memory_order_relaxed); }

void for_each_export(void (*f)(Export&, void* arg), void* arg) {
  for (Entry* e = first_entry.load(std::memory_order_acquire); e; e = e->next.load(std::memory_order_acquire)) f(*e, arg);
}

// ---- staging

static uint32_t staging_index() { return (active_code_index.load(std::memory_order_relaxed) + 1) % code_indices; }

void staging_begin() {
  uint32_t from = active_code_index.load(std::memory_order_relaxed), to = staging_index();
  for (Entry* e = first_entry.load(std::memory_order_acquire); e; e = e->next.load(std::memory_order_acquire))
    e->address[to].store(e->address[from].load(std::memory_order_relaxed), std::memory_order_relaxed);
}
void staging_set(Export& target, const Word* address) { target.address[staging_index()].store(address, std::memory_order_relaxed); }
const Word* staging_address(const Export& target) { return target.address[staging_index()].load(std::memory_order_relaxed); }
void staging_publish() { active_code_index.store(staging_index(), std::memory_order_release); }

}  // namespace joist
