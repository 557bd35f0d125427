#include "vm/term/print.h"

#include <catch2/catch.hpp>

#include "vm/term/fun_identity.h"
#include "vm/term/node.h"
#include "vm/term/test_heap.h"
#include "vm/term/test_terms.h"
#include "vm/term/vectors/print_vectors.inc"

using namespace joist;

TEST_CASE("terms print as erlang:display/1 shows them", "[print]") {
  TestHeap heap(1 << 20);
  TestTerms make(heap, 9, true);
  size_t n = std::size(print_expected);
  for (size_t i = 0; i + 1 < n; i++) {
    INFO(i);
    CHECK(print_term(make.any(3)) == print_expected[i]);
  }

  auto string = [&](std::string_view s, Term tail = nil) {
    std::vector<Term> bytes;
    for (unsigned char c : s) bytes.push_back(Term::small(c));
    return make.list(bytes, tail);
  };
  ExportIdentity map{atom::lists, make_atom("map"), 2}, odd{make_atom("A"), make_atom("b c"), 0};
  auto exported = [&](ExportIdentity& e) {
    HeapWriter w = heap.reserve(Words(2));
    auto* f = reinterpret_cast<ExportFun*>(w.take(2));
    f->header = make_header(Kind::ExportFun, 1);
    f->target = reinterpret_cast<Export*>(&e);
    return f->term();
  };
  std::vector<Term> all;
  for (auto name : {"\001", "a\nb", "A", "a@b", "a b", "a1_B", "é", "É", "÷", "a÷", "\xc2\x80", "ß", "x\\y", "x'y"})
    all.push_back(make_atom(name));
  for (Term t : {string("a\"b"), string("a\nb"), make.list({Term::small(1), Term::small(2)}, Term::small(3)), string("a\tb"),
                 string("a", make_atom("b")), bits::from_text(heap, "a\"b"), exported(map), exported(odd),
                 make.number(1.0e300), make.number(-1.5)})
    all.push_back(t);
  CHECK(print_term(make.list(all, nil)) == print_expected[n - 1]);
}

TEST_CASE("identifiers print", "[print]") {
  TestHeap heap;
  FunIdentity entry{make_atom("My mod"), 1, 0, 0, 7, uint32_t(-9), {}};
  HeapWriter w = heap.reserve(Words(20));
  Word* f = w.take(3);
  f[0] = make_header(Kind::Fun, 2);
  f[1] = reinterpret_cast<Word>(&entry);
  CHECK(print_term(Term::boxed(f)) == "#Fun<My mod.7.-9>");
  CHECK(print_term(Term::local_pid(31, 2)) == "<0.31.2>");
  CHECK(print_term(Term::local_port(5)) == "#Port<0.5>");
  Word* r = w.take(3);
  r[0] = make_header(Kind::Ref, 2);
  r[1] = Word(2) << 32 | 1;
  r[2] = 3;
  CHECK(print_term(Term::boxed(r)) == "#Ref<0.3.2.1>");
  NodeEntry* node = node_acquire(make_atom("p@h"), 1);
  Word* p = w.take(4);
  p[0] = make_header(Kind::ExternalPid, 3);
  p[2] = reinterpret_cast<Word>(node);
  p[3] = Word(4) << 32 | 3;
  CHECK(print_term(Term::boxed(p)) == "<" + std::to_string(node->name.atom_index()) + ".3.4>");
}

TEST_CASE("printing stops at its limit", "[print]") {
  TestHeap heap;
  TestTerms make(heap, 1, true);
  Term list = make.list({Term::small(1000), Term::small(2), Term::small(3)}, nil);
  CHECK(print_term(list, 3) == "[1000,2,... ");
  CHECK(print_atom(make_atom("A")) == "'A'");
}
