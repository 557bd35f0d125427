// Linear hashing: buckets are split one at a time as objects come and joined as they go, so no operation is long.
//
// A bucket's stripe is its index modulo the number of stripes; a bucket and the one that it is split into share their stripe
// (both counts are powers of two, and there are never fewer buckets than stripes). So `active` and `mask` may change while a
// stripe is held, but never in a way that moves that stripe's objects.
//
// While a table is fixed, buckets neither split nor join and deleted objects stay in their chain, marked.
#include "vm/ets/hash.h"

#include <optional>

#include "vm/ets/packed.h"
#include "vm/sys/memory.h"
#include "vm/term/atom.h"
#include "vm/term/compare.h"
#include "vm/term/hash.h"

namespace joist::ets {

uint32_t hash_key(Term key) { return (key.is_atom() ? atom_hash(key) : internal_hash(key)) & hash_mask; }

namespace hash {
namespace {

// OTP joins buckets only in tables of three segments and more, when half of the slots below the last segment would do.
int64_t shrink_limit(uint32_t active) {
  constexpr int64_t segment = 2048;
  int64_t slots = first_segment + (int64_t(active) - first_segment + segment - 1) / segment * segment;
  return slots >= first_segment + 2 * segment ? (slots - segment) / 2 : 0;
}

Stripe& stripe_of(Table& t, uint32_t hash) { return t.stripes[hash & (t.stripe_count - 1)]; }
int64_t items_estimate(Table& t, uint32_t hash) {
  return stripe_of(t, hash).items.load(std::memory_order_relaxed) * int64_t(t.stripe_count);
}
void count(Table& t, uint32_t hash, int64_t items, int64_t words) {
  Stripe& s = stripe_of(t, hash);
  s.items.store(s.items.load(std::memory_order_relaxed) + items, std::memory_order_relaxed);
  s.words.store(s.words.load(std::memory_order_relaxed) + words, std::memory_order_relaxed);
}

bool begin_resize(Table& t) { return !t.resizing.exchange(true, std::memory_order_acquire); }
void end_resize(Table& t) { t.resizing.store(false, std::memory_order_release); }

// Removes marked objects of a chain (its stripe is held for writing).
void purge_chain(Table& t, Object** at) {
  if (t.pseudo_deleted.load(std::memory_order_relaxed) == 0) return;
  while (Object* o = *at) {
    if (o->deleted) {
      *at = o->next;
      Object::destroy(o);
      t.pseudo_deleted.fetch_sub(1, std::memory_order_relaxed);
    } else {
      at = &o->next;
    }
  }
}

// The buckets behind `from` will be split soon, one by one: fetches the next object of each of their chains. Those of bags are long.
void fetch_chains(Table& t, uint32_t from) {
  uint32_t ahead = t.type == Type::Set ? 2 : 6;
  for (uint32_t i = 1; i <= ahead && from + i < t.active.load(std::memory_order_relaxed); i++) {
    Object* o = *bucket(t, from + i);
    for (uint32_t fetched = ahead - i; o && fetched > 0; fetched--) o = o->next;
    __builtin_prefetch(o);
  }
}

// Makes one bucket of its two new ones. `held`: the caller holds all stripes for writing.
bool grow_once(Table& t, uint32_t hash, bool held) {
  if (!begin_resize(t)) return false;
  uint32_t active = t.active.load(), mask = t.mask.load();
  if (items_estimate(t, hash) <= int64_t(active) || active >= (1u << 30)) {
    end_resize(t);
    return false;
  }
  uint32_t from = active & (mask >> 1);
  if (active > mask) {
    from = 0;
    mask = mask * 2 + 1;
  }
  uint32_t to = active;
  size_t segment = size_t(std::bit_width(to / first_segment));
  std::optional<Hold> hold;
  if (!held) hold.emplace(t, from, Hold::Write);
  if (t.fixed.load() || t.deleted.load() || t.active.load() != active) {
    end_resize(t);
    return false;
  }
  if (!t.segments[segment])
    t.segments[segment] = static_cast<Object**>(sys::allocate_zeroed(segment_size(segment) * sizeof(Object*), sys::Alloc::Ets));
  t.active.store(active + 1);
  t.mask.store(mask);
  end_resize(t);
  Object** stay = bucket(t, from);
  Object** go = bucket(t, to);
  purge_chain(t, stay);
  Object* o = *stay;
  while (o) {
    Object* next = o->next;
    if ((o->hash & mask) == to) {
      *go = o;
      go = &o->next;
    } else {
      *stay = o;
      stay = &o->next;
    }
    o = next;
  }
  *stay = *go = nullptr;
  if (t.stripe_count == 1) fetch_chains(t, from);
  return true;
}

bool shrink_once(Table& t, uint32_t hash) {
  if (!begin_resize(t)) return false;
  uint32_t active = t.active.load(), mask = t.mask.load();
  if (items_estimate(t, hash) >= shrink_limit(active) || active <= first_segment) {
    end_resize(t);
    return false;
  }
  uint32_t from = active - 1, low = mask >> 1, to = from & low;
  Hold hold(t, to, Hold::Write);
  if (t.fixed.load() || t.deleted.load() || t.active.load() != active) {
    end_resize(t);
    return false;
  }
  t.active.store(from);
  if (to == 0) t.mask.store(low);
  end_resize(t);
  Object** source = bucket(t, from);
  Object** target = bucket(t, to);
  Object* tail = *target;
  *target = *source;
  *source = nullptr;
  purge_chain(t, target);
  while (*target) target = &(*target)->next;
  *target = tail;
  return true;
}

}  // namespace

void init(Table& t) {
  t.segments[0] = static_cast<Object**>(sys::allocate_zeroed(first_segment * sizeof(Object*), sys::Alloc::Ets));
  t.active = first_segment;
  t.mask = first_segment - 1;
}

uint32_t bucket_of(Table& t, uint32_t hash) {
  uint32_t mask = t.mask.load(std::memory_order_relaxed), i = hash & mask;
  return i < t.active.load(std::memory_order_relaxed) ? i : i & (mask >> 1);
}

bool has_key(const Table& t, const Object* o, Term key, uint32_t hash) {
  return o->hash == hash && terms_equal(o->key(t.key_position), key);
}
Object* find(Table& t, Term key, uint32_t hash) {
  for (Object* o = *bucket(t, bucket_of(t, hash)); o; o = o->next) {
    if (has_key(t, o, key, hash) && !o->deleted) return o;
  }
  return nullptr;
}

void put(Table& t, Object* object, uint32_t hash) {
  object->hash = hash;
  Term key = object->key(t.key_position);
  Object** at = bucket(t, bucket_of(t, hash));
  while (*at && !has_key(t, *at, key, hash)) at = &(*at)->next;
  Object* same = *at;
  if (same && t.type == Type::Set) {
    if (same->deleted) {
      t.pseudo_deleted.fetch_sub(1, std::memory_order_relaxed);
      count(t, hash, 1, object->words);
    } else {
      count(t, hash, 0, int64_t(object->words) - int64_t(same->words));
    }
    object->next = same->next;
    *at = object;
    Object::destroy(same);
    return;
  }
  if (same && t.type == Type::Bag) {
    for (Object** p = at; *p && has_key(t, *p, key, hash); p = &(*p)->next) {
      Object* o = *p;
      if (!terms_equal(OpenedObject(*o).term(), OpenedObject(*object).term())) continue;
      if (o->deleted) {
        o->deleted = 0;
        t.pseudo_deleted.fetch_sub(1, std::memory_order_relaxed);
        count(t, hash, 1, o->words);
        if (p != at) {  // to the front of its key: order of insertion
          *p = o->next;
          o->next = *at;
          *at = o;
        }
      }
      Object::destroy(object);
      return;
    }
  }
  object->next = *at;
  *at = object;
  count(t, hash, 1, object->words);
}

void replace(Table& t, Object* old, Object* fresh, uint32_t hash) {
  Object** at = bucket(t, bucket_of(t, hash));
  while (*at != old) at = &(*at)->next;
  fresh->hash = hash;
  fresh->next = old->next;
  *at = fresh;
  count(t, hash, 0, int64_t(fresh->words) - int64_t(old->words));
  Object::destroy(old);
}

namespace {
// Takes *at out of the chain, or marks it; returns where the chain goes on.
Object** drop(Table& t, Object** at, uint32_t hash, uint32_t own_fixes = 0) {
  Object* o = *at;
  count(t, hash, -1, -int64_t(o->words));
  if (t.fixed.load() > own_fixes) {
    o->deleted = 1;
    t.pseudo_deleted.fetch_add(1, std::memory_order_relaxed);
    return &o->next;
  }
  *at = o->next;
  Object::destroy(o);
  return at;
}
}  // namespace

size_t erase(Table& t, Term key, uint32_t hash) {
  size_t n = 0;
  Object** at = bucket(t, bucket_of(t, hash));
  while (*at && !has_key(t, *at, key, hash)) at = &(*at)->next;
  while (*at && has_key(t, *at, key, hash)) {
    if ((*at)->deleted) {
      at = &(*at)->next;
    } else {
      at = drop(t, at, hash);
      n++;
    }
  }
  return n;
}
size_t erase_object(Table& t, Term tuple, uint32_t hash) {
  size_t n = 0;
  Object** at = bucket(t, bucket_of(t, hash));
  while (*at) {
    if ((*at)->hash == hash && !(*at)->deleted && terms_equal(OpenedObject(**at).term(), tuple)) {
      at = drop(t, at, hash);
      n++;
    } else {
      at = &(*at)->next;
    }
  }
  return n;
}
void erase_one(Table& t, Object* object, uint32_t hash, uint32_t own_fixes) {
  Object** at = bucket(t, bucket_of(t, hash));
  while (*at != object) at = &(*at)->next;
  drop(t, at, hash, own_fixes);
}

void adapt(Table& t, uint32_t hash) {
  if (t.fixed.load(std::memory_order_relaxed)) return;
  int64_t items = items_estimate(t, hash);
  uint32_t active = t.active.load(std::memory_order_relaxed);
  if (items > int64_t(active)) {
    for (int i = 0; i < 5 && grow_once(t, hash, false); i++) {
    }
  } else if (items < shrink_limit(active)) {
    for (int i = 0; i < 5 && shrink_once(t, hash); i++) {
    }
  }
}

void adapt_held(Table& t, uint32_t hash) {
  if (t.fixed.load(std::memory_order_relaxed)) return;
  while (items_estimate(t, hash) > int64_t(t.active.load(std::memory_order_relaxed)) && grow_once(t, hash, true)) {
  }
}

namespace {
bool from_bucket(Table& t, uint32_t index, void (*use)(Object*, void*), void* arg, bool with_deleted) {
  for (;;) {
    Hold hold(t, index, Hold::Read);
    do {
      if (t.deleted.load() || index >= t.active.load()) return false;
      for (Object* o = *bucket(t, index); o; o = o->next) {
        if (o->deleted && !with_deleted) continue;
        use(o, arg);
        return true;
      }
      index++;
    } while (t.stripe_count == 1);
  }
}
}  // namespace

bool first(Table& t, void (*use)(Object*, void*), void* arg, bool with_deleted) { return from_bucket(t, 0, use, arg, with_deleted); }

Next next(Table& t, Term key, void (*use)(Object*, void*), void* arg, bool with_deleted) {
  uint32_t hash = hash_key(key), index;
  {
    Hold hold(t, hash, Hold::Read);
    if (t.deleted.load()) return Next::BadKey;
    index = bucket_of(t, hash);
    Object* o = *bucket(t, index);
    while (o && !has_key(t, o, key, hash)) o = o->next;  // a marked one will do
    if (!o) return Next::BadKey;
    for (o = o->next; o; o = o->next) {
      if ((o->deleted && !with_deleted) || (t.type != Type::Set && has_key(t, o, key, hash))) continue;
      use(o, arg);
      return Next::Found;
    }
  }
  return from_bucket(t, index + 1, use, arg, with_deleted) ? Next::Found : Next::End;
}

bool free_some(Table& t, size_t budget) {
  uint32_t i = t.active.load();
  size_t freed = 0;
  while (i > 0) {
    Object** at = bucket(t, i - 1);
    while (*at) {
      if (freed++ >= budget) {
        t.active.store(i);
        return false;
      }
      Object* o = *at;
      *at = o->next;
      Object::destroy(o);
    }
    i--;
    if (i % 64 == 0) freed++;
  }
  t.active.store(0);
  for (auto& s : t.segments) {
    sys::release(s, sys::Alloc::Ets);
    s = nullptr;
  }
  return true;
}

void purge(Table& t) {
  for (uint32_t i = 0; i < t.active.load() && t.pseudo_deleted.load(); i++) {
    Hold hold(t, i, Hold::Write);
    if (t.fixed.load() || t.deleted.load()) return;
    if (i < t.active.load()) purge_chain(t, bucket(t, i));
  }
}

}  // namespace hash
}  // namespace joist::ets
