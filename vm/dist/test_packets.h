// What the unit tests of packets share.
#pragma once
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "vm/dist/incoming.h"
#include "vm/dist/outgoing.h"
#include "vm/term/atom.h"
#include "vm/term/bits.h"
#include "vm/term/map.h"
#include "vm/term/test_heap.h"

namespace joist::dist {

inline constexpr uint64_t with_all = flag::header_atom_cache | flag::fragments;
inline constexpr uint64_t flag_choices[] = {0, flag::header_atom_cache, flag::fragments, with_all};

inline std::string bytes_of(const Packet& packet) {
  std::string s;
  if (packet.header) s.append(reinterpret_cast<char*>(packet.header->data), packet.header_size);
  if (packet.body) s.append(reinterpret_cast<char*>(packet.body->data) + packet.offset, packet.size);
  REQUIRE(s.size() == packet.bytes());
  return s;
}

inline PacketReader::Outcome read(PacketReader& reader, const std::string& packet, IncomingSignal* out) {
  // Exactly sized, so that the address sanitizer sees any byte too many.
  std::vector<uint8_t> exact(packet.begin(), packet.end());
  return reader.read(exact.data(), exact.size(), out);
}

// All packets of one signal.
inline std::vector<std::string> packets_of(OutgoingSignal* signal, OutgoingAtomCache* cache, uint64_t sequence) {
  std::vector<std::string> out;
  for (bool last = false; !last;) {
    Packet packet;
    size_t before = signal->size();
    last = signal->take(cache, sequence, &packet);
    REQUIRE(signal->size() < before);
    out.push_back(bytes_of(packet));
  }
  REQUIRE(signal->size() == 0);
  delete signal;
  return out;
}

struct DecodedPayload {
  FragmentTerm term{Term(), nullptr};
  bool good;
  explicit DecodedPayload(const Payload& payload, Term extra = Term(), Term* extra_copy = nullptr)
      : good(payload.decode(&term, extra, extra_copy)) {}
  ~DecodedPayload() { HeapFragment::destroy(term.fragment); }
};

// Terms of every kind but funs, some of them large.
class RandomTerms {
 public:
  RandomTerms(Heap& heap, unsigned seed) : heap_(heap), random_(seed) {}
  size_t below(size_t n) { return random_() % n; }
  Term atom() { return make_atom("atom" + std::to_string(below(6000))); }
  // Without references to anything outside the heap.
  Term small_term() {
    largest_ = 8;
    return term(3);
  }
  Term term(int depth = 4) {
    switch (below(depth > 0 ? 13 : 8)) {
      case 0: case 1: case 2: return atom();
      case 3: return Term::small(SWord(random_()) >> below(60));
      case 4: return heap_.reserve(Words(2)).float_(double(below(1000)) / 7);
      case 5: return Term::local_pid(uint32_t(below(1 << 20)), uint32_t(below(100)));
      case 6: {
        std::string data(below(below(20) ? 100 : 200000) % largest_, 'x');
        return bits::from_bytes(heap_, reinterpret_cast<const uint8_t*>(data.data()), data.size());
      }
      case 7: return nil;
      case 8: case 9: {
        size_t n = below(8);
        Term elements[8];
        for (size_t i = 0; i < n; i++) elements[i] = term(depth - 1);
        Tuple* t = heap_.reserve(Words(n + 1)).tuple_of(n);
        for (size_t i = 0; i < n; i++) t->elements[i] = elements[i];
        return t->term();
      }
      case 10: {
        std::vector<Term> pairs;
        for (size_t i = 0, n = below(60); i < n; i++) {
          pairs.push_back(Term::small(SWord(i)));
          pairs.push_back(term(depth - 2));
        }
        return map::from_pairs(heap_, pairs.data(), pairs.size() / 2);
      }
      default: {
        Term list = below(2) ? nil : atom();
        for (size_t i = 0, n = below(below(20) ? 10 : 1000) % largest_; i < n; i++) {
          Term head = term(depth - 2);
          list = heap_.reserve(Words(2)).cons(head, list);
        }
        return list;
      }
    }
  }

 private:
  Heap& heap_;
  size_t largest_ = ~size_t(0);
  std::mt19937_64 random_;
};

}  // namespace joist::dist
