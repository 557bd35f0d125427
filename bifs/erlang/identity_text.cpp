// Pids, ports and references as text, and back. What text names are this node's: "<0.Number.Serial>".
#include "bifs/bif.h"
#include "bifs/list_builder.h"
#include "vm/process/relations.h"
#include "vm/term/etf/etf.h"
#include "vm/term/identity.h"
#include "vm/term/print.h"

namespace joist {
namespace {

constexpr Word max_pid_number = (Word(1) << 28) - 1, max_pid_serial = (Word(1) << 30) - 1;
constexpr Word max_port_number = (Word(1) << 58) - 1;
constexpr Word max_first_ref_number = (Word(1) << 18) - 1, max_ref_number = 0xffffffff;

// Reads "prefix<N.N.N>" from a list of characters: exactly `count` numbers.
bool numbers_of(Term list, std::string_view prefix, Word* numbers, size_t count) {
  std::string text;
  for (; list.is_cons(); list = list.as_cons()->tail) {
    Term ch = list.as_cons()->head;
    if (!ch.is_small() || Word(ch.small_value()) > 127 || text.size() > 128) return false;
    text.push_back(char(ch.small_value()));
  }
  if (!list.is_nil() || text.compare(0, prefix.size(), prefix) != 0) return false;
  size_t at = prefix.size();
  for (size_t i = 0; i < count; i++) {
    if (at >= text.size() || text[at++] != (i == 0 ? '<' : '.')) return false;
    size_t first = at;
    Word n = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; at++)
      if (__builtin_mul_overflow(n, Word(10), &n) || __builtin_add_overflow(n, Word(text[at] - '0'), &n)) return false;
    if (at == first) return false;
    numbers[i] = n;
  }
  return at + 1 == text.size() && text[at] == '>' && numbers[0] == 0;
}

Term text_of(NativeCall& c) { return text_to_list(c.heap(), print_term(c.arg(0))); }

}  // namespace

BIF(erlang, pid_to_list, 1) { return is_pid(c.arg(0)) ? NativeResult(text_of(c)) : badarg(); }
BIF(erlang, port_to_list, 1) { return is_port(c.arg(0)) ? NativeResult(text_of(c)) : badarg(); }
BIF(erlang, ref_to_list, 1) {
  if (!is_ref(c.arg(0))) return badarg();
  etf::keep_findable(c.arg(0));
  return text_of(c);
}

BIF(erlang, list_to_pid, 1) {
  Word n[3];
  if (!numbers_of(c.arg(0), "", n, 3) || n[1] > max_pid_number || n[2] > max_pid_serial) return badarg();
  return Term::local_pid(uint32_t(n[1]), uint32_t(n[2]));
}
BIF(erlang, list_to_port, 1) {
  Word n[2];
  if (!numbers_of(c.arg(0), "#Port", n, 2) || n[1] > max_port_number) return badarg();
  return Term::local_port(n[1]);
}
// The very reference where it is one to an object that lives.
BIF(erlang, list_to_ref, 1) {
  Word n[4];
  if (!numbers_of(c.arg(0), "#Ref", n, 4) || n[1] > max_ref_number || n[2] > max_ref_number || n[3] > max_first_ref_number)
    return badarg();
  Word words[2] = {n[3] | n[2] << 32, n[1]};
  HeapWriter w = c.heap().reserve(Words(etf::local_reference_words));
  Term ref = etf::local_reference(w, words);
  c.heap().commit(w);
  return ref;
}

}  // namespace joist
