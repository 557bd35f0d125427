// Match specifications on plain terms. How natives use them, and every function and message, is tested against erl.
#include "vm/match/match.h"

#include <catch2/catch.hpp>

#include "gc/literal_area.h"
#include "vm/process/process.h"
#include "vm/term/print.h"
#include "vm/term/test_heap.h"

using namespace joist;

namespace {

struct Builder {
  Heap& heap;
  template <class... T>
  Term tuple(T... t) { return heap.reserve(Words(1 + sizeof...(T))).tuple(t...); }
  Term list(std::initializer_list<Term> items) {
    Term l = nil;
    for (auto it = std::rbegin(items); it != std::rend(items); ++it) l = heap.reserve(Words(2)).cons(*it, l);
    return l;
  }
};
Term a(const char* text) { return make_atom(text); }
Term n(SWord v) { return Term::small(v); }

std::string test(Heap& heap, Term spec, Term subject) {
  init_literals();
  static Process process;
  process.pid = Term::local_pid(1, 0);
  std::vector<match::Message> messages;
  match::Program* program = match::compile(heap, spec, {}, &messages);
  if (!program) return messages.empty() ? "?" : messages[0].text;
  match::Run run{.process = process, .heap = heap, .subject = subject};
  Term result = match::run(*program, run);
  std::string text = result.is_value() ? print_term(result) : "no match";
  program->release();
  return text;
}

}  // namespace

TEST_CASE("heads bind, guards decide, bodies build", "[match]") {
  TestHeap heap;
  Builder b{heap};
  Term spec = b.list({b.tuple(b.tuple(a("$1"), a("$2")), b.list({b.tuple(a(">"), a("$1"), n(3))}), b.list({b.tuple(b.tuple(a("$2"), a("$1")))})),
                      b.tuple(b.tuple(a("$1"), a("$1")), nil, b.list({a("same")}))});
  CHECK(test(heap, spec, b.tuple(n(5), a("x"))) == "{x,5}");
  CHECK(test(heap, spec, b.tuple(n(2), n(2))) == "same");
  CHECK(test(heap, spec, b.tuple(n(2), n(3))) == "no match");
  CHECK(test(heap, spec, b.tuple(n(2))) == "no match");
  CHECK(test(heap, spec, n(2)) == "no match");
}

TEST_CASE("a failing body gives 'EXIT', a failing guard fails", "[match]") {
  TestHeap heap;
  Builder b{heap};
  Term hd = b.tuple(a("hd"), a("$1"));
  CHECK(test(heap, b.list({b.tuple(a("$1"), nil, b.list({hd}))}), n(1)) == "'EXIT'");
  CHECK(test(heap, b.list({b.tuple(a("$1"), b.list({hd}), b.list({n(1)}))}), n(1)) == "no match");
}

TEST_CASE("malformed specifications are explained", "[match]") {
  TestHeap heap;
  Builder b{heap};
  CHECK(test(heap, n(1), n(1)) == "Match programs are not in a list.");
  CHECK(test(heap, b.list({n(1)}), n(1)) == "Match program part is not a tuple of arity 3.");
  CHECK(test(heap, b.list({b.tuple(a("_"), nil, nil)}), n(1)) == "Body clause does not return anything.");
  CHECK(test(heap, b.list({b.tuple(a("_"), nil, b.list({a("$1")}))}), n(1)) == "Variable $1 is unbound.");
}

TEST_CASE("deep specifications cost no C stack", "[match]") {
  TestHeap heap;
  Builder b{heap};
  Term deep = a("$1"), constant = n(1);
  for (int i = 0; i < 200000; i++) {
    deep = b.list({deep});
    constant = b.list({constant});
  }
  std::string text = test(heap, b.list({b.tuple(deep, nil, b.list({constant}))}), constant);
  CHECK(text.size() == 400001);
  CHECK(test(heap, b.list({b.tuple(a("$1"), nil, b.list({deep}))}), n(1)).size() == 400001);
}
