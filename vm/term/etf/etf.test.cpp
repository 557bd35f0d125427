#include "vm/term/etf/etf.h"

#include <zlib.h>

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "vm/term/arith.h"
#include "vm/term/atom.h"
#include "vm/term/compare.h"
#include "vm/term/etf/test_hooks.h"
#include "vm/term/map.h"
#include "vm/term/test_heap.h"

using namespace joist;

namespace {

const uint8_t* bytes(const std::string& s) { return reinterpret_cast<const uint8_t*>(s.data()); }

std::string encode(Term t, const etf::EncodeOptions& options, size_t budget = 1 << 20) {
  etf::Encoder encoder(t, options);
  size_t used = 0, size;
  while (!encoder.step(budget, &used)) {
  }
  REQUIRE(!encoder.failed());
  SharedBytes* out = encoder.take(&size);
  std::string s(reinterpret_cast<char*>(out->data), size);
  out->release();
  return s;
}

struct Vector {
  bool is_term, whole;
  unsigned minor;
  int compressed;
  bool deterministic;
  size_t external_size;
  size_t size;
  unsigned long crc;
  const char* hex;
};
const Vector vectors[] = {
#define T(size, hex) {true, true, 2, 0, false, 0, size, 0, hex},
#define X(minor, compressed, deterministic, size, hex) {false, true, minor, compressed, deterministic, size, 0, 0, hex},
#define H(minor, compressed, deterministic, ext, size, crc) {false, false, minor, compressed, deterministic, ext, size, crc, ""},
#include "vm/term/vectors/etf_vectors.inc"
#undef T
#undef X
#undef H
};

bool decodes(const std::string& s, etf::DecodeError* error = nullptr) {
  TestHeap heap(1 << 12);
  auto result = etf::decode(heap, bytes(s), s.size(), {});
  if (!result && error) *error = result.error();
  return bool(result);
}

}  // namespace

TEST_CASE("etf: both ways as erl does") {
  etf::set_test_hooks();
  TestHeap heap(1 << 20);
  Term term;
  std::string source;
  size_t checked = 0;
  for (auto& v : vectors) {
    etf::EncodeOptions options;
    options.minor_version = v.minor;
    options.compressed = v.compressed;
    options.deterministic = v.deterministic;
    INFO("term " << source.substr(0, 200) << " minor " << v.minor << " compressed " << v.compressed << " deterministic "
                 << v.deterministic);
    if (v.is_term) {
      source = v.hex;
      std::string data = etf::from_hex(v.hex);
      auto decoded = etf::decode(heap, bytes(data), data.size(), {});
      REQUIRE(bool(decoded));
      REQUIRE(decoded->used == data.size());
      term = decoded->term;
      REQUIRE(encode(term, options) == data);
      // In small steps, and into a writer.
      REQUIRE(encode(term, options, 1) == data);
      auto words = etf::decoded_words(bytes(data), data.size());
      REQUIRE(bool(words));
      std::vector<Word> room(*words + 1);
      OffHeap* off_heap = nullptr;
      HeapWriter w(room.data(), room.data() + *words, &off_heap);
      auto again = etf::decode_into(w, bytes(data), data.size(), {});
      REQUIRE(bool(again));
      bool has_fun = data.find('\x70') != std::string::npos;  // each decoding makes an entry of its own here
      if (!has_fun) REQUIRE(terms_equal(again->term, term));
      for (OffHeap* o = off_heap; o; o = o->next)
        if (header_kind(o->header) == Kind::RefcBits) reinterpret_cast<RefcBits*>(o)->shared->release();
      continue;
    }
    std::string out = encode(term, options);
    options.compressed = 0;
    REQUIRE(etf::encoded_size(term, options) == v.external_size);
    if (v.whole) {
      REQUIRE(out == etf::from_hex(v.hex));
    } else {
      REQUIRE(out.size() == v.size);
      REQUIRE(crc32(0, bytes(out), unsigned(out.size())) == v.crc);
    }
    auto back = etf::decode(heap, bytes(out), out.size(), {});
    REQUIRE(bool(back));
    REQUIRE(back->used == out.size());
    if (out.find('\x70') == std::string::npos) REQUIRE(terms_equal(back->term, term));
    checked++;
  }
  REQUIRE(checked > 1000);
}

