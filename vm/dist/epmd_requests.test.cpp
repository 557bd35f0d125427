#include "vm/dist/epmd_requests.h"

#include <catch2/catch.hpp>
#include <random>

using namespace joist;
using sys::AfterBytes;

namespace {

std::string be16(size_t n) { return {char(n >> 8), char(n)}; }
std::string packet(const std::string& body) { return be16(body.size()) + body; }
std::string bytes(std::initializer_list<int> list) {
  std::string out;
  for (int b : list) out.push_back(char(b));
  return out;
}
std::string alive(const std::string& name, int highest = 6, const std::string& extra = "", int port = 4711) {
  return packet("x" + be16(size_t(port)) + bytes({77, 0}) + be16(size_t(highest)) + be16(5) + be16(name.size()) + name +
                be16(extra.size()) + extra);
}

// An epmd without sockets, to which connections are made by number.
struct Fixture {
  EpmdRequests epmd;
  explicit Fixture(bool relaxed = false) : epmd({.port = 4369, .relaxed = relaxed, .now = [] { return 999u; }, .log = {-1, false}}) {}

  struct Outcome {
    AfterBytes after;
    std::string answer;
    int close;
  };
  Outcome send(int connection, const std::string& all) {
    sys::TcpAnswer answer;
    AfterBytes after = epmd.received(connection, all, &answer);
    return {after, answer.bytes, answer.close};
  }
  // On a new connection, which is then closed unless it is kept.
  Outcome ask(int connection, const std::string& all, bool from_here = true) {
    epmd.opened(connection, from_here);
    Outcome out = send(connection, all);
    if (out.after != AfterBytes::Keep) epmd.closed(connection);
    return out;
  }
};

}  // namespace

TEST_CASE("registering, finding, giving up", "[epmd]") {
  Fixture f;
  auto a = f.ask(5, alive("one", 6, std::string("e\0x", 3)));
  REQUIRE(a.after == AfterBytes::Keep);
  REQUIRE(a.answer == bytes({'v', 0, 0, 0, 3, 232}));
  auto found = f.ask(6, packet("zone"));
  REQUIRE(found.after == AfterBytes::Close);
  REQUIRE(found.answer == bytes({'w', 0, 0x12, 0x67, 77, 0, 0, 6, 0, 5, 0, 3, 'o', 'n', 'e', 0, 3, 'e', 0, 'x'}));
  REQUIRE(f.ask(6, packet(std::string("zone\0", 5))).answer == found.answer);
  REQUIRE(f.ask(6, packet("zon")).answer == bytes({'w', 1}));
  f.epmd.closed(5);
  REQUIRE(f.ask(6, packet("zone")).answer == bytes({'w', 1}));
  REQUIRE(f.ask(5, alive("one", 5)).answer == bytes({'y', 0, 0, 1001 % 3 + 1}));
}

TEST_CASE("a name that is taken or bad", "[epmd]") {
  Fixture f;
  f.ask(5, alive("one"));
  auto again = f.ask(6, alive("one"));
  REQUIRE(again.after == AfterBytes::Keep);
  REQUIRE(again.answer == bytes({'v', 1, 0, 0, 0, 99}));
  REQUIRE(f.ask(7, alive("one", 5)).answer == bytes({'y', 1, 0, 99}));
  REQUIRE(f.ask(8, alive("\xff\xfe")).answer == bytes({'v', 1, 0, 0, 0, 99}));
  std::string wide;
  for (int i = 0; i < 255; i++) wide += "\xf0\x9f\x98\x88";
  REQUIRE(f.ask(9, alive(wide)).answer[1] == 0);
  REQUIRE(f.ask(10, alive(std::string(256, 'a'))).answer[1] == 1);
  REQUIRE(f.ask(11, alive("extra", 6, std::string(1021, 'x'))).answer[1] == 1);
  REQUIRE(f.ask(12, alive("extra", 6, std::string(1020, 'x'))).answer[1] == 0);
  REQUIRE(f.ask(13, alive(std::string("a\0b", 3))).after == AfterBytes::Close);
  REQUIRE(f.epmd.names().active().size() == 3);
}

