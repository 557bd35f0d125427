// Module persistent_term. Each association {Key, Value} is a literal area of its own, so a get copies nothing and every process may hold
// the value. The table is an open-addressing array behind one atomic pointer: readers take no lock, the writer (one at a time)
// publishes a new array when it must grow, or stores into a slot.
//
// A value that was replaced or erased may still be referred to from any heap: its area goes when every process has copied what it holds
// (bifs/literal_release.h).
#include "bifs/shared_state/persistent_term.h"

#include <atomic>
#include <vector>

#include "bifs/bif.h"
#include "bifs/list_builder.h"
#include "bifs/literal_release.h"
#include "gc/literal_area.h"
#include "gc/sharing_copy.h"
#include "vm/process/process_table.h"
#include "vm/sched/quiescence.h"
#include "vm/sys/lock.h"
#include "vm/term/compare.h"
#include "vm/term/hash.h"
#include "vm/term/map.h"

namespace joist {
namespace {

struct Association {
  LiteralArea* area;
  Term key, value;
  uint32_t hash;
  size_t words;
};

struct Table {
  size_t mask;
  std::atomic<Association*> slots[0];

  static Table* create(size_t capacity) {
    auto* t = static_cast<Table*>(calloc(1, sizeof(Table) + capacity * sizeof(std::atomic<Association*>)));
    t->mask = capacity - 1;
    return t;
  }
};

// Stands in the slot of an erased association, so that probing goes on.
Association erased{};

sys::Mutex writer(sys::LockRank::PersistentTerms);
constexpr size_t least_capacity = 8;
std::atomic<Table*> table{Table::create(least_capacity)};
size_t used_slots = 0, live = 0;   // writer's
std::atomic<size_t> live_words{0};

Association* find(Term key) {
  Table* t = table.load(std::memory_order_acquire);
  uint32_t hash = internal_hash(key);
  for (size_t i = hash & t->mask;; i = (i + 1) & t->mask) {
    Association* a = t->slots[i].load(std::memory_order_acquire);
    if (!a) return nullptr;
    if (a != &erased && a->hash == hash && terms_equal(a->key, key)) return a;
  }
}

std::atomic<Association*>& slot_of(Table* t, Term key, uint32_t hash) {
  for (size_t i = hash & t->mask;; i = (i + 1) & t->mask) {
    Association* a = t->slots[i].load(std::memory_order_relaxed);
    if (!a || (a != &erased && a->hash == hash && terms_equal(a->key, key))) return t->slots[i];
  }
}

void rebuild(size_t capacity) {
  Table* old = table.load();
  Table* fresh = Table::create(capacity);
  for (size_t i = 0; i <= old->mask; i++) {
    Association* a = old->slots[i].load();
    if (a && a != &erased) slot_of(fresh, a->key, a->hash).store(a);
  }
  used_slots = live;
  table.store(fresh, std::memory_order_release);
  retire(old, free);
}

// At most half full, as OTP's table; what was erased counts until it is three quarters.
void make_room_for_one() {
  size_t capacity = table.load()->mask + 1;
  if ((live + 1) * 2 > capacity) rebuild(capacity * 2);
  else if ((used_slots + 1) * 4 > capacity * 3) rebuild(capacity);
}
// At least a quarter full, but for the smallest.
void shrink_when_empty() {
  size_t capacity = table.load()->mask + 1;
  if (capacity > least_capacity && live * 4 < capacity) rebuild(capacity / 2);
}

// No longer in the table; readers may still look at the struct.
void drop(Association* a) {
  if (a->words) release_literals(a->area);
  else literal_area_destroy(a->area);
  retire(a, [](void* p) { delete static_cast<Association*>(p); });
}

Association* make(Term key, Term value, SharingCopy& sharing, size_t words) {
  auto* a = new Association;
  a->area = literal_area_create(Words(words));
  HeapWriter w = a->area->writer();
  a->key = sharing.copy(key, w);
  a->value = sharing.copy(value, w);
  a->area->top = w.at();
  a->hash = internal_hash(key);
  a->words = words;
  return a;
}

template <class F>
void each(F f) {
  Table* t = table.load(std::memory_order_acquire);
  for (size_t i = 0; i <= t->mask; i++) {
    Association* a = t->slots[i].load(std::memory_order_acquire);
    if (a && a != &erased) f(*a);
  }
}

}  // namespace

void for_each_persistent_term(void (*f)(Term key, Term value, void* argument), void* argument) {
  each([&](Association& a) { f(a.key, a.value, argument); });
}

size_t persistent_term_slots() { return table.load()->mask + 1; }

BIF(persistent_term, put, 2) {
  QuiescentSection section;
  Association* old = find(c.arg(0));
  if (old && terms_equal(old->value, c.arg(1))) return atom::ok;
  SharingCopy sharing(true);
  size_t key_words = sharing.words(c.arg(0));
  size_t value_words = sharing.words(c.arg(1), c.beside ? SIZE_MAX : long_native_work);
  if (value_words == SharingCopy::too_long) return c.elsewhere();
  Association* fresh = make(c.arg(0), c.arg(1), sharing, key_words + value_words);
  {
    sys::Locked lock(writer);
    // Its caller was killed meanwhile: who knows that must not see the term come.
    if (c.beside && !find_process(c.process.pid)) {
      literal_area_destroy(fresh->area);
      delete fresh;
      return atom::ok;
    }
    old = find(c.arg(0));
    if (!old) make_room_for_one();
    auto& slot = slot_of(table.load(), c.arg(0), fresh->hash);
    slot.store(fresh, std::memory_order_release);
    live_words += fresh->words - (old ? old->words : 0);
    if (!old) used_slots++, live++;
    c.charge(fresh->words / 16);
  }
  if (old) drop(old);
  return atom::ok;
}

Term find_persistent_term(Term key) {
  Association* a = find(key);
  return a ? a->value : Term();
}

BIF(persistent_term, get, 1) {
  Association* a = find(c.arg(0));
  return a ? NativeResult(a->value) : badarg();
}
BIF(persistent_term, get, 2) {
  Association* a = find(c.arg(0));
  return a ? a->value : c.arg(1);
}

BIF(persistent_term, get, 0) {
  std::vector<Association*> all;
  each([&](Association& a) { all.push_back(&a); });
  HeapWriter w = c.heap().reserve(Words(5 * all.size()));
  Term list = nil;
  for (Association* a : all) {
    Term pair = w.tuple(a->key, a->value);
    list = w.cons(pair, list);
  }
  return list;
}

BIF(persistent_term, erase, 1) {
  Association* a;
  {
    sys::Locked lock(writer);
    a = find(c.arg(0));
    if (!a) return atom::false_;
    slot_of(table.load(), c.arg(0), a->hash).store(&erased, std::memory_order_release);
    live--;
    live_words -= a->words;
    shrink_when_empty();
  }
  drop(a);
  return atom::true_;
}

BIF(erts_internal, erase_persistent_terms, 0) {
  Table* old;
  {
    sys::Locked lock(writer);
    old = table.load();
    table.store(Table::create(least_capacity), std::memory_order_release);
    used_slots = live = 0;
    live_words = 0;
  }
  for (size_t i = 0; i <= old->mask; i++) {
    if (Association* a = old->slots[i].load(); a && a != &erased) drop(a);
  }
  retire(old, free);
  return atom::ok;
}

BIF(persistent_term, info, 0) {
  size_t count = 0;
  each([&](Association&) { count++; });
  size_t bytes = live_words.load() * sizeof(Word) + count * sizeof(Association) + (table.load()->mask + 1) * sizeof(void*);
  Term pairs[] = {atom::count, Term::small(count), atom::memory, Term::small(bytes)};
  return map::from_pairs(c.heap(), pairs, 2);
}

}  // namespace joist
