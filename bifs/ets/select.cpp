#include "bifs/ets/select.h"

#include "vm/process/process.h"

namespace joist::ets {

Select::~Select() {
  if (fixed) unfix(*table);
  if (table) table->release();
  if (program) program->release();
}
void Select::visit_roots(RootVisitor& v) {
  v.visit(list);
  v.visit(key);
}
void Select::use(Table& t, match::Program* p) {
  table = &t;
  t.retain();
  program = p;
}

// When every head binds the key, only those objects are looked at.
void Select::find_keys() {
  if (!program) return;
  if (table->is_tree() && program->clause_count == 1) {
    auto head = program->heads[0].as<Tuple>();
    if (head && head->arity() >= table->key_position) {
      Term key_pattern = head->at(table->key_position - 1);
      if (key_pattern.is_cons() || key_pattern.is<Tuple>()) prefix = key_pattern;
    }
  }
  for (uint32_t i = 0; i < program->clause_count; i++) {
    Term head = program->heads[i];
    if (head.same(atom::underscore) || match::variable_number(head) >= 0) return;
    auto tuple = head.as<Tuple>();
    if (!tuple || tuple->arity() < table->key_position) continue;  // matches nothing
    Term k = tuple->at(table->key_position - 1);
    if (match::has_variable(k)) {
      keys.clear();
      return;
    }
    bool known = false;
    for (Term other : keys) known = known || (table->is_tree() ? compare_terms(other, k) == 0 : terms_equal(other, k));
    if (!known) keys.push_back(k);
  }
  by_keys = !table->is_tree() || !chunked || keys.size() < 2;
  if (table->is_tree()) {  // results come in key order
    for (size_t i = 1; i < keys.size(); i++) {
      for (size_t j = i; j > 0 && (compare_terms(keys[j - 1], keys[j]) > 0) != reverse; j--) std::swap(keys[j - 1], keys[j]);
    }
  }
}

namespace {

// Runs the program on one object. True when it is to be deleted; *fresh may be set to its replacement.
bool visit(NativeCall& c, Select& s, Object* o, Object** fresh) {
  if (!s.program) {
    s.list = c.heap().reserve(Words(2)).cons(o->copy_to(c.heap()), s.list);
    s.found++;
    c.charge(1);
    return false;
  }
  OpenedObject object(*o);
  match::Run run{.process = c.process, .heap = c.heap(), .subject = object.term()};
  run.copy = s.action == Action::Collect;
  Term result = match::run(*s.program, run);
  c.charge(1 + run.steps / 16);
  if (result.is_non_value()) return false;
  switch (s.action) {
    case Action::Collect:
      s.list = c.heap().reserve(Words(2)).cons(result, s.list);
      s.found++;
      return false;
    case Action::Count:
      s.found += result.same(atom::true_);
      return false;
    case Action::Delete:
      if (!result.same(atom::true_)) return false;
      s.found++;
      return true;
    case Action::Replace:
      if (!good_object(*s.table, result)) return false;
      *fresh = Object::create(*s.table, result);
      s.found++;
      return false;
  }
  return false;
}

bool writes(const Select& s) { return s.action == Action::Delete || s.action == Action::Replace; }

// A chain under its stripe; only objects with `key` when it is a value.
void walk_chain(NativeCall& c, Select& s, uint32_t bucket_index, Term key, uint32_t hash) {
  Table& t = *s.table;
  Object* o = *hash::bucket(t, bucket_index);
  while (o) {
    Object* next = o->next;
    Object* fresh = nullptr;
    if (!o->deleted && (key.is_non_value() || hash::has_key(t, o, key, hash))) {
      bool gone = visit(c, s, o, &fresh);
      if (gone) hash::erase_one(t, o, o->hash, s.fixed);
      else if (fresh) hash::replace(t, o, fresh, o->hash);
    }
    o = next;
  }
}

constexpr size_t buckets_per_hold = 200;  // then writers get a turn
constexpr uint32_t buckets_ahead = 6;     // whose objects are fetched from memory meanwhile
constexpr uint32_t fetches_from = 1024;   // buckets: the objects of smaller tables are near

// Objects lie anywhere, and the walk would wait for each: the first of a chain is fetched well ahead, the second when the first is
// there.
void prefetch_chains(Table& t, uint32_t slot) {
  auto fetch = [](const Object* o) {
    __builtin_prefetch(o);
    __builtin_prefetch(o->data + 8);
  };
  if (slot + buckets_ahead >= t.active.load(std::memory_order_relaxed)) return;
  if (const Object* o = *hash::bucket(t, slot + buckets_ahead)) fetch(o);
  if (const Object* o = *hash::bucket(t, slot + buckets_ahead / 2); o && o->next) fetch(o->next);
}

bool walk_hash(NativeCall& c, Select& s) {
  Table& t = *s.table;
  Hold::Mode mode = writes(s) ? Hold::Write : Hold::Read;
  if (s.by_keys) {
    for (; s.next_key < s.keys.size(); s.next_key++) {
      Term key = s.keys[s.next_key];
      uint32_t hash = hash_key(key);
      Hold hold(t, hash, mode);
      if (t.deleted.load()) break;
      walk_chain(c, s, hash::bucket_of(t, hash), key, hash);
    }
    s.end = true;
    return true;
  }
  const bool fetches = t.stripe_count == 1 && t.active.load(std::memory_order_relaxed) >= fetches_from;
  for (;;) {
    Hold hold(t, s.slot, mode);
    for (size_t n = 0; n < buckets_per_hold; n++) {
      if (s.slot >= t.active.load() || t.deleted.load()) {
        s.end = true;
        return true;
      }
      c.charge(s.slot % 4 == 0);
      if (fetches) prefetch_chains(t, s.slot);
      if (*hash::bucket(t, s.slot)) walk_chain(c, s, s.slot, Term(), 0);
      s.slot++;
      if (s.chunked && s.found >= s.limit) return true;
      if (turn_is_over(c)) return false;
      if (t.stripe_count > 1) break;  // the next bucket is another stripe's
    }
  }
}

constexpr size_t objects_per_hold = 500;  // ordered set: then writers get a turn

bool at_or_beyond(Term key, void* prefix) { return match::compare_prefix(*static_cast<Term*>(prefix), key) <= 0; }
bool beyond(Term key, void* prefix) { return match::compare_prefix(*static_cast<Term*>(prefix), key) < 0; }
tree::Cursor range_start(Select& s) {
  return s.prefix.is_value() ? tree::first_beyond(*s.table, at_or_beyond, &s.prefix) : tree::first(*s.table);
}
tree::Cursor range_end(Select& s) {
  if (s.prefix.is_non_value()) return tree::last(*s.table);
  tree::Cursor c = tree::first_beyond(*s.table, beyond, &s.prefix);
  return c ? tree::previous(c) : tree::last(*s.table);
}
// The place behind the last one of the walk.
tree::Cursor range_stop(Select& s) {
  if (s.prefix.is_non_value()) return {};
  if (!s.reverse) return tree::first_beyond(*s.table, beyond, &s.prefix);
  tree::Cursor c = tree::first_beyond(*s.table, at_or_beyond, &s.prefix);
  return c ? tree::previous(c) : tree::last(*s.table);
}
bool same_place(tree::Cursor a, tree::Cursor b) { return a.leaf == b.leaf && a.index == b.index; }

bool walk_tree(NativeCall& c, Select& s) {
  Table& t = *s.table;
  Hold::Mode mode = writes(s) ? Hold::Write : Hold::Read;
  if (s.by_keys) {
    Hold hold(t, 0, mode);
    for (Term key : s.keys) {
      if (t.deleted.load()) break;
      Object* o = tree::find(t, key);
      if (!o) continue;
      Object* fresh = nullptr;
      if (visit(c, s, o, &fresh)) tree::erase(t, key);
      else if (fresh) tree::put(t, fresh);
    }
    s.end = true;
    return true;
  }
  for (;;) {
    Hold hold(t, 0, mode);
    if (t.deleted.load()) {
      s.end = true;
      return true;
    }
    tree::Cursor at = !s.started  ? (s.reverse ? range_end(s) : range_start(s))
                      : s.reverse ? tree::before(t, s.key)
                                  : tree::after(t, s.key);
    std::vector<Object*> dead, fresh;
    Object* last = nullptr;
    bool full = false;
    tree::Cursor stop = range_stop(s);
    for (size_t n = 0; at && n < objects_per_hold; n++) {
      if (same_place(at, stop)) {
        at = {};
        break;
      }
      tree::prefetch(at, s.reverse ? -tree::prefetch_distance : tree::prefetch_distance);
      Object* o = at.object();
      Object* replacement = nullptr;
      if (visit(c, s, o, &replacement)) dead.push_back(o);
      if (replacement) fresh.push_back(replacement);
      last = o;
      full = s.chunked && s.found >= s.limit;
      at = s.reverse ? tree::previous(at) : tree::next(at);
      if (full || turn_is_over(c)) break;
    }
    if (last) {
      s.key = copy_part(c.heap(), last->key(t.key_position));
      s.started = true;
    }
    for (Object* o : dead) tree::erase(t, o->key(t.key_position));
    for (Object* o : fresh) tree::put(t, o);
    if (!at) {
      s.end = true;
      return true;
    }
    if (full) return true;
    if (turn_is_over(c)) return false;
  }
}

}  // namespace

bool walk(NativeCall& c, Select& s) {
  if (s.table->deleted.load(std::memory_order_acquire)) return s.end = true;  // since the last slice: its locks may be gone
  bool done = s.table->is_tree() ? walk_tree(c, s) : walk_hash(c, s);
  if (!done && !s.fixed) {
    fix(*s.table);
    s.fixed = true;
  }
  if (done && s.fixed) {
    unfix(*s.table);
    s.fixed = false;
  }
  if (done && s.action == Action::Delete && !s.table->is_tree()) {
    for (size_t i = 0; i < s.found / 5 + 1; i++) {
      for (uint32_t stripe = 0; stripe < s.table->stripe_count; stripe++) hash::adapt(*s.table, stripe);
    }
  }
  return done;
}

}  // namespace joist::ets