TEST_CASE("etf: tags that only old nodes write") {
  etf::set_test_hooks();
  TestHeap heap;
  auto same = [&](const char* old, const char* now) {
    std::string a = etf::from_hex(old), b = etf::from_hex(now);
    auto result = etf::decode(heap, bytes(a), a.size(), {});
    INFO(old);
    REQUIRE(bool(result));
    REQUIRE(encode(result->term, {}) == b);
  };
  same("83730161", "8364000161");                                                            // SMALL_ATOM_EXT
  same("83760002C3A5", "83640001E5");                                                        // ATOM_UTF8_EXT
  same("836773016100000007000000090" "3", "8358640001610000000700000009" "00000003");        // PID_EXT
  same("83587700100000000000000000000000", "8358640000100000000000000000000000");  // a node without a name is another one
  same("8366730161000000070" "3", "83596400016100000007" "00000003");                        // PORT_EXT
  same("8365730161000000070" "3", "835A00016400016100000003" "00000007");                    // REFERENCE_EXT
  same("837200027301610" "30000000700000009", "835A00026400016100000003" "0000000700000009");  // NEW_REFERENCE_EXT
  same("836C0000000061" "05", "836105");                                                     // LIST_EXT without elements
  same("836B0000", "836A");                                                                  // STRING_EXT without bytes
  same("83690000000161" "05", "83680161" "05");                                              // LARGE_TUPLE_EXT
  same("836F000000020005" "00", "836105");                                                   // LARGE_BIG_EXT with zeros
  same("836E0000", "836100");
  same("836E0801FFFFFFFFFFFFFFFF", "836E0801FFFFFFFFFFFFFFFF");
  same("834D0000000108FF", "836D00000001FF");                                                // 8 bits in the last byte
  same("8363312E35303030303030303030303030303030303030306" "52B30300000000000", "83463FF8000000000000");
}

TEST_CASE("etf: malformed") {
  etf::set_test_hooks();
  for (const char* bad : {"", "83", "00", "8400", "8361", "83FF", "8375", "836E", "836E01", "836E0100", "836F00000001",
                          "836FFFFFFFFF00", "8364000461", "8377FF61", "8377" "02" "C328", "8376FFFF61", "8373", "836C", "836C00000001",
                          "836C00000001" "6101", "836CFFFFFFFF" "6A", "8368", "836801", "8369FFFFFFFF", "8374FFFFFFFF", "837400000001" "6101",
                          "8374000000026101610261016103",  // equal keys
                          "836B0002" "61", "836300", "83467FF0000000000000", "8346FFF8000000000000", "836D00000001", "836DFFFFFFFF00",
                          "834D0000000109FF", "834D0000000100FF", "834D0000000001", "8371", "8371610161016101",
                          "83717701617701626E0901000000000000000001", "8370", "83500000000A789C", "8350FFFFFFFF789C", "8352" "00",
                          "835877016100000000000000000000", "835A0006770161000000000000000000000000000000000000000000000000000000",
                          "835A0000770161000000000000000000", "8358610100000000000000000000000000",
                          "8367730161000000070000000904",
                          "83637878"}) {
    INFO(bad);
    REQUIRE(!decodes(etf::from_hex(bad)));
  }
  // A large map with equal keys.
  std::string s = etf::from_hex("8374") + std::string("\0\0\0\x28", 4);
  for (int i = 0; i < 40; i++) s += {'\x61', char(i == 39 ? 0 : i), '\x61', 1};
  REQUIRE(!decodes(s));
  s[s.size() - 3] = 39;
  REQUIRE(decodes(s));
}

TEST_CASE("etf: two terms behind some room, in steps") {
  TestHeap heap;
  Term first = heap.reserve(Words(3)).tuple(atom::true_, atom::false_);
  Term second = heap.reserve(Words(2)).cons(atom::ok, nil);
  for (bool skip_magic : {false, true}) {
    etf::EncodeOptions options;
    options.minor_version = 2;
    options.skip_magic = skip_magic;
    std::string a = encode(first, options), b = encode(second, options);
    options.headroom = 10;
    etf::Encoder encoder(first, options, second);
    size_t used = 0, size;
    while (!encoder.step(1, &used)) {
    }
    REQUIRE(used > 4);
    REQUIRE(encoder.second_at() == 10 + a.size());
    SharedBytes* out = encoder.take(&size, etf::Encoder::Fit::Loose);
    REQUIRE(size == 10 + a.size() + b.size());
    REQUIRE(out->capacity >= size);
    REQUIRE(std::string(reinterpret_cast<char*>(out->data) + 10, size - 10) == a + b);
    out->release();
  }
  REQUIRE(etf::Encoder(first, {}).second_at() == 0);
}

