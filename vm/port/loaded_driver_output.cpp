// Binaries, memory, output to Erlang, and the queue.
#include <cstring>

#include "vm/port/loaded_port.h"
#include "vm/sys/memory.h"

namespace joist {

using driver_abi::Binary;
using driver_abi::Vector;

namespace {

std::string_view text(const char* data, size_t size) { return data ? std::string_view(data, size) : std::string_view(); }

// All of the vector behind `skip` bytes.
std::string flat(const Vector& vector, size_t skip) {
  std::string all;
  for (int i = 0; i < vector.count; i++) all.append(vector.pieces[i].bytes ? vector.pieces[i].bytes : "", vector.pieces[i].size);
  return all.substr(skip < all.size() ? skip : all.size());
}

// Lines are cut from the bytes alone, as in OTP: a header goes before them.
int deliver(LoadedPort& port, std::string_view header, std::string_view bytes) {
  if (port.flushing) return 0;
  if (!port.port->options.line) {
    port.port->deliver_data(bytes, header);
    return 0;
  }
  if (!header.empty()) port.framing.feed(*port.port, header);
  port.framing.feed(*port.port, bytes);
  return 0;
}

}  // namespace

extern "C" {

// ---- memory

void* driver_alloc(size_t size) { return sys::try_allocate(size, sys::Alloc::Driver); }
void* driver_realloc(void* block, size_t size) { return sys::reallocate(block, size, sys::Alloc::Driver); }
void driver_free(void* block) { sys::release(block, sys::Alloc::Driver); }

Binary* driver_alloc_binary(size_t size) { return driver_binary::create(size); }

Binary* driver_realloc_binary(Binary* binary, size_t size) {
  if (!binary) return driver_binary::create(size);
  SharedBytes& bytes = driver_binary::shared(*binary);
  if (bytes.references.load() == 1) return &driver_binary::of(*SharedBytes::resize(&bytes, size));
  Binary* copy = driver_binary::create(size);
  if (!copy) return nullptr;
  memcpy(copy->bytes, binary->bytes, size_t(binary->size) < size ? size_t(binary->size) : size);
  bytes.release();
  return copy;
}

void driver_free_binary(Binary* binary) {
  if (binary) driver_binary::shared(*binary).release();
}
SWord driver_binary_get_refc(Binary* binary) { return driver_binary::shared(*binary).references.load(); }
SWord driver_binary_inc_refc(Binary* binary) { return driver_binary::shared(*binary).references.fetch_add(1) + 1; }
SWord driver_binary_dec_refc(Binary* binary) {
  SharedBytes& bytes = driver_binary::shared(*binary);
  SWord left = bytes.references.load() - 1;
  bytes.release();
  return left;
}

// ---- output

int driver_output2(LoadedPort* port, char* header, size_t header_size, char* bytes, size_t size) {
  return is_open(port) ? deliver(*port, text(header, header_size), text(bytes, size)) : -1;
}

int driver_output(LoadedPort* port, char* bytes, size_t size) { return driver_output2(port, nullptr, 0, bytes, size); }

int driver_output_binary(LoadedPort* port, char* header, size_t header_size, Binary* binary, size_t offset, size_t size) {
  if (!is_open(port)) return -1;
  std::string_view head = text(header, header_size);
  if (port->port->options.line) return deliver(*port, head, text(binary->bytes + offset, size));
  if (!port->flushing) port->port->deliver_shared(head, driver_binary::shared(*binary), offset, size);
  return 0;
}

int driver_outputv(LoadedPort* port, char* header, size_t header_size, Vector* vector, size_t skip) {
  return is_open(port) ? deliver(*port, text(header, header_size), flat(*vector, skip)) : -1;
}

size_t driver_vec_to_buf(Vector* vector, char* buffer, size_t room) {
  std::string all = flat(*vector, 0);
  size_t size = all.size() < room ? all.size() : room;
  memcpy(buffer, all.data(), size);
  return size;
}

// ---- the queue: in the port's turn, or under its data lock

int driver_enq(LoadedPort* port, char* bytes, size_t size) {
  if (!is_open(port)) return -1;
  port->queue.append(bytes, size);
  return 0;
}
int driver_pushq(LoadedPort* port, char* bytes, size_t size) {
  if (!is_open(port)) return -1;
  port->queue.prepend(bytes, size);
  return 0;
}
int driver_enq_bin(LoadedPort* port, Binary* binary, size_t offset, size_t size) {
  if (!is_open(port)) return -1;
  port->queue.append(*binary, binary->bytes + offset, size);
  return 0;
}
int driver_pushq_bin(LoadedPort* port, Binary* binary, size_t offset, size_t size) {
  if (!is_open(port)) return -1;
  port->queue.prepend(*binary, binary->bytes + offset, size);
  return 0;
}
int driver_enqv(LoadedPort* port, Vector* vector, size_t skip) {
  if (!is_open(port) || skip > vector->bytes) return -1;
  port->queue.append(*vector, skip);
  return 0;
}
int driver_pushqv(LoadedPort* port, Vector* vector, size_t skip) {
  if (!is_open(port) || skip > vector->bytes) return -1;
  port->queue.prepend(*vector, skip);
  return 0;
}
size_t driver_deq(LoadedPort* port, size_t size) {
  if (!is_open(port) || size > port->queue.bytes()) return ~size_t(0);
  port->queue.drop(size);
  return port->queue.bytes();
}
size_t driver_sizeq(LoadedPort* port) { return is_open(port) ? port->queue.bytes() : ~size_t(0); }

driver_abi::Piece* driver_peekq(LoadedPort* port, int* count) {
  *count = -1;
  if (!is_open(port)) return nullptr;
  Vector vector = port->queue.view();
  *count = vector.count;
  return vector.count ? vector.pieces : nullptr;
}
size_t driver_peekqv(LoadedPort* port, Vector* vector) {
  if (!is_open(port)) return ~size_t(0);
  *vector = port->queue.view();
  return vector->bytes;
}

}  // extern "C"
}  // namespace joist
