// Pids, ports and references, local and external alike.
#pragma once
#include "vm/term/boxed.h"
#include "vm/term/magic.h"
#include "vm/term/node.h"

namespace joist {

class HeapWriter;

struct PidNumbers {
  uint32_t number, serial;
};
// t is a pid.
inline PidNumbers pid_numbers(Term t) {
  if (t.is_local_pid()) return {t.pid_number(), t.pid_serial()};
  Word w = t.as<ExternalPid>()->data[0];
  return {uint32_t(w), uint32_t(w >> 32)};
}

// t is a port.
inline Word port_number(Term t) { return t.is_local_port() ? t.immediate_payload() : t.as<ExternalPort>()->data[0]; }

// Numbers of a reference, packed two a word, least significant half first. Local ones have three.
struct RefNumbers {
  const Word* words;
  size_t count;  // words; an odd number of ids leaves the last half 0
  uint32_t id(size_t i) const { return uint32_t(words[i / 2] >> (32 * (i & 1))); }
};
// t is a reference.
inline RefNumbers ref_numbers(Term t) {
  if (auto r = t.as<Ref>()) return {r->words, 2};
  if (auto m = t.as<MagicRef>()) return {m->object->ref_words, 2};
  auto e = t.as<ExternalRef>();
  return {e->data, header_words(e->header) - 2};
}

// A pid, port or reference of another node, whose data the caller fills at once; aux: of references, how many ids there are. Takes
// external_words + data_words.
inline constexpr size_t external_words = 3;
External* write_external(HeapWriter& w, Kind kind, size_t data_words, uint16_t aux, Term node, uint32_t creation);

// Node of any pid, port or reference.
struct NodeIdentity {
  Term name;
  uint32_t creation;
};
inline NodeIdentity node_of(Term t) {
  if (auto e = t.as<External>()) return {e->node->name, e->node->creation};
  return {local_node_name(), local_node_creation()};
}

}  // namespace joist
