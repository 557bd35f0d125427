// Which tables exist: a list of all, an index by reference (for identifiers that went through the external format), and by name.
//
// Names are looked up without a lock: an array of pointers indexed by the name's atom, in chunks made when needed. A table that is
// deleted leaves the array at once; its struct goes when the grace period is over and no term refers to it any more.
#include <algorithm>
#include <unordered_map>

#include "vm/ets/hash.h"
#include "vm/ets/tree.h"
#include "vm/process/process.h"
#include "vm/sched/quiescence.h"
#include "vm/sys/memory.h"
#include "vm/term/atom.h"

namespace joist::ets {

const char Table::type_tag = 0;

namespace {

constexpr uint32_t chunk_size = 1024, chunk_count = 1 << 17;  // all atom indices (2^27)
using Chunk = std::atomic<Table*>[chunk_size];
std::atomic<Chunk*> chunks[chunk_count];
std::atomic<Table*>* name_slot(Term name, bool make) {
  uint32_t i = name.atom_index();
  auto& entry = chunks[i / chunk_size];
  Chunk* c = entry.load(std::memory_order_acquire);
  if (!c) {
    if (!make) return nullptr;
    auto* fresh = static_cast<Chunk*>(sys::allocate_zeroed(sizeof(Chunk), sys::Alloc::System));
    if (entry.compare_exchange_strong(c, fresh)) c = fresh;
    else sys::release(fresh, sys::Alloc::System);
  }
  return &(*c)[i % chunk_size];
}

sys::Mutex lock{sys::LockRank::EtsTables};
std::unordered_map<Word, Table*>& by_reference() {
  static auto* all = new std::unordered_map<Word, Table*>;
  return *all;
}
Word reference_key(const Word* words) { return words[0] * 0x9e3779b97f4a7c15 ^ words[1]; }

void drop_stripes(Table& t) {
  for (uint32_t i = 0; i < t.stripe_count; i++) t.stripes[i].~Stripe();
  sys::release(t.stripes, sys::Alloc::Ets);
  t.stripe_count = 0;
  t.stripes = nullptr;
}

}  // namespace

Hold::Hold(Table& table, Mode mode) : table_(table), mode_(mode), stripe_(nullptr), all_(!table.unlocked()) {
  for (uint32_t i = 0; all_ && i < table.stripe_count; i++) {
    if (mode == Write) table.stripes[i].lock.lock();
    else table.stripes[i].lock.lock_shared();
  }
}
Hold::~Hold() {
  if (stripe_) {
    if (mode_ == Write) stripe_->lock.unlock();
    else stripe_->lock.unlock_shared();
  } else if (all_) {
    for (uint32_t i = table_.stripe_count; i-- > 0;) {
      if (mode_ == Write) table_.stripes[i].lock.unlock();
      else table_.stripes[i].lock.unlock_shared();
    }
  }
}

Table::~Table() {
  drop_stripes(*this);
  HeapFragment::destroy(heir_data.fragment);
}
size_t Table::size() const {
  int64_t n = 0;
  for (uint32_t i = 0; i < stripe_count; i++) n += stripes[i].items.load(std::memory_order_relaxed);
  return size_t(n);
}
size_t Table::object_words() const {
  int64_t n = 0;
  for (uint32_t i = 0; i < stripe_count; i++) n += stripes[i].words.load(std::memory_order_relaxed);
  return size_t(n);
}
size_t Table::memory_words() const {
  size_t n = size();
  size_t extra = (write_concurrency && decentralized ? 34 : 0) + (read_concurrency && !write_concurrency ? 32 : 0);
  if (is_tree()) return struct_words + (write_concurrency ? 50 : 90) + extra + 5 * n + object_words();
  size_t slots = active.load(std::memory_order_relaxed);
  size_t segments = slots > 256 ? (slots - 256 + 2047) / 2048 : 0;
  return struct_words + (write_concurrency ? 1312 : 256) + extra + (segments ? segment_list_words + 256 : 0) + segments * 2048 + 4 * n + object_words();
}

Table* create_table(Process& process, Term name, const Options& o) {
  auto* t = new Table;
  t->MagicObject::type = &Table::type_tag;
  new_ref_numbers(t->ref_words);
  t->type = o.type;
  t->protection = o.protection;
  t->name = name;
  t->named = o.named;
  t->write_concurrency = o.write_concurrency;
  t->write_auto = o.write_auto;
  t->fixed_stripes = o.fixed_stripes;
  t->read_concurrency = o.read_concurrency;
  t->compressed = o.compressed || always_compress;
  t->decentralized = o.decentralized >= 0 ? o.decentralized : (o.write_concurrency && (t->is_tree() || o.write_auto || o.fixed_stripes));
  t->key_position = uint32_t(o.key_position);
  uint32_t stripes = o.fixed_stripes ? std::min(o.fixed_stripes, hash::first_segment) : Table::wide_stripes;  // no more than buckets
  t->stripe_count = o.write_concurrency && !t->is_tree() ? stripes : 1;
  t->stripes = static_cast<Stripe*>(sys::allocate_aligned(t->stripe_count * sizeof(Stripe), alignof(Stripe), sys::Alloc::Ets));
  for (uint32_t i = 0; i < t->stripe_count; i++) new (&t->stripes[i]) Stripe;
  if (t->is_tree()) t->tree = tree::create();
  else hash::init(*t);
  if (o.heir.is_value()) set_heir(*t, o.heir, o.heir_data);
  if (o.named) {
    sys::Locked guard(lock);
    auto* slot = name_slot(name, true);
    if (slot->load()) {
      while (!free_contents(*t, ~size_t(0) >> 1)) {
      }
      t->release();
      return nullptr;
    }
    slot->store(t, std::memory_order_release);
    by_reference()[reference_key(t->ref_words)] = t;
  } else {
    sys::Locked guard(lock);
    by_reference()[reference_key(t->ref_words)] = t;
  }
  adopt_table(process, *t);
  return t;
}

Table* find_named(Term name) {
  auto* slot = name_slot(name, false);
  Table* t = slot ? slot->load(std::memory_order_acquire) : nullptr;
  return t && !t->deleted.load(std::memory_order_acquire) ? t : nullptr;
}
Table* find_table(Term id) {
  if (id.is_atom()) return find_named(id);
  Table* t = nullptr;
  if (auto magic = id.as<MagicRef>()) {
    if (magic->object->type != &Table::type_tag) return nullptr;
    t = static_cast<Table*>(magic->object);
  } else if (auto ref = id.as<Ref>()) {
    sys::Locked guard(lock);
    auto it = by_reference().find(reference_key(ref->words));
    if (it == by_reference().end()) return nullptr;
    t = it->second;
    if (t->ref_words[0] != ref->words[0] || t->ref_words[1] != ref->words[1]) return nullptr;
  }
  return t && !t->deleted.load(std::memory_order_acquire) ? t : nullptr;
}
bool rename_table(Table& t, Term name) {
  sys::Locked guard(lock);
  // Whoever deletes it clears its name's slot under this lock, or has done so: the slot may be another table's by now.
  if (t.deleted.load()) return false;
  if (t.named) {
    auto* slot = name_slot(name, true);
    if (slot->load()) return false;
    slot->store(&t, std::memory_order_release);
    name_slot(t.name.load(), true)->store(nullptr, std::memory_order_release);
  }
  t.name = name;
  return true;
}
bool unlink_table(Table& t) {
  if (t.deleted.exchange(true)) return false;
  {
    sys::Locked guard(lock);
    if (t.named) name_slot(t.name.load(), true)->store(nullptr, std::memory_order_release);
    by_reference().erase(reference_key(t.ref_words));
  }
  disown_table(t);
  Hold everyone_is_out(t, Hold::Write);
  return true;
}
bool free_contents(Table& t, size_t budget) {
  return t.is_tree() ? tree::free_some(t, budget) : hash::free_some(t, budget);
}
Table* take_contents(Table& t) {
  auto* taken = new Table;
  taken->MagicObject::type = &Table::type_tag;
  taken->type = t.type;
  taken->stripe_count = 0;
  if (t.is_tree()) {
    taken->tree = t.tree;
    t.tree = tree::create();
  } else {
    for (size_t i = 0; i < std::size(t.segments); i++) {
      taken->segments[i] = t.segments[i];
      t.segments[i] = nullptr;
    }
    taken->active.store(t.active.load());
    taken->mask.store(t.mask.load());
    hash::init(t);
  }
  for (uint32_t i = 0; i < t.stripe_count; i++) t.stripes[i].items = t.stripes[i].words = 0;
  return taken;
}
void forget_table(Table& t) {
  {
    sys::Locked guard(t.fix_lock);
    while (Fixer* f = t.fixers) {
      t.fixers = f->next;
      sys::destroy(f, sys::Alloc::Ets);
    }
  }
  // Terms may refer to the struct for long; what it takes goes as soon as nobody can be inside.
  retire(&t, [](void* p) {
    auto* table = static_cast<Table*>(p);
    drop_stripes(*table);
    table->release();
  });
}
Term table_id(Heap& heap, Table& t) {
  HeapWriter w = heap.reserve(Words(3));
  auto* r = reinterpret_cast<MagicRef*>(w.take(3));
  r->header = make_header(Kind::MagicRef, 2);
  r->object = &t;
  t.retain();
  w.link_off_heap(reinterpret_cast<OffHeap*>(r));
  return r->term();
}
Term table_name_or_id(Heap& heap, Table& t) { return t.named ? t.name.load() : table_id(heap, t); }
void for_each_table(void (*f)(Table&, void*), void* arg) {
  sys::Locked guard(lock);
  for (auto& [key, t] : by_reference()) f(*t, arg);
}
size_t table_count() {
  sys::Locked guard(lock);
  return by_reference().size();
}
std::vector<Term> neighbouring_names(Term name, size_t count) {
  std::vector<Term> names;
  uint32_t end = uint32_t(atom_count()), below = name.atom_index(), above = below + 1;
  while (names.size() < count && (below > 0 || above < end)) {
    if (above < end) names.push_back(Term::atom(above++));
    if (below > 0 && names.size() < count) names.push_back(Term::atom(--below));
  }
  return names;
}
size_t ets_memory_bytes() { return sys::allocated_bytes(sys::Alloc::Ets); }

}  // namespace joist::ets
