#include "vm/term/compare.h"

#include <catch2/catch.hpp>

#include "vm/term/fun_identity.h"
#include "vm/term/node.h"
#include "vm/term/test_heap.h"
#include "vm/term/test_terms.h"
#include "vm/term/vectors/compare_vectors.inc"

using namespace joist;

namespace {

int sign(int c) { return (c > 0) - (c < 0); }

// Digests may be the same, but they never order two terms otherwise than compare_terms does.
void check_digests(Term a, Term b, int order) {
  uint64_t x = order_digest(a), y = order_digest(b);
  if (x != y) CHECK((x < y ? -1 : 1) == order);
}

Term external(Heap& heap, Kind kind, NodeEntry* node, std::initializer_list<Word> data) {
  HeapWriter w = heap.reserve(Words(3 + data.size()));
  auto* e = reinterpret_cast<External*>(w.take(3 + data.size()));
  e->header = make_header(kind, 2 + data.size());
  e->node = node;
  size_t i = 0;
  for (Word d : data) e->data[i++] = d;
  return Term::boxed(&e->header);
}

Term local_ref(Heap& heap, Word low, Word high) {
  HeapWriter w = heap.reserve(Words(3));
  Word* p = w.take(3);
  p[0] = make_header(Kind::Ref, 2);
  p[1] = low;
  p[2] = high;
  return Term::boxed(p);
}

void check_ascending(const std::vector<Term>& terms) {
  for (size_t i = 0; i < terms.size(); i++)
    for (size_t k = 0; k < terms.size(); k++) {
      INFO(i << " " << k);
      int expected = i < k ? -1 : i > k;
      CHECK(sign(compare_terms(terms[i], terms[k])) == expected);
      check_digests(terms[i], terms[k], expected);
      CHECK(sign(compare_terms_exact(terms[i], terms[k])) == expected);
      CHECK(terms_equal(terms[i], terms[k]) == (i == k));
      CHECK(terms_equal_loose(terms[i], terms[k]) == (i == k));
    }
}

}  // namespace

TEST_CASE("terms order and equal as in OTP", "[compare]") {
  TestHeap heap(1 << 24);
  TestTerms terms(heap, 4, true);
  for (size_t i = 0; i < std::size(compare_expected); i++) {
    INFO(i);
    Term a = terms.narrow(3), b = terms.narrow(3);
    int loose = int(compare_expected[i] % 10) - 2, exact = int(compare_expected[i] / 10) - 2;
    CHECK(sign(compare_terms(a, b)) == loose);
    CHECK(sign(compare_terms(b, a)) == -loose);
    check_digests(a, b, loose);
    CHECK(sign(compare_terms_exact(a, b)) == exact);
    CHECK(sign(compare_terms_exact(b, a)) == -exact);
    CHECK(terms_equal_loose(a, b) == (loose == 0));
    CHECK(terms_equal(a, b) == (exact == 0));
  }
}

TEST_CASE("types and identities order as in OTP", "[compare]") {
  TestHeap heap;
  TestTerms make(heap, 1, true);
  NodeEntry* a1 = node_acquire(make_atom("a@h"), 1);
  NodeEntry* a2 = node_acquire(make_atom("a@h"), 2);
  NodeEntry* z1 = node_acquire(make_atom("z@h"), 1);
  struct {
    FunIdentity id;
  } entry{{make_atom("m"), 1, 0, 0, 7, 9, {}}}, next{{make_atom("m"), 1, 0, 0, 7, 10, {}}};
  ExportIdentity target{make_atom("m"), make_atom("f"), 2};
  auto fun = [&](auto& e, Term env) {
    HeapWriter w = heap.reserve(Words(4));
    auto* f = reinterpret_cast<Fun*>(w.take(4));
    f->header = make_header(Kind::Fun, 3);
    f->entry = reinterpret_cast<FunEntry*>(&e);
    f->creator = Term::local_pid(1, 0);
    f->env[0] = env;
    return f->term();
  };
  HeapWriter w = heap.reserve(Words(2));
  auto* exported = reinterpret_cast<ExportFun*>(w.take(2));
  exported->header = make_header(Kind::ExportFun, 1);
  exported->target = reinterpret_cast<Export*>(&target);

  check_ascending({
      Term::small(-1), Term::small(3), make.number(3.5), make.number(1e300),
      make_atom("a"), make_atom("b"),
      external(heap, Kind::ExternalRef, a1, {5, 6}), external(heap, Kind::ExternalRef, a1, {4, 7}),
      external(heap, Kind::ExternalRef, a2, {1, 1}),
      local_ref(heap, Word(2) << 32 | 1, 3), local_ref(heap, Word(3) << 32, 3), local_ref(heap, 0, 4),
      external(heap, Kind::ExternalRef, z1, {1, 1}),
      fun(entry, Term::small(1)), fun(entry, Term::small(2)), fun(next, Term::small(0)), exported->term(),
      external(heap, Kind::ExternalPort, a1, {5}), external(heap, Kind::ExternalPort, a2, {1}),
      Term::local_port(1), Term::local_port(2), external(heap, Kind::ExternalPort, z1, {1}),
      external(heap, Kind::ExternalPid, a1, {7}), Term::local_pid(7, 0), external(heap, Kind::ExternalPid, z1, {7}),
      Term::local_pid(8, 0), external(heap, Kind::ExternalPid, a1, {1 | Word(1) << 32}), Term::local_pid(1, 1),
      make.tuple({}), make.tuple({Term::small(9)}), make.tuple({Term::small(1), Term::small(1)}),
      map::empty(), nil, make.list({nil}, nil), bits::from_text(heap, ""), bits::from_text(heap, "a"),
  });
  CHECK(terms_equal(fun(entry, nil), fun(entry, nil)));
  CHECK(terms_equal(external(heap, Kind::ExternalPid, a1, {7}), external(heap, Kind::ExternalPid, a1, {7})));
  CHECK(terms_equal(make.number(0.0), make.number(-0.0)));
  CHECK(!terms_equal(make.number(0.0), Term::small(0)));
}

TEST_CASE("large maps nest to any depth as keys and values", "[compare]") {
  TestHeap heap(1 << 23);
  auto nest = [&](Term inner, int depth) {
    for (int d = 0; d < depth; d++) {
      std::vector<Term> pairs;
      for (int i = 0; i < 33; i++) pairs.push_back(Term::small(i)), pairs.push_back(nil);
      pairs.push_back(d % 2 ? inner : nil);
      pairs.push_back(d % 2 ? nil : inner);
      inner = map::from_pairs(heap, pairs.data(), 34);
    }
    return inner;
  };
  // Hashing a key takes time that grows with its depth.
  Term a = nest(Term::small(1), 300), b = nest(Term::small(2), 300), same = nest(Term::small(1), 300);
  CHECK(compare_terms(a, b) < 0);
  CHECK(compare_terms(b, a) > 0);
  CHECK(compare_terms(a, same) == 0);
  CHECK(terms_equal(a, same));
}
