// Tables below the natives: random operations against simple models, and several threads at once.
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>

#include "gc/literal_area.h"
#include "vm/ets/blocks.h"
#include "vm/ets/hash.h"
#include "vm/ets/tree.h"
#include "vm/process/process.h"
#include "vm/process/process_table.h"
#include "vm/sched/quiescence.h"
#include "vm/sys/memory.h"
#include "vm/sys/threads.h"
#include "vm/term/atom.h"
#include "vm/ets/packed.h"
#include "vm/term/compare.h"
#include "vm/term/test_heap.h"
#include "vm/term/test_terms.h"

using namespace joist;
using namespace joist::ets;

namespace {

Object* pair(Heap& heap, SWord key, SWord value) {
  HeapWriter w = heap.reserve(Words(3));
  return Object::create(w.tuple(Term::small(key), Term::small(value)));
}
SWord value_of(Object* o) { return Term::from_raw(o->data[2]).small_value(); }

struct Owner {
  Process process;
  Owner() {
    init_literals();
    process.pid = Term::local_pid(1, 0);
  }
};
void drop(Table* t) {
  REQUIRE(unlink_table(*t));
  while (!free_contents(*t, 100)) {
  }
  forget_table(*t);
}

}  // namespace

TEST_CASE("an ordered set is a sorted map", "[ets]") {
  TestHeap heap;
  Owner owner;
  for (unsigned seed = 0; seed < 6; seed++) {
    std::mt19937 rng(seed);
    SWord range = seed % 2 ? 300 : 20000;
    Table* t = create_table(owner.process, atom::ok, {.type = Type::OrderedSet});
    std::map<SWord, SWord> model;
    for (int i = 0; i < 20000; i++) {
      SWord key = seed == 4 ? i : seed == 5 ? -i : SWord(rng() % size_t(range));
      if (rng() % 3 || seed >= 4) {
        tree::put(*t, pair(heap, key, i));
        model[key] = i;
      } else {
        REQUIRE(tree::erase(*t, Term::small(key)) == (model.erase(key) == 1));
      }
      if (i % 5000 == 0) tree::check(*t);
      if (i % 7 == 0) {
        SWord at = SWord(rng() % size_t(range));
        auto after = model.upper_bound(at);
        tree::Cursor c = tree::after(*t, Term::small(at));
        REQUIRE(bool(c) == (after != model.end()));
        if (c) REQUIRE(value_of(c.object()) == after->second);
        auto before = model.lower_bound(at);
        c = tree::before(*t, Term::small(at));
        REQUIRE(bool(c) == (before != model.begin()));
        if (c) REQUIRE(value_of(c.object()) == std::prev(before)->second);
      }
    }
    tree::check(*t);
    REQUIRE(t->size() == model.size());
    auto it = model.begin();
    for (tree::Cursor c = tree::first(*t); c; c = tree::next(c), ++it) REQUIRE(value_of(c.object()) == it->second);
    auto back = model.rbegin();
    for (tree::Cursor c = tree::last(*t); c; c = tree::previous(c), ++back) REQUIRE(value_of(c.object()) == back->second);
    while (!model.empty()) {
      auto victim = model.lower_bound(SWord(rng() % size_t(range)));
      if (victim == model.end()) victim = model.begin();
      REQUIRE(tree::erase(*t, Term::small(victim->first)));
      model.erase(victim);
    }
    REQUIRE(!tree::first(*t));
    tree::put(*t, pair(heap, 1, 1));
    tree::check(*t);
    drop(t);
  }
}

