// Binaries: bytes that a library owns (a reference to shared bytes), bytes that it looks at, and the external term format.
#include <cstring>

#include "vm/nif/env.h"
#include "vm/nif/resource.h"
#include "vm/term/bits.h"
#include "vm/term/etf/etf.h"
#include "vm/term/iolist.h"
#include "vm/term/shared_bytes.h"

namespace joist::nif {

namespace {

void own(Binary* out, SharedBytes* bytes, size_t size) { *out = {size, bytes->data, bytes, Term(), nullptr}; }

// A view of a term's bytes; the environment keeps the term. One that begins in the midst of a byte is copied to its heap.
bool look_at(Env* env, Term t, Binary* out) {
  if (!is_bits(t)) return false;
  BitSpan span = bits::span(t);
  if (span.size % 8 != 0) return false;
  auto* data = const_cast<uint8_t*>(span.bytes());
  if (!span.whole_bytes()) {
    bits::allocate(*env->heap, span.size, &data);
    bits::copy(data, 0, span.data, span.offset, span.size);
  }
  *out = {span.size / 8, data, nullptr, t, nullptr};
  return true;
}

}  // namespace

ENIF(int, inspect_binary)(Env* env, Term t, Binary* out) { return look_at(env, t, out); }
ENIF(int, inspect_iolist_as_binary)(Env* env, Term t, Binary* out) {
  Term flat = is_bits(t) ? t : iolist::flatten(*env->heap, t, iolist::Parts::Bytes);
  return flat.is_value() && look_at(env, flat, out);
}

ENIF(int, alloc_binary)(size_t size, Binary* out) {
  SharedBytes* bytes = SharedBytes::try_create(size);
  if (!bytes) return 0;
  own(out, bytes, size);
  return 1;
}
ENIF(int, realloc_binary)(Binary* binary, size_t size) {
  if (binary->shared) {
    if (size > binary->shared->capacity || size < binary->shared->capacity / 2) binary->shared = SharedBytes::resize(binary->shared, size);
    binary->data = binary->shared->data;
    binary->size = size;
    return 1;
  }
  SharedBytes* bytes = SharedBytes::try_create(size);
  if (!bytes) return 0;
  std::memcpy(bytes->data, binary->data, size < binary->size ? size : binary->size);
  own(binary, bytes, size);
  return 1;
}
ENIF(void, release_binary)(Binary* binary) {
  if (binary->shared) binary->shared->release();
  *binary = {};
}

// The term takes over the bytes; what was only looked at is the term that it was.
ENIF(Term, make_binary)(Env* env, Binary* binary) {
  if (!binary->shared) {
    if (binary->term.is_value()) return binary->term;
    return bits::from_bytes(*env->heap, binary->data, binary->size);
  }
  SharedBytes* bytes = binary->shared;
  Term t = bits::from_shared(*env->heap, bytes, 0, 8 * binary->size);
  binary->shared = nullptr;
  binary->term = t;
  return t;
}
ENIF(uint8_t*, make_new_binary)(Env* env, size_t size, Term* out) {
  uint8_t* data;
  *out = bits::allocate(*env->heap, 8 * size, &data);
  return data;
}
ENIF(Term, make_sub_binary)(Env* env, Term t, size_t position, size_t size) {
  return bits::slice(*env->heap, t, 8 * position, 8 * size);
}
// Bytes of a resource, which live as long as the term does.
ENIF(Term, make_resource_binary)(Env* env, void* object, const void* data, size_t size) {
  return bits::from_shared(*env->heap, Resource::of(object)->share_bytes(data, size), 0, 8 * size);
}

// ---- external term format
ENIF(int, term_to_binary)(Env* env, Term t, Binary* out) {
  etf::Encoder encoder(t, {});
  size_t used = 0, size = 0;
  while (!encoder.step(~size_t(0) / 2, &used)) {
  }
  if (encoder.failed()) return 0;
  SharedBytes* bytes = encoder.take(&size);
  own(out, bytes, size);
  return 1;
}
// The bytes that the term took; 0: there is none.
ENIF(size_t, binary_to_term)(Env* env, const uint8_t* data, size_t size, Term* out, unsigned flags) {
  if (flags & ~decode_safe) return 0;
  auto decoded = etf::decode(*env->heap, data, size, {.safe = (flags & decode_safe) != 0});
  if (!decoded) return 0;
  *out = decoded->term;
  return decoded->used;
}

}  // namespace joist::nif
