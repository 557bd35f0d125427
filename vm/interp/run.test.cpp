// The machine without schedulers: a process made by hand runs functions of a module that erlc compiled.
#include <catch2/catch.hpp>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <sstream>

#include "gc/literal_area.h"
#include "loader/link.h"
#include "vm/code/code.h"
#include "vm/interp/machine_case.h"
#include "vm/interp/run.h"
#include "vm/interp/sampler.h"
#include "vm/interp/trace_frames.h"
#include "vm/sys/microstates.h"
#include "vm/term/print.h"

using namespace joist;

namespace {

Term machine_case() {
  static const Term module = [] {
    init_literals();
    init_code();
    init_machine();
    auto prepared = prepare_module(Term(), test::machine_case_beam);
    REQUIRE(prepared);
    finish_preloaded_module(*prepared, true);
    return make_atom("machine_case");
  }();
  return module;
}

struct Ran {
  std::string result;  // of the function, or of the exit
  size_t slices = 0;
};

// Applies machine_case:function to args in slices of `slice` reductions.
template <class... T>
Ran run(const char* function, SWord slice, T... args) {
  Term module = machine_case();
  Process p;
  heap_init(p.heap, Words(233));
  p.pid = Term::local_pid(1, 0);
  HeapWriter w = p.heap.reserve(Words(2 * sizeof...(T)));
  Term list = nil;
  Term items[] = {nil, args...};
  for (size_t i = sizeof...(T); i > 0; i--) list = w.cons(items[i], list);
  Term x[] = {module, make_atom(function), list};
  save_x(p, x, 3);
  p.pc = own_code(OwnCode::ProcessStart);
  Ran ran;
  RunOutcome outcome;
  do {
    p.reductions = p.slice = slice;
    outcome = run_process(p);
    ran.slices++;
  } while (outcome == RunOutcome::Yield);
  REQUIRE(outcome == RunOutcome::Exited);
  ran.result = print_term(p.exit_reason.same(atom::normal) ? p.x[0] : p.exit_reason);
  CHECK(p.catches == 0);
  heap_destroy(p.heap);
  return ran;
}

}  // namespace

TEST_CASE("the machine: loops yield when their slice is used up", "[interp]") {
  CHECK(run("count", 4000, Term::small(10)).slices == 1);
  Ran ran = run("count", 100, Term::small(1000));
  CHECK(ran.result == "done");
  CHECK(ran.slices >= 10);
  CHECK(ran.slices <= 12);
}

TEST_CASE("the machine: collects while building", "[interp]") {
  CHECK(run("build", 4000, Term::small(100000)).result == "5000050000");
  CHECK(run("build", 7, Term::small(1000)).result == "500500");
  CHECK(run("float_sum", 4000, Term::small(1000)).result.substr(0, 8) == "2.502500");
}

TEST_CASE("the machine: exceptions", "[interp]") {
  CHECK(run("thrown", 4000, Term::small(3)).result == "{thrown,3}");
  CHECK(run("caught", 4000, Term::small(3)).result.substr(0, 48) == "{'EXIT',{badarg,[{erlang,hd,[3],[{error_info,#{m");
  CHECK(run("traced", 4000, Term::small(3)).result ==
        "{error,function_clause,[{machine_case,clause,[3],[{file,\"machine_case.erl\"},{line,14}]},"
        "{machine_case,traced,1,[{file,\"machine_case.erl\"},{line,13}]}]}");
  CHECK(run("clause", 4000, nil).result ==
        "{function_clause,[{machine_case,clause,[[]],[{file,\"machine_case.erl\"},{line,14}]}]}");
}

TEST_CASE("the machine: funs, apply, many arguments", "[interp]") {
  CHECK(run("closure", 4000, Term::small(8), Term::small(9)).result == "{{8,9,1,2}}");
  CHECK(run("closure", 1, Term::small(8), Term::small(9)).result == "{{8,9,1,2}}");
  CHECK(run("many_args", 3).result == "{[1,2,3,4,5,6,7,8],9}");
}

TEST_CASE("the sampler names the functions that time went to", "[interp]") {
  std::string file = "sampler.test." + std::to_string(reinterpret_cast<uintptr_t>(&file)) + ".json";
  sys::account_for_thread("scheduler", 1);  // else samples of collections are taken for the machine's
  start_sampler(file);
  // Time for a few hundred samples, of which the shorter function gets some.
  for (clock_t end = clock() + 2 * CLOCKS_PER_SEC; clock() < end;) run("build", 4000, Term::small(20000));
  REQUIRE(write_samples());
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  std::remove(file.c_str());
  CHECK(text.str().find("speedscope") != std::string::npos);
#ifdef JOIST_GC_STRESS
  CHECK(text.str().find("{\"name\":\"(garbage collection)\"}") != std::string::npos);  // leaves the functions next to nothing
#else
  CHECK(text.str().find("{\"name\":\"machine_case:list/2\"}") != std::string::npos);
  CHECK(text.str().find("{\"name\":\"machine_case:sum/2\"}") != std::string::npos);
#endif
}

namespace {

size_t calls_seen = 0;
struct Counting final : BreakpointSettings {};
bool count_call(Process&, const Breakpoint&, const BreakpointSettings&) {
  calls_seen++;
  return true;
}
size_t calls_of(const char* function, SWord slice, Term arg) {
  calls_seen = 0;
  run(function, slice, arg);
  return calls_seen;
}

}  // namespace

TEST_CASE("the machine: a breakpoint sees every call once, and goes without a trace", "[interp]") {
  CodeInstance& code = *find_module(machine_case())->current.load();
  const FunctionStart* list = nullptr;
  for (size_t i = 0; i < code.function_count; i++)
    if (atom_text(code.functions[i].function) == "list") list = &code.functions[i];
  REQUIRE(list);
  const Word* entry = code.code + list->entry;
  Word instruction = *entry;
  call_hooks.called = count_call;

  std::vector<Word> before(code.code, code.code + code.code_words);
  std::string plain = run("build", 4000, Term::small(20)).result;
  BreakpointChange on;
  on.set(code, *list, std::make_unique<Counting>());
  CHECK(on.at_function(code, *list));
  CHECK_FALSE(find_breakpoint(entry).settings);
  on.publish();
  CHECK(*entry != instruction);
  CHECK(instruction_word(entry) == instruction);
  CHECK(find_breakpoint(entry).settings);
  // Collections and the ends of slices at the entry are no further calls.
  CHECK(calls_of("build", 4000, Term::small(300)) == 301);
  CHECK(calls_of("build", 1, Term::small(300)) == 301);
  CHECK(run("build", 7, Term::small(20)).result == plain);

  BreakpointChange off;
  off.set(code, *list, nullptr);
  off.publish();
  CHECK(*entry == instruction);
  CHECK(calls_of("build", 4000, Term::small(20)) == 0);

  // A new version is not watched because the one before it was.
  BreakpointChange again;
  again.set(code, *list, std::make_unique<Counting>());
  again.publish();
  clear_breakpoints(code);
  CHECK(std::equal(before.begin(), before.end(), code.code));
}
