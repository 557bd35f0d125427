// Random object graphs through every kind of collection, off-heap counts, literals, match contexts, copies.
#include <catch2/catch.hpp>
#include <random>
#include <unordered_map>
#include <vector>

#include "gc/collect.h"
#include "gc/literal_area.h"
#include "vm/sys/memory.h"
#include "vm/term/bits.h"
#include "vm/term/compare.h"
#include "vm/term/magic.h"
#include "vm/term/shared_bytes.h"

using namespace joist;

namespace {

std::atomic<int> live_bytes{0}, live_magic{0};

SharedBytes* make_shared_bytes(size_t n) {
  auto* s = static_cast<SharedBytes*>(sys::allocate(sizeof(SharedBytes) + n, sys::Alloc::Binary));
  auto destroy = [](SharedBytes* b) {
    live_bytes--;
    sys::release(b, sys::Alloc::Binary);
  };
  new (s) SharedBytes{.references{1}, .data = reinterpret_cast<uint8_t*>(s + 1), .destroy = destroy, .capacity = n};
  for (size_t i = 0; i < n; i++) s->data[i] = uint8_t(i * 7);
  live_bytes++;
  return s;
}
struct TestMagic : MagicObject {
  TestMagic() { live_magic++; }
  ~TestMagic() override { live_magic--; }
};

Term refc(Heap& h, size_t bytes) {
  HeapWriter w = h.reserve(Words(RefcBits::words));
  auto* r = reinterpret_cast<RefcBits*>(w.take(RefcBits::words));
  r->header = make_header(Kind::RefcBits, 5);
  r->shared = make_shared_bytes(bytes);
  r->data = r->shared->data;
  r->size_bits = bytes * 8;
  r->flags = 0;
  w.link_off_heap(reinterpret_cast<OffHeap*>(r));
  return r->term();
}
Term magic(Heap& h) {
  HeapWriter w = h.reserve(Words(3));
  auto* r = reinterpret_cast<MagicRef*>(w.take(3));
  r->header = make_header(Kind::MagicRef, 2);
  r->object = new TestMagic;
  w.link_off_heap(reinterpret_cast<OffHeap*>(r));
  return r->term();
}
Term heap_bits(Heap& h, size_t bytes, uint8_t seed) {
  size_t words = HeapBits::words_for_bits(bytes * 8);
  HeapWriter w = h.reserve(Words(words));
  auto* b = reinterpret_cast<HeapBits*>(w.take(words));
  b->header = make_header(Kind::HeapBits, words - 1);
  b->size_bits = bytes * 8;
  for (size_t i = 0; i < bytes; i++) b->data[i] = uint8_t(seed + i);
  return b->term();
}
Term sub_bits(Heap& h, Term base, size_t offset, size_t size) {
  HeapWriter w = h.reserve(Words(SubBits::words));
  auto* s = reinterpret_cast<SubBits*>(w.take(SubBits::words));
  s->header = make_header(Kind::SubBits, 3);
  s->offset_bits = offset;
  s->size_bits = size;
  s->base = base;
  return s->term();
}
uint8_t* base_data(Term base) {
  if (auto r = base.as<RefcBits>()) return r->data;
  return base.as<HeapBits>()->data;
}
size_t base_bits(Term base) { return base.is<RefcBits>() ? base.as<RefcBits>()->size_bits : base.as<HeapBits>()->size_bits; }
Term match_context(Heap& h, Term base) {
  HeapWriter w = h.reserve(Words(MatchContext::words));
  auto* m = reinterpret_cast<MatchContext*>(w.take(MatchContext::words));
  m->header = make_header(Kind::MatchContext, 4);
  m->data = base_data(base);
  m->position = 8;
  m->end = base_bits(base);
  m->base = base;
  return m->term();
}

uint64_t mix(uint64_t a, uint64_t b) {
  uint64_t x = (a ^ (b + 0x9e3779b97f4a7c15 + (a << 6) + (a >> 2))) * 0xff51afd7ed558ccd;
  return x ^ (x >> 29);
}

// Content of a term whatever its addresses. Bitstrings hash as their bytes, so that copies may change their kind.
struct Fingerprint {
  std::unordered_map<Word, uint64_t> known;
  uint64_t bits(const uint8_t* data, size_t from, size_t size) {
    uint64_t h = mix(77, size);
    for (size_t i = 0; i < size / 8; i++) h = mix(h, data[from / 8 + i]);
    return h;
  }
  uint64_t of(Term root) {
    std::vector<Word> todo{root.raw()};
    while (!todo.empty()) {
      Word w = todo.back();
      if (known.count(w)) {
        todo.pop_back();
        continue;
      }
      std::vector<Word> children;
      uint64_t h = 0;
      Word* p = reinterpret_cast<Word*>(w & ~Word(7));
      if ((w & 7) == 1) {
        children = {p[0], p[1]};
        h = 1;
      } else if ((w & 7) == 2) {
        Word header = *p;
        REQUIRE(is_header(header));
        Term t = Term::from_raw(w);
        if (auto b = t.as<HeapBits>()) h = bits(b->data, 0, b->size_bits);
        else if (auto r = t.as<RefcBits>()) h = bits(r->data, 0, r->size_bits);
        else if (auto s = t.as<SubBits>()) h = bits(base_data(s->base), s->offset_bits, s->size_bits);
        else if (auto m = t.as<MatchContext>()) {
          REQUIRE(m->data == base_data(m->base));
          h = bits(m->data, m->position, m->end - m->position);
        } else if (auto g = t.as<MagicRef>()) h = mix(5, Word(g->object));
        else {
          h = header;
          size_t raw = raw_prefix(header_kind(header)), n = header_words(header);
          if (raw == all_raw) raw = n;
          for (size_t i = 1; i <= raw; i++) h = mix(h, p[i]);
          for (size_t i = 1 + raw; i <= n; i++) children.push_back(p[i]);
        }
      } else {
        known[w] = mix(9, w);
        continue;
      }
      bool ready = true;
      for (Word c : children) {
        auto it = known.find(c);
        if (it == known.end()) {
          todo.push_back(c);
          ready = false;
        } else {
          h = mix(h, it->second);
        }
      }
      if (!ready) continue;
      known[w] = h;
      todo.pop_back();
    }
    return known[root.raw()];
  }
};
uint64_t fingerprint(Term t) { return Fingerprint().of(t); }

struct Owner final : RootProvider {
  std::vector<Term> kept;
  void visit_roots(RootVisitor& v) override { v.visit(kept.data(), kept.size()); }
};

Term random_term(Heap& h, std::mt19937& rng, std::vector<Term>& from) {
  auto any = [&] { return from[rng() % from.size()]; };
  switch (rng() % 16) {
    case 0: case 1: case 2: case 3: {
      Term a = any(), b = any();
      return h.reserve(Words(2)).cons(a, b);
    }
    case 4: case 5: case 6: {
      size_t n = rng() % 9;
      HeapWriter w = h.reserve(Words(n + 1));
      Tuple* t = w.tuple_of(n);
      for (size_t i = 0; i < n; i++) t->elements[i] = any();
      return t->term();
    }
    case 7: {
      size_t n = 1 + rng() % 20;
      HeapWriter w = h.reserve(Words(n + 1));
      Word* p = w.take(n + 1);
      p[0] = make_header(Kind::Bignum, n);
      for (size_t i = 1; i <= n; i++) p[i] = rng() * 8 + rng() % 8;  // anything: must never be looked at
      return Term::boxed(p);
    }
    case 8: return h.reserve(Words(2)).float_(1e300 * double(rng() % 1000));
    case 9: return heap_bits(h, rng() % 65, uint8_t(rng()));
    case 10: return refc(h, 65 + rng() % 200);
    case 11: return magic(h);
    case 12: {
      Term base = any();
      if (!base.is<RefcBits>() && !(base.is<HeapBits>() && base_bits(base) >= 16)) return Term::small(SWord(rng()));
      size_t size = base_bits(base) / 8;
      size_t offset = rng() % size;
      return sub_bits(h, base, offset * 8, (rng() % (size - offset)) * 8);
    }
    case 13: {
      Term base = any();
      if (!base.is<RefcBits>() && !(base.is<HeapBits>() && base_bits(base) >= 16)) return nil;
      return match_context(h, base);
    }
    case 14: {
      size_t n = 2 + rng() % 4;
      HeapWriter w = h.reserve(Words(n + 1));
      Word* p = w.take(n + 1);
      p[0] = make_header(Kind::Fun, n);
      p[1] = 0x1230 + 8 * (rng() % 100);
      for (size_t i = 2; i <= n; i++) p[i] = any().raw();
      return Term::boxed(p);
    }
    default: return Term::small(SWord(rng()) - (1 << 30));
  }
}

}  // namespace