TEST_CASE("etf: safe") {
  etf::set_test_hooks();
  TestHeap heap;
  etf::DecodeOptions safe;
  safe.safe = true;
  std::string fresh = etf::from_hex("8377") + std::string("\x12" "never seen before1");
  auto result = etf::decode(heap, bytes(fresh), fresh.size(), safe);
  REQUIRE(!result);
  REQUIRE(result.error() == etf::DecodeError::UnsafeAtom);
  std::string known = etf::from_hex("83770474727565");
  REQUIRE(bool(etf::decode(heap, bytes(known), known.size(), safe)));
  std::string fun = etf::from_hex("837177056C697374737703" "6D61706102");
  REQUIRE(!etf::decode(heap, bytes(fun), fun.size(), safe));
  REQUIRE(bool(etf::decode(heap, bytes(fun), fun.size(), {})));
}

TEST_CASE("etf: bytes behind a term are left alone") {
  etf::set_test_hooks();
  TestHeap heap;
  std::string two = etf::from_hex("836101836102");
  auto result = etf::decode(heap, bytes(two), two.size(), {});
  REQUIRE(bool(result));
  REQUIRE(result->used == 3);
  std::string packed = etf::from_hex("8350000003EB789CCB667E91380A46C12818F600003454" "7C4E") + "rest";
  result = etf::decode(heap, bytes(packed), packed.size(), {});
  REQUIRE(bool(result));
  REQUIRE(result->used == packed.size() - 4);
}

TEST_CASE("etf: depth and length cost no C stack") {
  etf::set_test_hooks();
  TestHeap heap(1 << 23);
  std::string deep = "\x83";
  for (int i = 0; i < 1000000; i++) deep += std::string("\x68\x01", 2);
  deep += "\x6a";
  auto result = etf::decode(heap, bytes(deep), deep.size(), {});
  REQUIRE(bool(result));
  REQUIRE(encode(result->term, {}) == deep);
  std::string tails = "\x83";
  for (int i = 0; i < 1000000; i++) tails += std::string("\x6c\0\0\0\0", 5);
  tails += "\x6a";
  REQUIRE(decodes(tails));
}

TEST_CASE("etf: mutations never crash") {
  etf::set_test_hooks();
  std::mt19937 random(5);
  std::vector<std::string> seeds;
  for (auto& v : vectors)
    if (v.whole && std::string_view(v.hex).size() < 4000) seeds.push_back(etf::from_hex(v.hex));
  size_t good = 0;
  for (int round = 0; round < 12000; round++) {
    std::string s = seeds[random() % seeds.size()];
    for (unsigned i = 0, n = 1 + random() % 4; i < n; i++) {
      size_t at = random() % s.size();
      switch (random() % 6) {
        case 0: s[at] = char(random()); break;
        case 1: s[at] ^= char(1 << random() % 8); break;
        case 2: s.resize(at + 1); break;
        case 3: s.insert(at, 1, char(random())); break;
        case 4: s.erase(at, 1); if (s.empty()) s = "\x83"; break;
        case 5: s[at] = char(97 + random() % 24); break;
      }
    }
    // Exactly sized, so that the address sanitizer sees any byte too many.
    std::vector<uint8_t> exact(s.begin(), s.end());
    TestHeap heap(1 << 12);
    auto result = etf::decode(heap, exact.data(), exact.size(), {});
    if (!result) continue;
    good++;
    std::string out = encode(result->term, {});
    REQUIRE(etf::encoded_size(result->term, {}) >= out.size());
    auto back = etf::decode(heap, bytes(out), out.size(), {});
    REQUIRE(bool(back));
    REQUIRE(encode(back->term, {}) == out);
  }
  REQUIRE(good > 500);
}
