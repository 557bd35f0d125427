#include "vm/dist/incoming.h"

#include <zlib.h>

#include <algorithm>
#include <memory>

#include "vm/dist/test_packets.h"
#include "vm/term/compare.h"
#include "vm/term/etf/tags.h"
#include "vm/term/etf/test_hooks.h"
#include "vm/term/hash.h"

using namespace joist;
using namespace joist::dist;
using Outcome = PacketReader::Outcome;

namespace {

#include "vm/dist/vectors/traffic.inc"

// Blocks with their lengths in front, from hex of what zlib made of them.
std::vector<std::string> blocks(const char* hex, size_t size) {
  std::string packed = etf::from_hex(hex), data(size, 0);
  uLongf got = size;
  REQUIRE(uncompress(reinterpret_cast<Bytef*>(data.data()), &got, reinterpret_cast<const Bytef*>(packed.data()), packed.size()) == Z_OK);
  REQUIRE(got == size);
  std::vector<std::string> out;
  for (size_t at = 0; at < size;) {
    size_t n = etf::get32(reinterpret_cast<const uint8_t*>(data.data()) + at);
    out.push_back(data.substr(at + 4, n));
    at += 4 + n;
  }
  return out;
}

SWord operation(const IncomingSignal& signal) { return signal.control.as<Tuple>()->at(0).small_value(); }

Outcome outcome(const std::string& packet, uint64_t flags) {
  PacketReader reader(flags);
  IncomingSignal in;
  return read(reader, packet, &in);
}

std::string number64(uint64_t n) {
  std::string s(8, 0);
  etf::put64(reinterpret_cast<uint8_t*>(s.data()), n);
  return s;
}
const std::string control = "h\1a\1";
// Fragments without atoms.
std::string first_of(uint64_t sequence, uint64_t count, const std::string& payload) {
  return "\x83" "E" + number64(sequence) + number64(count) + std::string(1, '\0') + control + payload;
}
std::string next_of(uint64_t sequence, uint64_t count, const std::string& payload) {
  return "\x83" "F" + number64(sequence) + number64(count) + payload;
}

}  // namespace

TEST_CASE("dist packets: what OTP sends") {
  etf::set_test_hooks();
  TestHeap heap(1 << 22);
  auto packets = blocks(traffic_hex, traffic_size), expected = blocks(traffic_messages_hex, traffic_messages_size);
  // Of the packets of the last two large messages; they may come in turns.
  std::vector<std::string> large[2];
  for (auto& p : packets)
    if (p[1] == 'F' || p[1] == 'E') {
      for (auto& fragments : large)
        if (fragments.empty() ? p[1] == 'E' && p.find("\3one") + p.find("\3two") < 2 * p.size()
                              : fragments[0].substr(2, 8) == p.substr(2, 8) && uint8_t(fragments.back()[17]) == uint8_t(p[17]) + 1) {
          fragments.push_back(p);
          break;
        }
    }
  for (bool interleaved : {false, true}) {
    PacketReader reader(with_all);
    size_t come = 0, to_rec = 0;
    std::vector<std::string> order;
    for (auto& p : packets) order.push_back(p);
    if (interleaved) {
      REQUIRE(large[0].size() > 2);
      REQUIRE(large[0].size() == large[1].size());
      auto at = std::find(order.begin(), order.end(), large[0][0]);
      for (size_t i = 0; i < large[0].size(); i++)
        for (auto& fragments : large) *at++ = fragments[i];
    }
    for (auto& p : order) {
      IncomingSignal in;
      auto outcome = read(reader, p, &in);
      REQUIRE(outcome != Outcome::Bad);
      if (outcome == Outcome::Nothing) continue;
      come++;
      DecodedPayload got(in.payload);
      REQUIRE(got.good == !in.payload.is_empty());
      if (operation(in) != 6 || !in.control.as<Tuple>()->at(3).same(make_atom("rec"))) continue;
      if (to_rec < expected.size()) {
        auto& bytes = expected[to_rec];
        auto wanted = etf::decode(heap, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), {});
        REQUIRE(bool(wanted));
        REQUIRE(terms_equal(wanted->term, got.term.term));
      } else if (to_rec == expected.size() + 3) {
        REQUIRE(got.term.term.same(make_atom("done")));
      } else if (to_rec > expected.size()) {
        auto tuple = got.term.term.as<Tuple>();
        size_t n = 0;
        for (Term list = tuple->at(1); list.is_cons(); list = list.as_cons()->tail, n++) REQUIRE(list.as_cons()->head.same(tuple->at(0)));
        REQUIRE(n == 70000);
      }
      to_rec++;
    }
    REQUIRE(to_rec == expected.size() + 4);
    REQUIRE(come > to_rec);
    REQUIRE(reader.held_bytes() == 0);
  }
}