TEST_CASE("random graphs survive every kind of collection", "[gc]") {
  init_literals();
  for (unsigned seed = 0; seed < 120; seed++) {
    std::mt19937 rng(seed);
    Heap heap;
    heap_init(heap, Words(233));
    if (seed % 7 == 0) heap.fullsweep_after = uint16_t(seed % 5);
    Owner owner;
    owner.kept.assign(8, nil);
    std::vector<Term> x(8, nil);
    Roots roots{&owner, {x.data(), x.size()}, {}};
    std::vector<Term> pool(16, nil);
    unsigned steps = seed % 50 == 0 ? 4000 : 400;
    for (unsigned step = 0; step < steps; step++) {
      // Everything that may be referred to: registers, dictionary, stack.
      pool.assign(x.begin(), x.end());
      pool.insert(pool.end(), owner.kept.begin(), owner.kept.end());
      for (Word* s = heap.stack; s < heap.end; s++) {
        if (*s & 7) pool.push_back(Term::from_raw(*s));
      }
      Term t = random_term(heap, rng, pool);
      switch (rng() % 4) {
        case 0: owner.kept[rng() % owner.kept.size()] = t; break;
        case 1:
          if (heap.has_room(Words(2)) && rng() % 2) {
            *--heap.stack = t.raw();
            *--heap.stack = 0x7000 + 8 * (rng() % 64);  // a return address
          } else if (heap.stack < heap.end) {
            heap.stack += 2;
          }
          break;
        default: x[rng() % x.size()] = t;
      }
      if (rng() % 10 == 0 || heap.wants_collection()) {
        std::vector<uint64_t> before;
        for (Term v : x) before.push_back(fingerprint(v));
        for (Term v : owner.kept) before.push_back(fingerprint(v));
        for (Word* s = heap.stack; s < heap.end; s++) before.push_back(*s & 7 ? fingerprint(Term::from_raw(*s)) : *s);
        size_t need = rng() % 300;
        switch (rng() % 6) {
          case 0: collect_major(heap, roots, Words(need)); break;
          case 1: collect_hibernate(heap, roots); need = 0; break;
          default: collect(heap, roots, Words(need));
        }
        REQUIRE(heap.has_room(Words(need)));
        REQUIRE(!heap.fragments);
        verify_heap(heap, roots);
        std::vector<uint64_t> after;
        for (Term v : x) after.push_back(fingerprint(v));
        for (Term v : owner.kept) after.push_back(fingerprint(v));
        for (Word* s = heap.stack; s < heap.end; s++) after.push_back(*s & 7 ? fingerprint(Term::from_raw(*s)) : *s);
        REQUIRE(before == after);
      }
      if (rng() % 20 == 0) {
        // A message: copied to a fragment, adopted.
        Term v = x[rng() % x.size()];
        if (copy_size(v) < 20000) {
          uint64_t is = fingerprint(v);
          FragmentTerm message = copy_to_fragment(v);
          bool has_context = false;
          Fingerprint f;
          uint64_t copied = f.of(message.term);
          for (auto& [w, h] : f.known) has_context |= (w & 7) == 2 && Term::from_raw(w).is<MatchContext>();
          REQUIRE(!has_context);
          REQUIRE(copied == is);
          if (message.fragment && rng() % 3 == 0) {
            HeapFragment::destroy(message.fragment);
          } else {
            if (rng() % 2) heap.adopt(message.fragment);
            else if (message.fragment) heap.take_in(message.fragment, {&message.term});
            x[rng() % x.size()] = message.term;
            verify_heap(heap, roots);
          }
        }
      }
    }
    heap_destroy(heap);
    REQUIRE(live_bytes == 0);
    REQUIRE(live_magic == 0);
  }
}

