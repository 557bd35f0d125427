// Lists of binaries as slices of memory, and queues of such slices, for writes that gather.
#include <vector>

#include "vm/nif/env.h"
#include "vm/sys/memory.h"
#include "vm/term/bits.h"
#include "vm/term/shared_bytes.h"

namespace joist::nif {

ENIF(int, realloc_binary)(Binary* binary, size_t size);
ENIF(void, release_binary)(Binary* binary);

namespace {

constexpr int owned_by_caller = 1;  // IoVec::flags: its memory was the caller's

// Shared bytes that hold all of a binary on a byte's boundary; null: it is to be copied.
RefcBits* shareable(Term t, const BitSpan& span) {
  if (!span.whole_bytes()) return nullptr;
  if (auto sub = t.as<SubBits>()) t = sub->base;
  return t.as<RefcBits>().get();
}

// The first binaries of a list.
struct Measure {
  size_t slices = 0;
  size_t bytes = 0;
  size_t copied = 0;
  Term rest;
  // False: an element is no binary, or the list is improper.
  bool run(Term list, size_t most) {
    for (size_t n = 0; list.is_cons() && (n == 0 || n < most); n++, list = list.as_cons()->tail) {
      Term t = list.as_cons()->head;
      if (!is_bits(t)) return false;
      BitSpan span = bits::span(t);
      if (span.size % 8 != 0) return false;
      if (span.size == 0) continue;
      slices++;
      bytes += span.size / 8;
      if (!shareable(t, span)) copied += span.size / 8;
    }
    rest = list;
    return list.is_list();
  }
};

// Memory for an IoVec with its arrays: the environment's, which needs not be given back, or the heap's.
IoVec* allocate_vector(Env* env, size_t count) {
  size_t bytes = sizeof(IoVec) + count * (sizeof(IoSlice) + sizeof(SharedBytes*));
  uint8_t* block;
  if (env) bits::allocate(*env->heap, 8 * bytes, &block);
  else block = static_cast<uint8_t*>(sys::allocate(bytes, sys::Alloc::Nif));
  auto* v = reinterpret_cast<IoVec*>(block);
  v->slices = reinterpret_cast<IoSlice*>(block + sizeof(IoVec));
  v->shared = reinterpret_cast<SharedBytes**>(v->slices + count);
  v->flags = 0;
  return v;
}

void fill(IoVec* v, Term list, Term end, SharedBytes* copies) {
  size_t at = 0, i = 0;
  for (; !list.same(end); list = list.as_cons()->tail) {
    Term t = list.as_cons()->head;
    BitSpan span = bits::span(t);
    if (span.size == 0) continue;
    if (RefcBits* refc = shareable(t, span)) {
      v->slices[i] = {const_cast<uint8_t*>(span.bytes()), span.size / 8};
      v->shared[i++] = refc->shared;
      continue;
    }
    bits::copy(copies->data + at, 0, span.data, span.offset, span.size);
    v->slices[i] = {copies->data + at, span.size / 8};
    v->shared[i++] = copies;
    at += span.size / 8;
  }
}

}  // namespace

ENIF(int, inspect_iovec)(Env* env, size_t most, Term list, Term* rest, IoVec** out) {
  Measure measure;
  if (!measure.run(list, most)) return 0;
  IoVec* v = *out;
  if (v && measure.slices < inline_slices) {
    v->slices = v->inline_slice;
    v->shared = v->inline_shared;
    v->flags = owned_by_caller;
  } else {
    v = allocate_vector(env, measure.slices);
  }
  v->count = int(measure.slices);
  v->size = measure.bytes;
  SharedBytes* copies = measure.copied ? SharedBytes::create(measure.copied) : nullptr;
  fill(v, list, measure.rest, copies);
  if (!env) {
    for (int i = 0; i < v->count; i++) v->shared[i]->retain();
    if (copies) copies->release();
  } else if (copies) {
    bits::from_shared(*env->heap, copies, 0, 8 * measure.copied);
  }
  *rest = measure.rest;
  *out = v;
  return 1;
}
// Of one that was made without an environment.
ENIF(void, free_iovec)(IoVec* v) {
  for (int i = 0; i < v->count; i++) v->shared[i]->release();
  if (!(v->flags & owned_by_caller)) sys::release(v, sys::Alloc::Nif);
}

// ---- queues

struct IoQueue {
  std::vector<IoSlice> slices;
  std::vector<SharedBytes*> shared;  // a reference each
  size_t first = 0;                  // slices before it are gone
  size_t size = 0;                   // bytes

