// One object at a time: insert, lookup, delete, first and next.
#include <algorithm>
#include <vector>

#include "bifs/ets/common.h"
#include "vm/process/process.h"
#include "vm/sched/quiescence.h"

namespace joist {

using namespace ets;

namespace {

// Caller holds the stripe.
bool is_member(Table& t, Term key) {
  return t.is_tree() ? tree::find(t, key) != nullptr : hash::find(t, key, hash_key(key)) != nullptr;
}

// Caller holds the stripe, or all of them.
void put(Table& t, Object* o, uint32_t hash) {
  if (t.is_tree()) tree::put(t, o);
  else hash::put(t, o, hash);
}
NativeResult put_one(NativeCall& c, Table& t, Term object, bool only_new) {
  Term key = key_of(t, object);
  uint32_t hash = lock_hash(t, key);
  Object* o = only_new ? nullptr : Object::create(t, object);
  {
    Hold hold(t, hash, Hold::Write);
    if (t.deleted.load(std::memory_order_acquire)) {
      if (o) Object::destroy(o);
      return c.badarg(atom::id);
    }
    if (only_new) {
      if (is_member(t, key)) return atom::false_;
      o = Object::create(t, object);
    }
    put(t, o, hash);
  }
  if (!t.is_tree()) hash::adapt(t, hash);
  return atom::true_;
}

enum class Checked : uint8_t { Good, Bad };
Checked check_list(Table& t, Term list, size_t* n) {
  for (; list.is_cons(); list = list.as_cons()->tail) {
    if (!good_object(t, list.as_cons()->head)) return Checked::Bad;
    ++*n;
  }
  return list.is_nil() ? Checked::Good : Checked::Bad;
}

// A list's objects on their way into a table, copied over several slices. The table may get another name, or be deleted, meanwhile: then
// nothing is inserted.
struct Inserting final : NativeState {
  Table& table;                  // retained
  Term rest;                     // not copied yet
  std::vector<Object*> objects;  // copied, not in the table yet
  Inserting(Table& t, Term list) : table(t), rest(list) { table.retain(); }
  ~Inserting() override {
    for (Object* o : objects) Object::destroy(o);
    table.release();
  }
  void visit_roots(RootVisitor& visitor) override { visitor.visit(rest); }
};

// Does the identifier that the native was called with still stand for the table? The caller holds a stripe.
bool still_meant(const Table& t, Term id) {
  if (t.deleted.load(std::memory_order_acquire)) return false;
  return !id.is_atom() || (t.named && t.name.load(std::memory_order_relaxed).same(id));
}

// A list is inserted as one operation: all stripes are held, and nobody sees a part of it.
NativeResult put_all(NativeCall& c, Table& t, std::vector<Object*>& objects, bool only_new) {
  if (t.type == Type::Bag) std::reverse(objects.begin(), objects.end());  // the order in which OTP has them
  {
    Hold hold(t, Hold::Write);
    if (!still_meant(t, c.arg(0))) return c.badarg(atom::id);
    for (Object* o : objects)
      if (only_new && is_member(t, o->key(t.key_position))) return atom::false_;
    for (Object* o : objects) {
      uint32_t hash = lock_hash(t, o->key(t.key_position));
      put(t, o, hash);
      if (!t.is_tree()) hash::adapt_held(t, hash);
    }
    objects.clear();
  }
  return atom::true_;
}

NativeResult copy_and_put(NativeCall& c, Inserting& s, bool only_new, bool may_yield) {
  if (s.table.deleted.load(std::memory_order_acquire)) return c.badarg(atom::id);
  while (s.rest.is_cons()) {
    Object* o = Object::create(s.table, s.rest.as_cons()->head);
    s.objects.push_back(o);
    s.rest = s.rest.as_cons()->tail;
    c.charge(1 + o->words / 64);
    if (may_yield && s.rest.is_cons() && turn_is_over(c)) return c.again();
  }
  return put_all(c, s.table, s.objects, only_new);
}

// Long lists keep their progress on the process.
NativeResult insert_list(NativeCall& c, Table& t, size_t length, bool only_new) {
  if (length > 100) {
    auto* s = new Inserting(t, c.arg(1));
    c.set_state(s);
    s->objects.reserve(length);
    return copy_and_put(c, *s, only_new, true);
  }
  Inserting s(t, c.arg(1));
  s.objects.reserve(length);
  return copy_and_put(c, s, only_new, false);
}

NativeResult insert_now(NativeCall& c, bool only_new) {
  TABLE_ARGUMENT(t, c.arg(0), Write);
  Term what = c.arg(1);
  if (what.is_list()) {
    size_t n = 0;
    if (check_list(*t, what, &n) == Checked::Bad) return badarg();
    if (n == 0) return atom::true_;
    if (c.beside) {
      Inserting s(*t, what);
      return copy_and_put(c, s, only_new, false);
    }
    if (must_go_elsewhere(c, *t, n)) return c.elsewhere();
    if (n > 1) return insert_list(c, *t, n, only_new);
    what = what.as_cons()->head;
  }
  if (!good_object(*t, what)) return badarg();
  return put_one(c, *t, what, only_new);
}

NativeResult insert(NativeCall& c, bool only_new) {
  if (auto* s = c.state<Inserting>()) return copy_and_put(c, *s, only_new, true);
  if (!c.beside) [[likely]] return insert_now(c, only_new);
  QuiescentSection section;
  return insert_now(c, only_new);
}

}  // namespace

BIF(ets, insert, 2) { return insert(c, false); }
BIF(ets, insert_new, 2) { return insert(c, true); }

namespace {
// Objects with the key as a list, in order of insertion.
Term collect_key(NativeCall& c, Table& t, Term key, uint32_t hash) {
  if (t.is_tree()) {
    Object* o = tree::find(t, key);
    if (!o) return nil;
    HeapWriter w = c.heap().reserve(Words(o->copy_words() + 2));
    Term copy = o->copy_to(w);
    return w.cons(copy, nil);
  }
  Term list = nil;
  for (Object* o = hash::find(t, key, hash); o && hash::has_key(t, o, key, hash); o = o->next) {
    if (o->deleted) continue;
    HeapWriter w = c.heap().reserve(Words(o->copy_words() + 2));
    Term copy = o->copy_to(w);
    list = w.cons(copy, list);
    if (t.type == Type::Set) break;
    c.charge(1);
  }
  return list;
}
}  // namespace

BIF(ets, lookup, 2) {
  TABLE_ARGUMENT(t, c.arg(0), Read);
  uint32_t hash = lock_hash(*t, c.arg(1));
  Hold hold(*t, hash, Hold::Read);
  TABLE_STILL_THERE(t);
  return collect_key(c, *t, c.arg(1), hash);
}

BIF(ets, member, 2) {
  TABLE_ARGUMENT(t, c.arg(0), Read);
  uint32_t hash = lock_hash(*t, c.arg(1));
  Hold hold(*t, hash, Hold::Read);
  TABLE_STILL_THERE(t);
  return boolean(t->is_tree() ? tree::find(*t, c.arg(1)) != nullptr : hash::find(*t, c.arg(1), hash) != nullptr);
}

BIF(ets, lookup_element, 3) {
  TABLE_ARGUMENT(t, c.arg(0), Read);
  Term key = c.arg(1), position = c.arg(2);
  if (!position.is_small() || position.small_value() < 1) return badarg();
  size_t at = size_t(position.small_value());
  uint32_t hash = lock_hash(*t, key);
  Hold hold(*t, hash, Hold::Read);
  TABLE_STILL_THERE(t);
  Object* o = t->is_tree() ? tree::find(*t, key) : hash::find(*t, key, hash);
  if (!o) return c.badarg(atom::badkey);
  if (t->is_tree() || t->type == Type::Set) {
    OpenedObject object(*o);
    if (at > object.arity()) return badarg();
    return copy_part(c.heap(), object.element(at));
  }
  Term list = nil;
  for (; o && hash::has_key(*t, o, key, hash); o = o->next) {
    if (o->deleted) continue;
    OpenedObject object(*o);
    if (at > object.arity()) return badarg();
    Term part = copy_part(c.heap(), object.element(at));
    list = c.heap().reserve(Words(2)).cons(part, list);
  }
  return list;
}

BIF(ets, take, 2) {
  TABLE_ARGUMENT(t, c.arg(0), Write);
  uint32_t hash = lock_hash(*t, c.arg(1));
  Term list;
  {
    Hold hold(*t, hash, Hold::Write);
    TABLE_STILL_THERE(t);
    list = collect_key(c, *t, c.arg(1), hash);
    if (list.is_nil()) return list;
    if (t->is_tree()) tree::erase(*t, c.arg(1));
    else hash::erase(*t, c.arg(1), hash);
  }
  if (!t->is_tree()) hash::adapt(*t, hash);
  return list;
}

BIF(ets, delete, 2) {
  TABLE_ARGUMENT(t, c.arg(0), Write);
  uint32_t hash = lock_hash(*t, c.arg(1));
  {
    Hold hold(*t, hash, Hold::Write);
    TABLE_STILL_THERE(t);
    if (t->is_tree()) tree::erase(*t, c.arg(1));
    else hash::erase(*t, c.arg(1), hash);
  }
  if (!t->is_tree()) hash::adapt(*t, hash);
  return atom::true_;
}

BIF(ets, delete_object, 2) {
  TABLE_ARGUMENT(t, c.arg(0), Write);
  if (!good_object(*t, c.arg(1))) return badarg();
  Term key = key_of(*t, c.arg(1));
  uint32_t hash = lock_hash(*t, key);
  {
    Hold hold(*t, hash, Hold::Write);
    TABLE_STILL_THERE(t);
    if (t->is_tree()) {
      Object* o = tree::find(*t, key);
      if (o && terms_equal(OpenedObject(*o).term(), c.arg(1))) tree::erase(*t, key);
    } else {
      hash::erase_object(*t, c.arg(1), hash);
    }
  }
  if (!t->is_tree()) hash::adapt(*t, hash);
  return atom::true_;
}

namespace {
// A hash table has no order: its last key is its first.
NativeResult key_at_end(NativeCall& c, tree::Cursor (*end)(Table&)) {
  TABLE_ARGUMENT(t, c.arg(0), Read);
  if (t->is_tree()) {
    Hold hold(*t, 0, Hold::Read);
    TABLE_STILL_THERE(t);
    return key_at(c, *t, end(*t));
  }
  return first_hash_key(c, *t, false);
}
NativeResult key_beside(NativeCall& c, tree::Cursor (*beside)(Table&, Term, bool or_equal), int32_t ahead) {
  TABLE_ARGUMENT(t, c.arg(0), Read);
  if (!t->is_tree()) return next_hash_key(c, *t, false);
  if (c.arg(1).same(atom::end_of_table)) return badarg();  // no key of an ordered set to go on from
  Hold hold(*t, 0, Hold::Read);
  TABLE_STILL_THERE(t);
  tree::Cursor at = beside(*t, c.arg(1), false);
  tree::prefetch(at, ahead);
  return key_at(c, *t, at);
}
}  // namespace

BIF(ets, first, 1) { return key_at_end(c, tree::first); }
BIF(ets, last, 1) { return key_at_end(c, tree::last); }
BIF(ets, next, 2) { return key_beside(c, tree::after, tree::prefetch_distance); }
BIF(ets, prev, 2) { return key_beside(c, tree::before, -tree::prefetch_distance); }

// The objects of one bucket, or the one at this place of an ordered set.
BIF(ets, slot, 2) {
  TABLE_ARGUMENT(t, c.arg(0), Read);
  Term at = c.arg(1);
  if (!at.is_small() || at.small_value() < 0) return badarg();
  size_t i = size_t(at.small_value());
  if (t->is_tree()) {
    Hold hold(*t, 0, Hold::Read);
    TABLE_STILL_THERE(t);
    if (i > t->size()) return badarg();
    if (i == t->size()) return atom::end_of_table;
    tree::Cursor at_slot = tree::first(*t);
    for (; i > 0; i--) at_slot = tree::next(at_slot);
    Term copy = at_slot.object()->copy_to(c.heap());
    return c.heap().reserve(Words(2)).cons(copy, nil);
  }
  Hold hold(*t, uint32_t(i), Hold::Read);
  TABLE_STILL_THERE(t);
  if (i > t->active.load()) return badarg();
  if (i == t->active.load()) return atom::end_of_table;
  Term list = nil;
  for (Object* o = *hash::bucket(*t, uint32_t(i)); o; o = o->next) {
    if (o->deleted) continue;
    Term copy = o->copy_to(c.heap());
    list = c.heap().reserve(Words(2)).cons(copy, list);
  }
  return list;
}

}  // namespace joist