TEST_CASE("small messages move into the block", "[gc]") {
  init_literals();
  Heap heap;
  heap_init(heap, Words(233));
  Term x[3] = {nil, nil, nil};
  Roots roots{nullptr, {x, 3}, {}};
  auto message = [&](Term t) {
    FragmentTerm copy = copy_to_fragment(t);
    size_t before = heap.heap_words(), words = copy.fragment->used;
    Term same = copy.term;
    heap.take_in(copy.fragment, {&copy.term, &same});
    REQUIRE(same.same(copy.term));
    return std::pair(copy.term, heap.heap_words() - before == words);
  };
  Term big = refc(heap, 1000), other = refc(heap, 2000);
  HeapWriter w = heap.reserve(Words(7));
  Term text = w.cons(Term::small(1), nil);
  x[0] = w.tuple(big, text, big, other);
  REQUIRE(live_bytes == 2);
  auto [moved, in_block] = message(x[0]);
  REQUIRE(in_block);
  REQUIRE(!heap.fragments);
  x[1] = moved;
  REQUIRE(terms_equal(x[0], x[1]));
  verify_heap(heap, roots);
  x[0] = nil;
  collect(heap, roots, Words(0));
  REQUIRE(live_bytes == 2);
  REQUIRE(x[1].as<Tuple>()->arity() == 4);

  // Too large, and no room.
  HeapWriter list = heap.reserve(Words(140));
  for (int i = 0; i < 70; i++) x[2] = list.cons(Term::small(i), x[2]);
  REQUIRE(!message(x[2]).second);
  REQUIRE(heap.fragments);
  heap.reserve(Words(size_t(heap.stack - heap.top) - Heap::stack_reserve - 5));
  REQUIRE(!message(x[1]).second);
  x[1] = x[2] = nil;
  collect_major(heap, roots, Words(0));
  REQUIRE(live_bytes == 0);
  heap_destroy(heap);
}

