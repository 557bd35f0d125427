#include "vm/port/driver_queue.h"

#include <cstring>

namespace joist {

namespace driver_binary {

constexpr size_t head_bytes = sizeof(SharedBytes) - offsetof(driver_abi::Binary, bytes);
static_assert(offsetof(SharedBytes, capacity) == head_bytes, "the capacity is a driver binary's size");

driver_abi::Binary* create(size_t size) {
  SharedBytes* bytes = SharedBytes::try_create(size);
  return bytes ? &of(*bytes) : nullptr;
}

SharedBytes& shared(driver_abi::Binary& binary) { return *reinterpret_cast<SharedBytes*>(reinterpret_cast<char*>(&binary) - head_bytes); }
driver_abi::Binary& of(SharedBytes& bytes) { return *reinterpret_cast<driver_abi::Binary*>(reinterpret_cast<char*>(&bytes) + head_bytes); }

}  // namespace driver_binary

using driver_abi::Binary;
using driver_abi::Vector;

namespace {

Binary& copy_of(const char* data, size_t size) {
  Binary& binary = driver_binary::of(*SharedBytes::create(size));
  memcpy(binary.bytes, data, size);
  return binary;
}

// Calls f(binary or null, data, size) for what is behind `skip` bytes.
template <class F>
void for_each_piece(const Vector& v, size_t skip, F f) {
  for (int i = 0; i < v.count; i++) {
    size_t size = v.pieces[i].size, over = skip < size ? skip : size;
    skip -= over;
    if (size > over) f(v.binaries[i], v.pieces[i].bytes + over, size - over);
  }
}

}  // namespace

void DriverQueue::insert(size_t at, Binary& binary, char* data, size_t size) {
  if (!size) return;
  driver_binary::shared(binary).retain();
  pieces_.insert(pieces_.begin() + ptrdiff_t(at), {data, size});
  binaries_.insert(binaries_.begin() + ptrdiff_t(at), &binary);
  bytes_ += size;
}

void DriverQueue::append(Binary& binary, char* at, size_t size) { insert(pieces_.size(), binary, at, size); }

void DriverQueue::prepend(Binary& binary, char* at, size_t size) {
  if (!first_ || !size) return insert(first_, binary, at, size);
  driver_binary::shared(binary).retain();
  first_--;
  pieces_[first_] = {at, size};
  binaries_[first_] = &binary;
  bytes_ += size;
}

void DriverQueue::append(const char* data, size_t size) {
  if (!size) return;
  Binary& binary = copy_of(data, size);
  append(binary, binary.bytes, size);
  driver_binary::shared(binary).release();
}

void DriverQueue::prepend(const char* data, size_t size) {
  if (!size) return;
  Binary& binary = copy_of(data, size);
  prepend(binary, binary.bytes, size);
  driver_binary::shared(binary).release();
}

void DriverQueue::append(const Vector& vector, size_t skip) {
  for_each_piece(vector, skip, [&](Binary* binary, char* data, size_t size) {
    if (binary) append(*binary, data, size);
    else append(data, size);
  });
}

void DriverQueue::prepend(const Vector& vector, size_t skip) {
  size_t at = first_;
  for_each_piece(vector, skip, [&](Binary* binary, char* data, size_t size) {
    if (binary) return insert(at++, *binary, data, size);
    Binary& copy = copy_of(data, size);
    insert(at++, copy, copy.bytes, size);
    driver_binary::shared(copy).release();
  });
}

void DriverQueue::drop(size_t bytes) {
  bytes_ -= bytes;
  while (bytes) {
    driver_abi::Piece& piece = pieces_[first_];
    if (bytes < piece.size) {
      piece.bytes += bytes;
      piece.size -= bytes;
      break;
    }
    bytes -= piece.size;
    driver_binary::shared(*binaries_[first_]).release();
    first_++;
  }
  if (first_ == pieces_.size()) {
    pieces_.clear();
    binaries_.clear();
    first_ = 0;
  }
}

Vector DriverQueue::view() { return {int(pieces_.size() - first_), bytes_, pieces_.data() + first_, binaries_.data() + first_}; }

}  // namespace joist
