// erlang:match_spec_test/3: compiles a specification with all its errors as text and runs it once.
#include "bifs/bif.h"
#include "vm/match/match.h"
#include "vm/trace/match_actions.h"

namespace joist {

namespace {

Term text_list(Heap& heap, const std::string& text) {
  // Characters, not bytes: the texts hold atoms.
  std::vector<Term> characters;
  for (size_t i = 0; i < text.size();) {
    unsigned char c = static_cast<unsigned char>(text[i]);
    size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    SWord v = n == 1 ? c : c & (0xff >> (n + 1));
    for (size_t j = 1; j < n && i + j < text.size(); j++) v = (v << 6) | (text[i + j] & 0x3f);
    characters.push_back(Term::small(v));
    i += n;
  }
  HeapWriter w = heap.reserve(Words(2 * characters.size()));
  Term list = nil;
  for (size_t i = characters.size(); i-- > 0;) list = w.cons(characters[i], list);
  return list;
}

}  // namespace

BIF(erlang, match_spec_test, 3) {
  Heap& heap = c.heap();
  bool trace = c.arg(2).same(atom::trace);
  if (!trace && !c.arg(2).same(atom::table)) return badarg();
  if (trace && !c.arg(0).is_list()) return badarg();
  std::vector<match::Message> messages;
  match::CompileOptions options;
  options.dialect = trace ? match::Dialect::Trace : match::Dialect::Table;
  options.call_trace = trace;
  options.test = true;
  match::Program* program = match::compile(heap, c.arg(1), options, &messages);
  Term lint = nil;
  for (size_t i = messages.size(); i-- > 0;) {
    Term text = text_list(heap, messages[i].text);
    HeapWriter w = heap.reserve(Words(5));
    lint = w.cons(w.tuple(messages[i].warning ? atom::warning : atom::error, text), lint);
  }
  if (!program) return heap.reserve(Words(3)).tuple(atom::error, lint);
  trace::MatchActions actions;
  actions.test = true;
  std::vector<Term> arguments;
  match::Run run{.process = c.process, .heap = heap, .subject = c.arg(0)};
  run.copy = false;
  run.actions = &actions;
  if (trace) {
    for (Term l = c.arg(0); l.is_cons(); l = l.as_cons()->tail) arguments.push_back(l.as_cons()->head);
    run.arguments = arguments.data();
    run.argument_count = arguments.size();
  }
  Term result = match::run(*program, run);
  program->release();
  if (result.is_non_value()) result = atom::false_;
  HeapWriter w = heap.reserve(Words(5 + 4));
  Term flags = nil;
  if (actions.exception_trace) flags = w.cons(atom::exception_trace, flags);
  if (actions.return_trace) flags = w.cons(atom::return_trace, flags);
  return w.tuple(atom::ok, result, flags, lint);
}

}  // namespace joist