TEST_CASE("leaves of an ordered set stay full, in whatever order keys come", "[ets]") {
  constexpr SWord n = 50000;
  TestHeap heap(1 << 20);
  Owner owner;
  for (SWord step : {SWord(1), n - 1, SWord(7919)}) {
    Table* t = create_table(owner.process, atom::ok, {.type = Type::OrderedSet});
    size_t before = sys::allocated_bytes(sys::Alloc::Ets), objects = 0;
    for (SWord i = 0; i < n; i++) {
      Object* o = pair(heap, i * step % n, i);
      objects += block_size(o->bytes());
      tree::put(*t, o);
    }
    tree::check(*t);
    size_t nodes = sys::allocated_bytes(sys::Alloc::Ets) - before - objects;
    REQUIRE(nodes < 22 * n);
    drop(t);
  }
}

TEST_CASE("an ordered set takes keys of all types", "[ets]") {
  TestHeap heap(1 << 24);
  Owner owner;
  TestTerms terms(heap, 5, true);
  Table* t = create_table(owner.process, atom::ok, {.type = Type::OrderedSet});
  std::vector<Term> keys;
  for (int i = 0; i < 4000; i++) {
    Term key = terms.narrow(3);
    HeapWriter w = heap.reserve(Words(3));
    tree::put(*t, Object::create(w.tuple(key, Term::small(i))));
    REQUIRE(value_of(tree::find(*t, key)) == i);
    keys.push_back(key);
  }
  tree::check(*t);
  for (size_t i = 0; i < keys.size(); i += 2) tree::erase(*t, keys[i]);
  tree::check(*t);
  for (size_t i = 0; i < keys.size(); i += 2) REQUIRE(!tree::find(*t, keys[i]));
  for (Term key : keys) tree::erase(*t, key);
  REQUIRE(t->size() == 0);
  drop(t);
}

TEST_CASE("a bag is a multimap without doubles; fixation keeps iteration alive", "[ets]") {
  TestHeap heap;
  Owner owner;
  std::mt19937 rng(1);
  Table* t = create_table(owner.process, atom::ok, {.type = Type::Bag});
  std::set<std::pair<SWord, SWord>> model;
  for (int i = 0; i < 60000; i++) {
    SWord key = SWord(rng() % 3000), value = SWord(rng() % 4);
    uint32_t h = hash_key(Term::small(key));
    if (rng() % 20 == 0) {
      auto from = model.lower_bound({key, -1}), to = model.lower_bound({key + 1, -1});
      size_t n = size_t(std::distance(from, to));
      model.erase(from, to);
      REQUIRE(hash::erase(*t, Term::small(key), h) == n);
    } else {
      hash::put(*t, pair(heap, key, value), h);
      model.insert({key, value});
    }
    hash::adapt(*t, h);
    REQUIRE(t->size() == model.size());
  }
  fix(*t);
  struct Walk {
    std::set<SWord> seen;
    Term key;
  } walk;
  auto use = [](Object* o, void* p) {
    auto* w = static_cast<Walk*>(p);
    w->key = o->key(1);
    w->seen.insert(w->key.small_value());
  };
  std::set<SWord> keys;
  for (auto& [k, v] : model) keys.insert(k);
  REQUIRE(hash::first(*t, use, &walk));
  for (;;) {
    Term key = walk.key;
    hash::erase(*t, key, hash_key(key));
    auto next = hash::next(*t, key, use, &walk);
    REQUIRE(next != hash::Next::BadKey);
    if (next == hash::Next::End) break;
  }
  REQUIRE(walk.seen == keys);
  REQUIRE(t->size() == 0);
  REQUIRE(t->pseudo_deleted == model.size());
  unfix(*t);
  REQUIRE(t->pseudo_deleted == 0);
  drop(t);
}