TEST_CASE("off-heap objects die with their references", "[gc]") {
  init_literals();
  Heap heap;
  heap_init(heap, Words(233));
  Term x[2] = {nil, nil};
  Roots roots{nullptr, {x, 2}, {}};
  x[0] = refc(heap, 1000);
  x[1] = refc(heap, 1000);
  refc(heap, 1000);
  REQUIRE(live_bytes == 3);
  collect(heap, roots, Words(0));
  REQUIRE(live_bytes == 2);
  collect(heap, roots, Words(0));  // promotes
  REQUIRE(heap.old_off_heap);
  x[1] = nil;
  collect(heap, roots, Words(0));
#ifndef JOIST_GC_STRESS
  REQUIRE(live_bytes == 2);  // old
#endif
  collect_major(heap, roots, Words(0));
  REQUIRE(live_bytes == 1);
  FragmentTerm copy = copy_to_fragment(x[0]);
  REQUIRE(x[0].as<RefcBits>()->shared->references == 2);
  HeapFragment::destroy(copy.fragment);
  REQUIRE(x[0].as<RefcBits>()->shared->references == 1);
  heap_destroy(heap);
  REQUIRE(live_bytes == 0);
}

TEST_CASE("the virtual heap asks for a collection", "[gc]") {
  init_literals();
  Heap heap;
  heap_init(heap, Words(233));
  Roots roots;
  for (int i = 0; i < 100; i++) {
    refc(heap, 10000);
    heap.charge_virtual(Bytes(10000));
    if (heap.wants_collection()) collect(heap, roots, Words(0));
  }
  REQUIRE(live_bytes < 60);
  heap_destroy(heap);
}