  void push(IoSlice slice, SharedBytes* bytes) {
    bytes->retain();
    slices.push_back(slice);
    shared.push_back(bytes);
    size += slice.size;
  }
  void drop_first() {
    shared[first++]->release();
    if (first < slices.size() && first < 64) return;
    slices.erase(slices.begin(), slices.begin() + ptrdiff_t(first));
    shared.erase(shared.begin(), shared.begin() + ptrdiff_t(first));
    first = 0;
  }
  ~IoQueue() {
    for (size_t i = first; i < shared.size(); i++) shared[i]->release();
  }
};

enum QueueOptions : int { queue_normal = 1 };

ENIF(IoQueue*, ioq_create)(int options) { return options == queue_normal ? new IoQueue : nullptr; }
ENIF(void, ioq_destroy)(IoQueue* queue) { delete queue; }
ENIF(size_t, ioq_size)(IoQueue* queue) { return queue->size; }

ENIF(int, ioq_enqv)(IoQueue* queue, IoVec* v, size_t skip) {
  if (skip > v->size) return 0;
  for (int i = 0; i < v->count; i++) {
    IoSlice slice = v->slices[i];
    if (skip >= slice.size) {
      skip -= slice.size;
      continue;
    }
    queue->push({static_cast<uint8_t*>(slice.data) + skip, slice.size - skip}, v->shared[i]);
    skip = 0;
  }
  return 1;
}
// Takes the binary; of one that was only looked at a copy.
ENIF(int, ioq_enq_binary)(IoQueue* queue, Binary* binary, size_t skip) {
  bool fits = skip <= binary->size;
  if (fits && skip < binary->size) {
    if (!binary->shared) enif_realloc_binary(binary, binary->size);
    queue->push({binary->data + skip, binary->size - skip}, binary->shared);
  }
  enif_release_binary(binary);
  return fits;
}
ENIF(int, ioq_deq)(IoQueue* queue, size_t count, size_t* left) {
  if (count > queue->size) return 0;
  queue->size -= count;
  while (count) {
    IoSlice& slice = queue->slices[queue->first];
    if (count < slice.size) {
      slice = {static_cast<uint8_t*>(slice.data) + count, slice.size - count};
      break;
    }
    count -= slice.size;
    queue->drop_first();
  }
  if (left) *left = queue->size;
  return 1;
}
ENIF(IoSlice*, ioq_peek)(IoQueue* queue, int* count) {
  *count = int(queue->slices.size() - queue->first);
  return queue->slices.data() + queue->first;
}
ENIF(int, ioq_peek_head)(Env* env, IoQueue* queue, size_t* size, Term* out) {
  if (queue->size == 0) return 0;
  IoSlice slice = queue->slices[queue->first];
  SharedBytes* bytes = queue->shared[queue->first];
  if (size) *size = slice.size;
  if (slice.size <= HeapBits::max_bytes) {
    *out = bits::from_bytes(*env->heap, slice.data, slice.size);
  } else {
    bytes->retain();
    *out = bits::from_shared(*env->heap, bytes, size_t(static_cast<uint8_t*>(slice.data) - bytes->data), 8 * slice.size);
  }
  return 1;
}

}  // namespace joist::nif
