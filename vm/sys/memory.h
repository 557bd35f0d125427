// Where all memory comes from: mimalloc (a heap a thread), and address ranges of the OS for what must be contiguous.
//
// Every block has a kind; live bytes a kind are counted in sharded counters, so that erlang:memory/0,1 costs nothing to keep.
// Thread-safe. Nothing here returns null: when memory is out the VM prints OTP's message and aborts.
#pragma once
#include <new>

#include "vm/base/types.h"

namespace joist::sys {

// The allocator names are OTP's (`erlang:memory`, "Cannot allocate N bytes of memory (of type "heap").").
enum class Alloc : uint8_t {
  Heap,      // process heaps and stacks
  OldHeap,   // old generations
  Fragment,  // heap fragments and messages
  Binary,    // shared bytes
  Ets,       // tables and their objects
  Code,      // loaded code
  Atom,      // atom table
  Process,   // process structs, dictionaries, links
  Driver,    // ports, sockets
  Nif,       // enif_alloc
  Temporary, // scratch of one native
  System,    // everything else
  count
};
const char* alloc_name(Alloc kind);

void* allocate(size_t bytes, Alloc kind);
void* allocate_zeroed(size_t bytes, Alloc kind);
// alignment: a power of two.
void* allocate_aligned(size_t bytes, size_t alignment, Alloc kind);
// block may be null.
void* reallocate(void* block, size_t bytes, Alloc kind);
// Null when memory is out: for sizes that Erlang programs choose.
void* try_allocate(size_t bytes, Alloc kind);
// kind as at allocation; null is allowed. Any thread may free.
void release(void* block, Alloc kind);
// Bytes that the block really has.
size_t block_bytes(const void* block);

[[noreturn]] void out_of_memory(size_t bytes, Alloc kind);
// Called before the OS process ends for want of memory or of room in a table, by the first thread that met it; may return.
extern void (*exhaustion_hook)(const char* slogan);
// A table that the node cannot do without has `most` entries: says so and ends with exit code 1, as out_of_memory does.
[[noreturn]] void table_full(const char* table, size_t most);

// Live bytes of a kind; exact once all threads are quiet.
size_t allocated_bytes(Alloc kind);
size_t allocated_bytes_total();
// Accounts for memory that did not come from here (foreign binaries, mapped ranges).
void count_bytes(Alloc kind, ptrdiff_t bytes);

// ---- address ranges. Reserved ranges cost address space only; pages must be committed before they are touched.
void* reserve_range(size_t bytes, size_t alignment);  // null when the OS refuses
bool commit_range(void* at, size_t bytes);
// Gives the pages back to the OS and forbids access; the addresses stay reserved.
void decommit_range(void* at, size_t bytes);
void release_range(void* at, size_t bytes);
// Committed memory that is used all over and in no order: larger pages would serve it better, where the OS has them.
void prefer_large_pages(void* at, size_t bytes);
// Makes committed pages inaccessible or accessible again (poisoning in gc-stress builds).
void protect_range(void* at, size_t bytes, bool accessible);
// A file's bytes, read as they are touched; mapped for good. False when that is not possible.
bool map_file(const char* path, const uint8_t** bytes, size_t* size);
// Gives whole pages back: those of a mapped file are read anew when they are touched, others are zero then.
void forget_pages(const void* at, size_t bytes);
size_t page_bytes();
// Resident set size of the OS process; 0 when unknown.
size_t resident_bytes();
size_t physical_memory_bytes();

// new/delete for VM structs: `Owned` memory is counted under `kind`.
template <class T, class... A>
T* create(Alloc kind, A&&... args) {
  return new (alignof(T) > 16 ? allocate_aligned(sizeof(T), alignof(T), kind) : allocate(sizeof(T), kind))
      T(static_cast<A&&>(args)...);
}
template <class T>
void destroy(T* object, Alloc kind) {
  if (!object) return;
  object->~T();
  release(object, kind);
}
// Base of what is made with `new`, and counted under a kind all the same.
template <Alloc kind>
struct Counted {
  static void* operator new(size_t bytes) { return allocate(bytes, kind); }
  static void operator delete(void* object) { release(object, kind); }
};

}  // namespace joist::sys
