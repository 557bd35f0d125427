// Signals to packets and back.
#include "vm/dist/packets.h"

#include "vm/dist/test_packets.h"
#include "vm/term/compare.h"

using namespace joist;
using namespace joist::dist;

TEST_CASE("dist packets: signals come as they were sent, in any order of fragments") {
  for (uint64_t flags : flag_choices) {
    TestHeap heap(1 << 20);
    RandomTerms random(heap, unsigned(flags) + 1);
    OutgoingAtomCache cache;
    PacketReader reader(flags);
    struct Sent {
      OutgoingSignal* signal;
      Term control, payload;
    };
    std::vector<std::pair<uint64_t, Sent>> under_way;
    size_t fragmented = 0, come = 0;
    for (uint64_t n = 1; n <= 400 || !under_way.empty();) {
      if (n <= 400 && (under_way.empty() || random.below(3))) {
        HeapWriter w = heap.reserve(Words(4));
        Term control = w.tuple(Term::small(22), random.atom(), Term::small(SWord(n)));
        Term payload = random.below(10) ? random.term() : Term();
        auto* signal = encode_signal(control, payload, flags);
        REQUIRE(signal);
        under_way.push_back({n++, {signal, control, payload}});
      }
      size_t i = random.below(under_way.size());
      auto [sequence, sent] = under_way[i];
      Packet packet;
      bool last = sent.signal->take(flags & flag::header_atom_cache ? &cache : nullptr, sequence, &packet);
      IncomingSignal in;
      auto outcome = read(reader, bytes_of(packet), &in);
      if (!last) {
        REQUIRE(outcome == PacketReader::Outcome::Nothing);
        fragmented++;
        continue;
      }
      REQUIRE(outcome == PacketReader::Outcome::Signal);
      REQUIRE(terms_equal(in.control, sent.control));
      REQUIRE(in.payload.is_empty() == sent.payload.is_non_value());
      if (sent.payload.is_value()) {
        Term copy;
        DecodedPayload got(in.payload, sent.control, &copy);
        REQUIRE(got.good);
        REQUIRE(terms_equal(got.term.term, sent.payload));
        REQUIRE(terms_equal(copy, sent.control));
      }
      delete sent.signal;
      under_way.erase(under_way.begin() + std::ptrdiff_t(i));
      come++;
    }
    REQUIRE(come == 400);
    REQUIRE(reader.held_bytes() == 0);
    REQUIRE((fragmented > 20) == bool(flags & flag::fragments));
  }
}
