#include <catch2/catch.hpp>

#include "vm/port/inet/stream_input.h"
#include "vm/port/inet/stream_output.h"
#include "vm/port/inet/wire.h"

#include <cstring>

using namespace joist::inet;

namespace {

void put(StreamInput& in, std::string_view bytes) {
  while (!bytes.empty()) {
    size_t room;
    char* to = in.room(bytes.size(), &room);
    REQUIRE(to);
    REQUIRE(room > 0);
    size_t n = std::min(room, bytes.size());
    memcpy(to, bytes.data(), n);
    in.added(n);
    bytes.remove_prefix(n);
  }
}

std::string queued(const StreamOutput& out) {
  std::string_view parts[16];
  std::string all;
  size_t n = out.first(parts, 16);
  for (size_t i = 0; i < n; i++) all += parts[i];
  return all;
}

}  // namespace

TEST_CASE("stream input: bytes come and go in order") {
  StreamInput in;
  in.begin(10);
  put(in, "hello ");
  put(in, "world, and more than its capacity");
  CHECK(in.view().substr(0, 11) == "hello world");
  in.consume(6);
  CHECK(in.view().substr(0, 5) == "world");
  in.push_front("small ");
  CHECK(in.view().substr(0, 11) == "small world");
  in.consume(in.size());
  CHECK(in.capacity() == 0);
  CHECK(in.view().empty());
}

TEST_CASE("stream input: what was handed out stays as it was") {
  StreamInput in;
  in.begin(100);
  put(in, std::string(80, 'a') + "rest");
  joist::SharedBytes* shared = in.shared(80);
  REQUIRE(shared);
  shared->retain();
  in.consume(80);
  put(in, "more");
  CHECK(in.view() == "restmore");
  CHECK(memcmp(shared->data, std::string(80, 'a').data(), 80) == 0);
  shared->release();
  CHECK(in.shared(4) == nullptr);
}

TEST_CASE("stream output: parts are sent from where they were left") {
  StreamOutput out;
  CHECK(out.empty());
  out.push("abcdef", 2);
  out.push("ghi");
  out.push("xyz", 3);
  out.push("jkl", 1);
  CHECK(out.size() == 9);
  CHECK(queued(out) == "cdefghikl");
  out.pop(5);
  CHECK(queued(out) == "hikl");
  out.pop(4);
  CHECK(out.empty());
  for (int i = 0; i < 300; i++) out.push("0123456789");
  for (int i = 0; i < 250; i++) out.pop(10);
  out.pop(3);
  CHECK(out.size() == 497);
  CHECK(queued(out).substr(0, 9) == "345678901");
}

TEST_CASE("wire: numbers, and reading beyond the end") {
  WireReader in(std::string_view("\x01\x02\x03\x04\x05", 5));
  CHECK(in.u8() == 1);
  CHECK(in.u16() == 0x0203);
  CHECK(in.good());
  CHECK(in.u32() == 0);
  CHECK_FALSE(in.good());
  std::string text;
  Reply reply(&text);
  reply.u16(258);
  CHECK(text == std::string("\x01\x01\x02", 3));
  reply.error("einval");
  CHECK(text == std::string("\0einval", 7));
}