TEST_CASE("dist packets: malformed headers and terms") {
  PacketReader reader(with_all);
  IncomingSignal in;
  REQUIRE(read(reader, "", &in) == Outcome::Nothing);
  std::string good = std::string("\x83" "D\1\x08\5\1x", 7) + std::string("h\2a\1R\0", 6);
  REQUIRE(outcome(good, with_all) == Outcome::Signal);
  REQUIRE(outcome(good, flag::header_atom_cache) == Outcome::Signal);
  REQUIRE(outcome(good, 0) == Outcome::Bad);
  for (size_t n = 1; n < good.size(); n++) REQUIRE(outcome(good.substr(0, n), with_all) == Outcome::Bad);
  // What follows a control message is its payload, good or not.
  REQUIRE(read(reader, good + "zzz", &in) == Outcome::Signal);
  REQUIRE(!in.payload.is_empty());
  REQUIRE(!DecodedPayload(in.payload).good);
  REQUIRE(read(reader, good + "a\1zzz", &in) == Outcome::Signal);
  REQUIRE(DecodedPayload(in.payload).good);
  REQUIRE(read(reader, good, &in) == Outcome::Signal);
  REQUIRE(in.payload.is_empty());
  REQUIRE(!DecodedPayload(in.payload).good);
  auto bad = [](std::initializer_list<const char*> hex, uint64_t flags) {
    for (const char* h : hex) {
      INFO(h);
      CHECK(outcome(etf::from_hex(h), flags) == Outcome::Bad);
    }
  };
  bad({"83", "8344", "834400", "8444006801" "6101", "8342006801" "6101",  // other kinds
       "8344006800", "8344006101", "83440068016a", "8344006801" "5200",   // no control message
       "834401000568016101",                                              // an atom that never came
       "83440108050178" "680161",                                         // cut
       "834401080502c328" "68016101",                                     // no UTF-8
       "83440108050578" "68016101",                                       // longer than the packet
       "8344ff", "8344ff00",
       "834400836801" "6101",                                             // a magic byte
       "83440050000000026801" "789c",                                     // compressed
       "6801", "708368016101"}, with_all);
  bad({"70", "7083", "708368", "7068016101", "72836801" "6101", "7083" "50000000046801" "6101", "834400" "68016101"}, 0);
  REQUIRE(outcome(etf::from_hex("708368016101"), 0) == Outcome::Signal);
  // Fragments that were not agreed on.
  REQUIRE(outcome(first_of(1, 1, ""), flag::header_atom_cache) == Outcome::Bad);
  REQUIRE(outcome(first_of(1, 1, ""), flag::fragments) == Outcome::Signal);
}

TEST_CASE("dist packets: sequences that are none") {
  IncomingSignal in;
  std::string half(100, 'h');
  auto after_first = [&](const std::string& next) {
    PacketReader reader(with_all);
    REQUIRE(read(reader, first_of(7, 3, half), &in) == Outcome::Nothing);
    REQUIRE(reader.held_bytes() == 100);
    return read(reader, next, &in);
  };
  CHECK(after_first(next_of(7, 2, half)) == Outcome::Nothing);
  CHECK(after_first(next_of(7, 1, half)) == Outcome::Bad);   // one is missing
  CHECK(after_first(next_of(7, 3, half)) == Outcome::Bad);
  CHECK(after_first(next_of(7, 0, half)) == Outcome::Bad);
  CHECK(after_first(next_of(8, 2, half)) == Outcome::Bad);   // no such sequence
  CHECK(after_first(first_of(7, 3, half)) == Outcome::Bad);  // begun twice
  CHECK(after_first(first_of(8, 0, half)) == Outcome::Bad);
  CHECK(after_first(next_of(7, 2, "").substr(0, 17)) == Outcome::Bad);
  CHECK(outcome(next_of(1, 1, "a\1"), with_all) == Outcome::Bad);
  // The first one without a whole control message.
  CHECK(outcome("\x83" "E" + number64(1) + number64(2) + std::string(1, '\0') + "h\1", with_all) == Outcome::Bad);
  CHECK(outcome(("\x83" "E" + number64(1) + number64(2)).substr(0, 17), with_all) == Outcome::Bad);
  // One that is over may begin anew; empty fragments are fine.
  PacketReader reader(with_all);
  for (int i = 0; i < 3; i++) {
    REQUIRE(read(reader, first_of(7, 3, ""), &in) == Outcome::Nothing);
    REQUIRE(read(reader, next_of(7, 2, "a"), &in) == Outcome::Nothing);
    REQUIRE(read(reader, next_of(7, 1, "\5"), &in) == Outcome::Signal);
    DecodedPayload got(in.payload);
    REQUIRE(got.good);
    REQUIRE(got.term.term.same(Term::small(5)));
  }
  // Memory is what came, not what was announced.
  size_t before = shared_bytes_total();
  for (uint64_t i = 0; i < 1000; i++) REQUIRE(read(reader, first_of(100 + i, ~uint64_t(0), half), &in) == Outcome::Nothing);
  REQUIRE(reader.held_bytes() == 100 * 1000);
  REQUIRE(read(reader, next_of(100, ~uint64_t(0) - 1, std::string(fragment_bytes, 'x')), &in) == Outcome::Nothing);
  REQUIRE(shared_bytes_total() - before < 1000 * 200 + 4 * fragment_bytes);
}

