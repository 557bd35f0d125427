#include "vm/port/driver_queue.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "vm/port/io_vector.h"
#include "vm/term/bits.h"
#include "vm/term/test_heap.h"

using namespace joist;

namespace {

std::string text_of(DriverQueue& queue) {
  std::string all;
  driver_abi::Vector v = queue.view();
  for (int i = 0; i < v.count; i++) all.append(v.pieces[i].bytes, v.pieces[i].size);
  REQUIRE(all.size() == queue.bytes());
  return all;
}

driver_abi::Binary& binary_of(std::string_view text) {
  driver_abi::Binary* binary = driver_binary::create(text.size());
  memcpy(binary->bytes, text.data(), text.size());
  return *binary;
}

}  // namespace

TEST_CASE("a driver's binary is shared bytes with its size before them") {
  driver_abi::Binary& binary = binary_of("0123456789");
  CHECK(binary.size == 10);
  SharedBytes& shared = driver_binary::shared(binary);
  CHECK(shared.data == reinterpret_cast<uint8_t*>(binary.bytes));
  CHECK(&driver_binary::of(shared) == &binary);
  shared.release();
}

TEST_CASE("a driver's queue grows at both ends and is dropped from the front") {
  DriverQueue queue;
  queue.append("middle", 6);
  queue.prepend("front ", 6);
  queue.append(" end", 4);
  queue.append("", 0);
  CHECK(text_of(queue) == "front middle end");
  queue.drop(3);
  CHECK(text_of(queue) == "nt middle end");
  queue.drop(5);
  queue.prepend("x", 1);
  CHECK(text_of(queue) == "xddle end");
  queue.drop(9);
  CHECK(text_of(queue).empty());
  CHECK(queue.view().count == 0);
}

TEST_CASE("a driver's queue keeps the binaries that its pieces lie in") {
  driver_abi::Binary& binary = binary_of("0123456789");
  SharedBytes& shared = driver_binary::shared(binary);
  {
    char loose[] = "loose";
    driver_abi::Piece pieces[] = {{nullptr, 0}, {binary.bytes + 2, 5}, {loose, 5}};
    driver_abi::Binary* binaries[] = {nullptr, &binary, nullptr};
    driver_abi::Vector vector{3, 10, pieces, binaries};
    DriverQueue queue;
    queue.append(vector, 1);
    CHECK(shared.references.load() == 2);
    queue.prepend(vector, 7);
    queue.prepend(vector, 0);
    CHECK(text_of(queue) == "23456looseose3456loose");
    queue.append(binary, binary.bytes, 10);
    CHECK(shared.references.load() == 4);
    queue.drop(5);
    CHECK(shared.references.load() == 3);
  }
  CHECK(shared.references.load() == 1);
  shared.release();
}

TEST_CASE("output in pieces refers to large binaries and copies the rest together") {
  TestHeap heap;
  std::string large(1000, 'L');
  Term binary = bits::from_text(heap, large);
  Term small = bits::from_text(heap, "small");
  auto list = [&](Term head, Term tail) { return heap.reserve(Words(2)).cons(head, tail); };
  Term all = list(Term::small('a'), list(small, list(binary, list(Term::small('b'), binary))));
  IoVector vector;
  REQUIRE(vector.add(all));
  CHECK(vector.bytes == 2007);
  REQUIRE(vector.pieces.size() == 4);
  std::string text;
  for (const IoVector::Piece& piece : vector.pieces) text.append(reinterpret_cast<char*>(piece.data), piece.size);
  CHECK(text == "asmall" + large + "b" + large);
  CHECK(vector.pieces[1].owner == binary.as<RefcBits>()->shared);
  CHECK(vector.pieces[0].owner == vector.pieces[2].owner);
  IoVector bad;
  CHECK_FALSE(bad.add(list(Term::small(256), nil)));
  CHECK(bad.pieces.empty());
}
