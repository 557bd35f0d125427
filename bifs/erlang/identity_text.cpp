// Pids, ports and references as text, and back: "<Node.Number.Serial>", where 0 is this node, and other nodes have the number of the atom
// that is their name. Text knows no creations: it names those of the node that is connected.
#include <algorithm>
#include <initializer_list>

#include "bifs/bif.h"
#include "bifs/list_builder.h"
#include "vm/dist/nodes.h"
#include "vm/process/relations.h"
#include "vm/term/etf/etf.h"
#include "vm/term/identity.h"
#include "vm/term/print.h"

namespace joist {
namespace {

constexpr Word max_pid_number = (Word(1) << 28) - 1, max_pid_serial = (Word(1) << 30) - 1;
constexpr Word max_port_number = (Word(1) << 58) - 1;
constexpr Word max_first_ref_number = (Word(1) << 18) - 1, max_ref_number = 0xffffffff;

// Reads "prefix<N.N.N>" from a list of characters: how many numbers there are, at most `most`; 0: it is no such text.
size_t numbers_of(Term list, std::string_view prefix, Word* numbers, size_t most) {
  std::string text;
  for (; list.is_cons(); list = list.as_cons()->tail) {
    Term ch = list.as_cons()->head;
    if (!ch.is_small() || Word(ch.small_value()) > 127 || text.size() > 128) return 0;
    text.push_back(char(ch.small_value()));
  }
  if (!list.is_nil() || text.compare(0, prefix.size(), prefix) != 0) return 0;
  size_t at = prefix.size(), count = 0;
  while (count < most && at < text.size() && text[at] == (count == 0 ? '<' : '.')) {
    size_t first = ++at;
    Word n = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; at++)
      if (__builtin_mul_overflow(n, Word(10), &n) || __builtin_add_overflow(n, Word(text[at] - '0'), &n)) return 0;
    if (at == first) return 0;
    numbers[count++] = n;
  }
  return at + 1 == text.size() && text[at] == '>' ? count : 0;
}

struct Node {
  enum { Unknown, This, Other } kind;
  Term name;
  uint32_t creation;
};
Node node_of_number(Word number) {
  if (number == 0 || number == local_node_name().atom_index()) return {Node::This, {}, 0};
  if (number >= atom_count()) return {Node::Unknown, {}, 0};
  Term name = Term::atom(uint32_t(number));
  dist::Connection* connection = dist::find_connection(name);
  if (!connection || connection->state() != dist::ConnectionState::Connected) return {Node::Unknown, {}, 0};
  return {Node::Other, name, connection->creation()};
}

Term external(NativeCall& c, Kind kind, const Node& node, uint16_t aux, std::initializer_list<Word> data) {
  HeapWriter w = c.heap().reserve(Words(external_words + data.size()));
  External* e = write_external(w, kind, data.size(), aux, node.name, node.creation);
  std::copy(data.begin(), data.end(), e->data);
  return Term::boxed(&e->header);
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
  if (numbers_of(c.arg(0), "", n, 3) != 3) return badarg();
  Node node = node_of_number(n[0]);
  if (node.kind == Node::Other && n[1] <= max_ref_number && n[2] <= max_ref_number) return external(c, Kind::ExternalPid, node, 0, {n[1] | n[2] << 32});
  if (node.kind != Node::This || n[1] > max_pid_number || n[2] > max_pid_serial) return badarg();
  return Term::local_pid(uint32_t(n[1]), uint32_t(n[2]));
}
BIF(erlang, list_to_port, 1) {
  Word n[2];
  if (numbers_of(c.arg(0), "#Port", n, 2) != 2) return badarg();
  Node node = node_of_number(n[0]);
  if (node.kind == Node::Other) return external(c, Kind::ExternalPort, node, 0, {n[1]});
  if (node.kind != Node::This || n[1] > max_port_number) return badarg();
  return Term::local_port(n[1]);
}
// The very reference where it is one to an object that lives.
BIF(erlang, list_to_ref, 1) {
  constexpr size_t most_ids = 5;
  Word n[1 + most_ids];
  size_t count = numbers_of(c.arg(0), "#Ref", n, 1 + most_ids);
  if (count < 2 || std::any_of(n + 1, n + count, [](Word id) { return id > max_ref_number; })) return badarg();
  Node node = node_of_number(n[0]);
  if (node.kind == Node::Other) {
    // The last is the first.
    auto id = [&](size_t i) { return i + 1 < count ? n[count - 1 - i] : 0; };
    HeapWriter w = c.heap().reserve(Words(external_words + count / 2));
    External* e = write_external(w, Kind::ExternalRef, count / 2, uint16_t(count - 1), node.name, node.creation);
    for (size_t i = 0; i < count / 2; i++) e->data[i] = id(2 * i) | id(2 * i + 1) << 32;
    return Term::boxed(&e->header);
  }
  if (node.kind != Node::This || count != 4 || n[3] > max_first_ref_number) return badarg();
  Word words[2] = {n[3] | n[2] << 32, n[1]};
  HeapWriter w = c.heap().reserve(Words(etf::local_reference_words));
  Term ref = etf::local_reference(w, words);
  c.heap().commit(w);
  return ref;
}

}  // namespace joist
