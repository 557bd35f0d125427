#include "vm/dist/outgoing.h"

#include "gc/roots.h"
#include "vm/dist/test_packets.h"

using namespace joist;
using namespace joist::dist;

namespace {

struct Fixture {
  TestHeap heap{1 << 20};
  OutgoingAtomCache cache;
  Term tuple(std::initializer_list<Term> elements) {
    Tuple* t = heap.reserve(Words(1 + elements.size())).tuple_of(elements.size());
    std::copy(elements.begin(), elements.end(), t->elements);
    return t->term();
  }
  Term list(const std::vector<Term>& elements) {
    Term list = nil;
    for (size_t i = elements.size(); i-- > 0;) list = heap.reserve(Words(2)).cons(elements[i], list);
    return list;
  }
  // The only packet of that signal.
  std::string packet(Term control, Term payload, uint64_t flags) {
    auto* signal = encode_signal(control, payload, flags);
    auto packets = packets_of(signal, flags & flag::header_atom_cache ? &cache : nullptr, 1);
    REQUIRE(packets.size() == 1);
    return packets[0];
  }
};

std::string place_in_cache(Term atom) { return std::string(1, char(OutgoingAtomCache::place_of(atom))); }
unsigned segment(Term atom) { return OutgoingAtomCache::place_of(atom) >> 8; }

// Atoms with places of their own.
std::vector<Term> atoms_apart(size_t n) {
  std::vector<Term> atoms;
  std::vector<bool> taken(OutgoingAtomCache::places);
  for (int i = 0; atoms.size() < n; i++) {
    Term atom = make_atom("apart" + std::to_string(i));
    if (taken[OutgoingAtomCache::place_of(atom)]) continue;
    taken[OutgoingAtomCache::place_of(atom)] = true;
    atoms.push_back(atom);
  }
  return atoms;
}

}  // namespace

TEST_CASE("dist packets: a header says an atom's text once") {
  Fixture f;
  Term a = make_atom("first"), b = make_atom("second");
  REQUIRE(OutgoingAtomCache::place_of(a) != OutgoingAtomCache::place_of(b));
  Term control = f.tuple({Term::small(1), a}), payload = f.list({b, a});
  std::string terms = std::string("h\2a\1R\0", 6) + std::string("l\0\0\0\2R\1R\0j", 10);
  auto flags = [&](unsigned fresh) { return char((segment(b) | fresh) << 4 | segment(a) | fresh); };
  REQUIRE(f.packet(control, payload, with_all) == std::string("\x83" "D\2") + flags(8) + '\0' + place_in_cache(a) + "\5first" +
                                                      place_in_cache(b) + "\6second" + terms);
  REQUIRE(f.packet(control, payload, with_all) ==
          std::string("\x83" "D\2") + flags(0) + '\0' + place_in_cache(a) + place_in_cache(b) + terms);
  // An odd number of atoms: the flags of the whole are in the last atom's byte.
  REQUIRE(f.packet(control, Term(), with_all) == std::string("\x83" "D\1") + char(segment(a)) + place_in_cache(a) + terms.substr(0, 6));
  REQUIRE(f.packet(f.tuple({Term::small(1)}), Term(), with_all) == std::string("\x83" "D\0h\1a\1", 7));
}

TEST_CASE("dist packets: without a cache") {
  Fixture f;
  Term control = f.tuple({Term::small(1), atom::ok});
  REQUIRE(f.packet(control, atom::true_, 0) == "p\x83h\2a\1w\2ok\x83w\4true");
  REQUIRE(f.packet(control, Term(), 0) == "p\x83h\2a\1w\2ok");
  REQUIRE(f.packet(control, atom::true_, flag::fragments) == std::string("\x83" "D\0h\2a\1w\2okw\4true", 17));
}

TEST_CASE("dist packets: long atoms have lengths of two bytes, and so have all that are new beside them") {
  Fixture f;
  std::string text;
  for (int i = 0; i < 255; i++) text += "\xce\xb1";
  Term a = make_atom("short one"), b = make_atom(text);
  Term control = f.tuple({Term::small(1), a, b});
  REQUIRE(f.packet(control, Term(), with_all) == std::string("\x83" "D\2") + char((segment(b) | 8) << 4 | segment(a) | 8) + '\1' +
                                                     place_in_cache(a) + std::string("\0\x09", 2) + "short one" + place_in_cache(b) +
                                                     "\x01\xfe" + text + std::string("h\3a\1R\0R\1", 8));
  // No text, no length.
  REQUIRE(f.packet(control, Term(), with_all).substr(3, 2) == std::string{char(segment(b) << 4 | segment(a)), '\0'});
  REQUIRE(f.packet(f.tuple({Term::small(1), make_atom("")}), Term(), with_all).size() == 2 + 1 + 1 + 2 + 6);
}

TEST_CASE("dist packets: 255 atoms go by index, others are written out") {
  Fixture f;
  auto atoms = atoms_apart(300);
  std::string packet = f.packet(f.tuple({Term::small(1)}), f.list(atoms), with_all);
  REQUIRE(uint8_t(packet[2]) == 255);
  std::string terms = "h\1a\1" + std::string("l\0\0\1\x2c", 5);
  for (size_t i = 0; i < 300; i++) {
    std::string text(atom_text(atoms[i]));
    terms += i < 255 ? std::string("R") + char(i) : "w" + std::string(1, char(text.size())) + text;
  }
  REQUIRE(packet.substr(packet.size() - terms.size() - 1) == terms + "j");
  // Once more, with one of them first: the same atoms again.
  std::swap(atoms[0], atoms[17]);
  size_t first = packet.size();
  REQUIRE(f.packet(f.tuple({Term::small(1)}), f.list(atoms), with_all).size() < first - 255 * 6);
}