TEST_CASE("a writable binary keeps its room over one collection, also where that copies twice", "[gc]") {
  init_literals();
  for (auto collection : {&collect, &collect_major}) {
    Heap heap;
    heap_init(heap, Words(233));
    Term x[] = {nil};
    Roots roots{nullptr, {x, 1}, {}};
    collect(heap, roots, Words(100000));
    uint8_t* data;
    size_t at;
    x[0] = bits::append(heap, bits::make_writable(heap, 0), 8 * 1001, &data, &at);
    while (heap.has_room(Words(20000)))
      for (int i = 0; i < 5000; i++) heap.reserve(Words(2)).cons(nil, nil);
    auto room = [&] { return x[0].as<SubBits>()->base.as<RefcBits>()->shared->capacity; };
    size_t before = room();
    collection(heap, roots, Words(0));
    REQUIRE(room() == before);
    collect_major(heap, roots, Words(0));
    REQUIRE(room() == 1001);
    heap_destroy(heap);
  }
}

TEST_CASE("a long list and a deep one", "[gc]") {
  init_literals();
  Heap heap;
  heap_init(heap, Words(233));
  Term x[3] = {nil, nil, nil};
  Roots roots{nullptr, {x, 3}, {}};
#ifdef JOIST_GC_STRESS
  const size_t n = 2000;  // every step collects
#else
  const size_t n = 10000000;
#endif
  for (size_t i = 0; i < n; i++) {
    ensure(heap, roots, Words(5));
    HeapWriter w = heap.reserve(Words(i % 8 ? 2 : 4));
    x[0] = w.cons(Term::small(SWord(i)), x[0]);
    if (i % 8 == 0) x[1] = w.cons(x[1], nil);
  }
  auto check = [&](Term list) {
    size_t i = n;
    for (; list.is_cons(); list = list.as_cons()->tail) {
      i--;
      if (list.as_cons()->head.small_value() != SWord(i)) return false;
    }
    return i == 0;
  };
  REQUIRE(check(x[0]));
  collect_major(heap, roots, Words(0));
  REQUIRE(check(x[0]));
  REQUIRE(heap.heap_words() == 2 * n + n / 4);
  REQUIRE(copy_size(x[0]) == 2 * n);
  REQUIRE(copy_size(x[1]) == n / 4);
  FragmentTerm copy = copy_to_fragment(x[0]);
  REQUIRE(check(copy.term));
  heap.adopt(copy.fragment);
  x[0] = nil;
  x[2] = copy.term;
  collect(heap, roots, Words(1000));
  REQUIRE(check(x[2]));
  x[2] = nil;
  collect_major(heap, roots, Words(0));
  collect_major(heap, roots, Words(0));
  REQUIRE(heap.block_words() < n);
  heap_destroy(heap);
}