namespace {
struct Shared {
  Table* table;
  std::atomic<unsigned> next{0};
};
void worker(void* p) {
  auto* s = static_cast<Shared*>(p);
  QuiescentSection section;
  Table& t = *s->table;
  unsigned me = s->next++;
  std::mt19937 rng(me);
  TestHeap heap;
  for (int i = 0; i < 20000; i++) {
    SWord key = SWord(rng() % 5000);
    uint32_t h = hash_key(Term::small(key));
    switch (rng() % 4) {
      case 0: case 1: {
        Object* o = pair(heap, key, key);
        Hold hold(t, h, Hold::Write);
        hash::put(t, o, h);
        break;
      }
      case 2: {
        Hold hold(t, h, Hold::Write);
        hash::erase(t, Term::small(key), h);
        break;
      }
      default: {
        Hold hold(t, h, Hold::Read);
        Object* o = hash::find(t, Term::small(key), h);
        if (o && value_of(o) != key) abort();
      }
    }
    hash::adapt(t, h);
    if (i % 1000 == 0) {
      fix(t);
      struct { size_t n = 0; Term key; } walk;
      auto use = [](Object* o, void* w) { static_cast<decltype(walk)*>(w)->key = o->key(1); };
      if (hash::first(t, use, &walk)) {
        do walk.n++;
        while (walk.n < 300 && hash::next(t, walk.key, use, &walk) == hash::Next::Found);
      }
      unfix(t);
    }
  }
}
}  // namespace

TEST_CASE("threads share a table with many stripes", "[ets]") {
  TestHeap heap;
  Owner owner;
  Table* t = create_table(owner.process, atom::ok, {.protection = Protection::Public, .write_concurrency = true});
  Shared shared{t};
  std::vector<sys::Thread*> threads;
  for (int i = 0; i < 4; i++) threads.push_back(sys::thread_start(worker, &shared));
  for (auto* thread : threads) sys::thread_join(thread);
  hash::purge(*t);
  size_t n = 0;
  for (uint32_t i = 0; i < t->active; i++) {
    for (Object* o = *hash::bucket(*t, i); o; o = o->next) {
      REQUIRE(hash::bucket_of(*t, o->hash) == i);
      REQUIRE(!o->deleted);
      n++;
    }
  }
  REQUIRE(n == t->size());
  drop(t);
}

TEST_CASE("objects copy in and out with what they refer to", "[ets]") {
  TestHeap heap;
  init_literals();
  HeapWriter w = heap.reserve(Words(40));
  Term inner = w.tuple(atom::ok, w.cons(Term::small(1), w.cons(w.float_(1e300), nil)));
  Term tuple = w.tuple(Term::small(7), inner, inner);
  Object* o = Object::create(tuple);
  REQUIRE(o->words == copy_size_with_literals(tuple));
  Term copy = o->copy_to(heap);
  REQUIRE(terms_equal(copy, tuple));
  Object::destroy(o);
  REQUIRE(terms_equal(copy, tuple));
}

TEST_CASE("packed objects are smaller and unpack to what they were", "[ets]") {
  TestHeap heap;
  init_literals();
  HeapWriter w = heap.reserve(Words(200));
  Term list = nil;
  for (SWord i = 30; i-- > 0;) list = w.cons(Term::small(i % 3 ? i * 1000 : -(SWord(1) << 60) + i), list);
  Term key = w.tuple(atom::ok, Term::small((SWord(1) << 60) - 1));
  Term other = w.tuple(list, w.float_(1e300), w.float_(1.5), nil, Term::local_pid(7, 3), w.tuple());
  Term tuple = w.tuple(Term::small(7), key, other, list);
  for (size_t position = 1; position <= 2; position++) {
    Object* o = pack(Object::create(tuple), position);
    REQUIRE(o->packed());
    REQUIRE(o->words < copy_size_with_literals(tuple) / 2);
    REQUIRE(o->copy_words() == copy_size_with_literals(tuple));
    REQUIRE(terms_equal(o->key(position), position == 1 ? Term::small(7) : key));
    REQUIRE(terms_equal(OpenedObject(*o).term(), tuple));
    REQUIRE(OpenedObject(*o).arity() == 4);
    REQUIRE(terms_equal(o->copy_to(heap), tuple));
    Object::destroy(o);
  }
  Object* small = Object::create(heap.reserve(Words(3)).tuple(Term::small(1), atom::ok));
  REQUIRE(pack(small, 1) == small);
  Object::destroy(small);
}