TEST_CASE("dist packets: atoms of one place") {
  Fixture f;
  Term a = make_atom("one of a place"), b;
  for (int i = 0; b.is_non_value(); i++) {
    Term other = make_atom("place" + std::to_string(i));
    if (OutgoingAtomCache::place_of(other) == OutgoingAtomCache::place_of(a)) b = other;
  }
  std::string text(atom_text(b));
  std::string b_whole = "w" + std::string(1, char(text.size())) + text;
  // Among few atoms and among many.
  for (size_t others : {0, 100}) {
    std::vector<Term> elements{a, b, a};
    for (Term other : atoms_apart(others))
      if (OutgoingAtomCache::place_of(other) != OutgoingAtomCache::place_of(a)) elements.push_back(other);
    elements.push_back(b);
    std::string packet = f.packet(f.tuple({Term::small(1)}), f.list(elements), with_all);
    REQUIRE(packet.find("R" + std::string(1, '\0') + b_whole + "R" + std::string(1, '\0')) != std::string::npos);
    REQUIRE(packet.substr(packet.size() - b_whole.size() - 1) == b_whole + "j");
    // The other one takes its place, and then the first has to be said again.
    std::string other_packet = f.packet(f.tuple({Term::small(1), b}), Term(), with_all);
    REQUIRE(other_packet.find(text) != std::string::npos);
    REQUIRE(f.packet(f.tuple({Term::small(1), a}), Term(), with_all).find("one of a place") != std::string::npos);
  }
}

TEST_CASE("dist packets: fragments") {
  Fixture f;
  Term control = f.tuple({Term::small(1)});
  auto packets = [&](Term control, size_t bytes, uint64_t flags) {
    std::string data(bytes, 'x');
    Term payload = bits::from_bytes(f.heap, reinterpret_cast<const uint8_t*>(data.data()), bytes);
    return packets_of(encode_signal(control, payload, flags), flags & flag::header_atom_cache ? &f.cache : nullptr, 0x0102030405060708);
  };
  // 4 bytes of control message and 5 in front of the binary's.
  REQUIRE(packets(control, fragment_bytes - 9, with_all).size() == 1);
  auto two = packets(control, fragment_bytes - 8, with_all);
  REQUIRE(two.size() == 2);
  REQUIRE(two[0].substr(0, 23) == std::string("\x83" "E\1\2\3\4\5\6\7\x08\0\0\0\0\0\0\0\2\0h\1a\1", 23));
  REQUIRE(two[0].size() == 19 + fragment_bytes);
  REQUIRE(two[1] == std::string("\x83" "F\1\2\3\4\5\6\7\x08\0\0\0\0\0\0\0\1x", 19));
  auto many = packets(control, 5 * fragment_bytes - 9, with_all);
  REQUIRE(many.size() == 5);
  REQUIRE(many[4].size() == 18 + fragment_bytes);
  REQUIRE(packets(control, 5 * fragment_bytes, flag::header_atom_cache).size() == 1);
  REQUIRE(packets(control, 5 * fragment_bytes, 0).size() == 1);
  REQUIRE(packets(control, 5 * fragment_bytes, flag::fragments).size() == 6);
  // The control message is whole in the first, however large.
  std::string data(2 * fragment_bytes, 'y');
  Term large = f.tuple({Term::small(1), bits::from_bytes(f.heap, reinterpret_cast<const uint8_t*>(data.data()), data.size())});
  auto after = packets(large, 10, with_all);
  REQUIRE(after.size() == 2);
  REQUIRE(after[0].size() == 19 + 4 + 5 + 2 * fragment_bytes);
  REQUIRE(after[1].size() == 18 + 5 + 10);
  REQUIRE(packets_of(encode_signal(large, Term(), with_all), &f.cache, 1).size() == 1);
}

TEST_CASE("dist packets: encoding in steps, with terms that move") {
  Fixture f;
  RandomTerms random(f.heap, 3);
  Term control = f.tuple({Term::small(1), atom::ok}), payload = f.list({random.term(), random.term(), random.term(), random.term()});
  std::string at_once = f.packet(control, payload, flag::header_atom_cache);
  f.cache = OutgoingAtomCache();
  struct Counter : RootVisitor {
    size_t pending = 0;
    void visit(Term* first, size_t count) override {
      pending += count;
      for (size_t i = 0; i < count; i++) REQUIRE(first[i].is_value());
    }
  } counter;
  SignalEncoder encoder(control, payload, flag::header_atom_cache);
  for (size_t used = 0; !encoder.step(1, &used);) encoder.visit_roots(counter);
  REQUIRE(counter.pending > 10);
  REQUIRE(!encoder.failed());
  REQUIRE(packets_of(encoder.take(), &f.cache, 1)[0] == at_once);
  // Given up half way.
  SignalEncoder other(control, payload, with_all);
  size_t used = 0;
  REQUIRE(!other.step(1, &used));
}