TEST_CASE("literals stay where they are", "[gc]") {
  init_literals();
  LiteralArea* area = literal_area_create(Words(10));
  HeapWriter w = area->writer();
  Term literal = w.tuple(Term::small(1), w.cons(Term::small(2), nil));
  area->top = w.at();
  REQUIRE(is_literal(literal));
  Heap heap;
  heap_init(heap, Words(233));
  Term x[1];
  x[0] = heap.reserve(Words(2)).cons(literal, nil);
  Roots roots{nullptr, {x, 1}, {}};
  for (int i = 0; i < 3; i++) {
    collect(heap, roots, Words(0));
    REQUIRE(x[0].as_cons()->head.same(literal));
  }
  collect_major(heap, roots, Words(0));
  REQUIRE(x[0].as_cons()->head.same(literal));
  REQUIRE(copy_size(x[0]) == 2);
  REQUIRE(copy_size_with_literals(x[0]) == 7);
  FragmentTerm copy = copy_to_fragment(x[0]);
  REQUIRE(copy.term.as_cons()->head.same(literal));
  HeapFragment::destroy(copy.fragment);
  LiteralArea* second = literal_area_create(Words(7));
  HeapWriter w2 = second->writer();
  Term deep = copy_into_with_literals(x[0], w2);
  REQUIRE(second->contains(deep));
  REQUIRE(second->contains(deep.as_cons()->head));
  REQUIRE(fingerprint(deep) == fingerprint(x[0]));
  size_t total = literal_bytes_total();
  literal_area_destroy(second);
  REQUIRE(literal_bytes_total() < total);
  heap_destroy(heap);
  literal_area_destroy(area);
}

TEST_CASE("literals of purged code move into the heap", "[gc]") {
  init_literals();
  LiteralArea* area = literal_area_create(Words(40));
  HeapWriter w = area->writer();
  Term shared = w.cons(Term::small(2), nil);
  Term literal = w.tuple(shared, shared, Term::small(1));
  auto* r = reinterpret_cast<RefcBits*>(w.take(RefcBits::words));
  r->header = make_header(Kind::RefcBits, 5);
  r->shared = make_shared_bytes(100);
  r->data = r->shared->data;
  r->size_bits = 800;
  r->flags = 0;
  w.link_off_heap(reinterpret_cast<OffHeap*>(r));
  area->top = w.at();
  Heap heap;
  heap_init(heap, Words(233));
  Term x[1];
  x[0] = heap.reserve(Words(4)).tuple(literal, r->term(), literal);
  Roots roots{nullptr, {x, 1}, {}};
  uint64_t is = fingerprint(x[0]);
  collect(heap, roots, Words(0));
  collect(heap, roots, Words(0));
  collect_literals(heap, roots, *area);
  REQUIRE(heap.heap_words() == 4 + 4 + 2 + 6);
  literal_area_destroy(area);
  REQUIRE(live_bytes == 1);
  REQUIRE(fingerprint(x[0]) == is);
  verify_heap(heap, roots);
  heap_destroy(heap);
  REQUIRE(live_bytes == 0);
}

TEST_CASE("small reserves share fragments; commit gives back", "[gc]") {
  init_literals();
  Heap heap;
  heap_init(heap, Words(12));
  for (int i = 0; i < 10000; i++) heap.reserve(Words(2)).cons(nil, nil);
  size_t blocks = 0;
  for (HeapFragment* f = heap.fragments; f; f = f->next) blocks++;
  REQUIRE(blocks < 20);
  REQUIRE(heap.wants_collection());
  Word before = heap.fragment_words;
  HeapWriter w = heap.reserve(Words(100));
  w.cons(nil, nil);
  heap.commit(w);
  REQUIRE(heap.fragment_words == before + 2);
  Roots roots;
  collect(heap, roots, Words(50));
  REQUIRE(heap.heap_words() == 0);
  HeapWriter v = heap.reserve(Words(40));
  v.cons(nil, nil);
  heap.commit(v);
  REQUIRE(heap.heap_words() == 2);
  heap_destroy(heap);
}

TEST_CASE("block sizes are OTP's", "[gc]") {
  REQUIRE(next_heap_size(0) == 12);
  REQUIRE(next_heap_size(233) == 233);
  REQUIRE(next_heap_size(234) == 376);
  REQUIRE(next_heap_size(5000) == 6772);
}