TEST_CASE("dist packets: a map whose keys were made to collide") {
  TestHeap heap(1 << 20);
  // Pairs of numbers that agree in the first seven levels of the trie.
  std::vector<std::pair<uint32_t, int>> hashes;
  for (int i = 0; i < 1 << 20; i++) hashes.push_back({map_hash(Term::small(i), 0) & 0xfffffff, i});
  std::sort(hashes.begin(), hashes.end());
  std::vector<Term> pairs;
  for (size_t i = 0; i + 1 < hashes.size() && pairs.size() < 4 * 200; i++)
    if (hashes[i].first == hashes[i + 1].first)
      for (size_t j : {i, i + 1}) {
        pairs.push_back(Term::small(hashes[j].second));
        pairs.push_back(atom::ok);
      }
  REQUIRE(pairs.size() == 4 * 200);
  Term map = map::from_pairs(heap, pairs.data(), pairs.size() / 2);
  Term control = heap.reserve(Words(2)).tuple(Term::small(1));
  Term pid = Term::local_pid(1, 0), extra = heap.reserve(Words(3)).tuple(pid, map);
  auto packets = packets_of(encode_signal(control, map, 0), nullptr, 1);
  PacketReader reader(0);
  IncomingSignal in;
  REQUIRE(read(reader, packets[0], &in) == Outcome::Signal);
  Term copy;
  DecodedPayload got(in.payload, extra, &copy);
  REQUIRE(got.good);
  REQUIRE(terms_equal(got.term.term, map));
  REQUIRE(terms_equal(copy, extra));
}

TEST_CASE("dist packets: mutations never crash") {
  etf::set_test_hooks();
  std::mt19937 random(11);
  auto traffic = blocks(traffic_hex, traffic_size);
  TestHeap heap(1 << 22);
  RandomTerms terms(heap, 5);
  size_t signals = 0, bad = 0, good_payloads = 0;
  for (int round = 0; round < 1500; round++) {
    uint64_t flags = flag_choices[random() % 4];
    std::vector<std::string> packets;
    if (flags == with_all && random() % 2) {
      for (auto& p : traffic)
        if (p.size() < 4000) packets.push_back(p);
    } else {
      auto cache = std::make_unique<OutgoingAtomCache>();
      for (uint64_t i = 1; i < 6; i++) {
        heap.reset();
        Term control = heap.reserve(Words(3)).tuple(Term::small(22), terms.atom());
        Term payload = terms.small_term();
        for (auto& p : packets_of(encode_signal(control, payload, flags), flags & flag::header_atom_cache ? cache.get() : nullptr, i))
          packets.push_back(p);
      }
      // Cut where fragments may be cut, so that short ones are mutated too.
      if (flags & flag::fragments) {
        packets.push_back(first_of(9, 3, "l"));
        packets.push_back(next_of(9, 2, std::string("\0\0\0\1", 4)));
        packets.push_back(next_of(9, 1, "a\1j"));
      }
    }
    PacketReader reader(flags);
    for (auto& p : packets) {
      for (unsigned i = 0, n = random() % 3 ? 0 : 1 + random() % 3; i < n && !p.empty(); i++) {
        // Mostly near the front, where the header is.
        size_t at = random() % (random() % 2 ? p.size() : std::min<size_t>(p.size(), 40));
        switch (random() % 6) {
          case 0: p[at] = char(random()); break;
          case 1: p[at] ^= char(1 << random() % 8); break;
          case 2: p.resize(at); break;
          case 3: p.insert(at, 1, char(random())); break;
          case 4: p.erase(at, 1); break;
          case 5: p[at] = char(68 + random() % 53); break;
        }
      }
      IncomingSignal in;
      auto outcome = read(reader, p, &in);
      if (outcome == Outcome::Bad) {
        bad++;
        break;
      }
      if (outcome == Outcome::Nothing) continue;
      signals++;
      if (!in.payload.is_empty()) good_payloads += DecodedPayload(in.payload).good;
    }
  }
  INFO(signals << " signals, " << good_payloads << " good payloads, " << bad << " bad");
  REQUIRE(signals > 3000);
  REQUIRE(good_payloads > 2000);
  REQUIRE(bad > 500);
}