TEST_CASE("requests in pieces", "[epmd]") {
  Fixture f;
  std::string all = alive("slow");
  f.epmd.opened(5, true);
  for (size_t i = 0; i + 1 < all.size(); i++) {
    REQUIRE(f.epmd.wanted(5) == (i < 2 ? EpmdRequests::longest_packet : all.size()) - i);
    REQUIRE(f.send(5, all.substr(i, 1)).after == AfterBytes::ReadOn);
  }
  REQUIRE(f.send(5, all.substr(all.size() - 1)).after == AfterBytes::Keep);
  REQUIRE(f.send(5, "more").after == AfterBytes::Close);
  REQUIRE(f.ask(6, be16(0)).after == AfterBytes::Close);
  REQUIRE(f.ask(6, be16(3057)).after == AfterBytes::ReadOn);
  REQUIRE(f.ask(6, be16(3058)).after == AfterBytes::Close);
  REQUIRE(f.ask(6, packet("n") + "x").answer.empty());
}

TEST_CASE("lists of names", "[epmd]") {
  Fixture f;
  std::string port = bytes({0, 0, 0x11, 0x11});
  REQUIRE(f.ask(4, packet("n")).answer == port);
  f.ask(5, alive("one", 6, "", 1000));
  f.ask(6, alive("two", 6, "", 2000));
  f.ask(7, alive("three", 6, "", 3000));
  f.epmd.closed(6);
  REQUIRE(f.ask(8, packet("n")).answer == port + "name three at port 3000\nname one at port 1000\n");
  REQUIRE(f.ask(8, packet("d")).answer == port + "active name     <three> at port 3000, fd = 7\n" + '\0' +
                                              "active name     <one> at port 1000, fd = 5\n" + '\0' +
                                              "old/unused name <two>, port = 2000, fd = 6 \n" + '\0');
}

TEST_CASE("who may do what", "[epmd]") {
  Fixture strict, relaxed(true);
  for (Fixture* f : {&strict, &relaxed}) {
    f->ask(5, alive("one"));
    for (const std::string& request : {alive("two"), packet("d"), packet("k"), packet("sone")}) {
      auto outcome = f->ask(6, request, false);
      REQUIRE(outcome.after == AfterBytes::Close);
      REQUIRE(outcome.answer.empty());
    }
    REQUIRE(f->ask(6, packet("n"), false).answer.size() > 4);
    REQUIRE(f->ask(6, packet("zone"), false).answer.size() > 2);
  }
  REQUIRE(strict.ask(6, packet("sone")).answer.empty());
  REQUIRE(strict.ask(6, packet("k")).answer == "NO");
  strict.epmd.closed(5);
  auto end = strict.ask(6, packet("k"));
  REQUIRE(end.answer == "OK");
  REQUIRE(end.after == AfterBytes::End);

  REQUIRE(relaxed.ask(6, packet("snone")).answer == "NOEXISTSTOPPED");
  auto stopped = relaxed.ask(6, packet("sone"));
  REQUIRE(stopped.answer == "STOPPED");
  REQUIRE(stopped.close == 5);
  relaxed.ask(7, alive("one"));
  REQUIRE(relaxed.ask(6, packet("k")).after == AfterBytes::End);
}

TEST_CASE("whatever comes is read within bounds", "[epmd]") {
  Fixture f;
  std::mt19937 random(1);
  std::string kinds = "xzndks";
  for (int i = 0; i < 20000; i++) {
    f.epmd.opened(5, i % 3 != 0);
    std::string body(random() % 40, 0);
    for (char& c : body) c = random() % 3 ? char(random() % 8) : char(random());
    if (!body.empty() && i % 8) body[0] = kinds[random() % kinds.size()];
    std::string all = packet(body);
    AfterBytes after = AfterBytes::ReadOn;
    for (size_t at = 0; at < all.size() && after == AfterBytes::ReadOn;) {
      size_t n = std::min({f.epmd.wanted(5), all.size() - at, size_t(random() % 20 + 1)});
      REQUIRE(n > 0);
      after = f.send(5, all.substr(at, n)).after;
      at += n;
    }
    f.epmd.closed(5);
  }
  REQUIRE(f.epmd.names().active().empty());
}
