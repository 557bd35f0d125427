#include "vm/sys/memory.h"

#include <fcntl.h>
#include <mimalloc.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#ifdef JOIST_SANITIZE
#include <malloc.h>
#endif

namespace joist::sys {
namespace {

constexpr size_t kinds = size_t(Alloc::count);
// The first threads have a shard each, which only they write; those beyond share the last one.
constexpr size_t shards = 64;

struct alignas(64) Shard {
  std::atomic<int64_t> bytes[kinds];
};
Shard counters[shards];
std::atomic<unsigned> next_shard{0};
thread_local Shard* my_shard = nullptr;

[[gnu::noinline, gnu::cold]] Shard* choose_shard() {
  unsigned i = next_shard.fetch_add(1, std::memory_order_relaxed);
  my_shard = &counters[i < shards ? i : shards - 1];
  return my_shard;
}
inline void count(Alloc kind, int64_t bytes) {
  Shard* s = my_shard;
  if (!s) [[unlikely]] s = choose_shard();
  std::atomic<int64_t>& sum = s->bytes[size_t(kind)];
  if (s == &counters[shards - 1]) [[unlikely]] sum.fetch_add(bytes, std::memory_order_relaxed);
  else sum.store(sum.load(std::memory_order_relaxed) + bytes, std::memory_order_relaxed);
}

// mimalloc maps without reserving, so the system grants a block of any size and ends the program when it is written to. A block that
// is larger than all memory and swap is refused here, as the system would refuse an allocation that reserves.
constexpr size_t surely_there = size_t(1) << 30;
[[gnu::noinline, gnu::cold]] bool larger_than_memory(size_t bytes) {
  struct sysinfo info;
  return sysinfo(&info) == 0 && bytes / info.mem_unit >= info.totalram + info.totalswap;
}
inline bool hopeless(size_t bytes) { return bytes > surely_there && larger_than_memory(bytes); }

// The sanitizers must see every block, so their builds use the C library's allocator.
#ifdef JOIST_SANITIZE
void* raw_allocate(size_t n) { return hopeless(n) ? nullptr : malloc(n); }
void* raw_zeroed(size_t n) { return hopeless(n) ? nullptr : calloc(1, n); }
void* raw_aligned(size_t n, size_t a) { return hopeless(n) ? nullptr : aligned_alloc(a, (n + a - 1) & ~(a - 1)); }
void* raw_reallocate(void* p, size_t n) { return hopeless(n) ? nullptr : realloc(p, n); }
void raw_free(void* p) { free(p); }
size_t raw_size(const void* p) { return malloc_usable_size(const_cast<void*>(p)); }
#else
void* raw_allocate(size_t n) { return hopeless(n) ? nullptr : mi_malloc(n); }
void* raw_zeroed(size_t n) { return hopeless(n) ? nullptr : mi_zalloc(n); }
void* raw_aligned(size_t n, size_t a) { return hopeless(n) ? nullptr : mi_malloc_aligned(n, a); }
void* raw_reallocate(void* p, size_t n) { return hopeless(n) ? nullptr : mi_realloc(p, n); }
void raw_free(void* p) { mi_free(p); }
size_t raw_size(const void* p) { return mi_usable_size(p); }
#endif

void* counted(void* p, size_t bytes, Alloc kind) {
  if (!p) [[unlikely]] out_of_memory(bytes, kind);
  count(kind, int64_t(raw_size(p)));
  return p;
}

// A thread that meets it while another (or itself, further down) tells why does not wait for that.
[[noreturn, gnu::format(printf, 1, 2)]] void exhausted(const char* format, ...) {
  static std::atomic<bool> told{false};
  char slogan[160];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(slogan, sizeof slogan, format, arguments);
  va_end(arguments);
  if (exhaustion_hook && !told.exchange(true)) exhaustion_hook(slogan);
  else fprintf(stderr, "%s\r\n", slogan);
  fflush(stderr);
  _exit(1);
}

}  // namespace

void (*exhaustion_hook)(const char* slogan) = nullptr;

const char* alloc_name(Alloc kind) {
  static const char* const names[kinds] = {"heap", "old_heap", "heap_frag", "binary", "ets", "code", "atom",
                                           "process", "driver", "nif_internal", "tmp", "sys"};
  return names[size_t(kind)];
}

void out_of_memory(size_t bytes, Alloc kind) {
  // OTP's name of the allocator, by which its users know the message.
  static const char* const allocators[kinds] = {"eheap", "eheap", "eheap", "binary", "ets", "ll", "ll",
                                                "std", "driver", "driver", "temp", "sys"};
  exhausted("%s_alloc: Cannot allocate %zu bytes of memory (of type \"%s\").", allocators[size_t(kind)], bytes, alloc_name(kind));
}

void table_full(const char* table, size_t most) {
  exhausted("no more index entries in %s (max=%zu)", table, most);
}

void* allocate(size_t bytes, Alloc kind) { return counted(raw_allocate(bytes), bytes, kind); }
void* allocate_zeroed(size_t bytes, Alloc kind) { return counted(raw_zeroed(bytes), bytes, kind); }
void* allocate_aligned(size_t bytes, size_t alignment, Alloc kind) {
  return counted(raw_aligned(bytes, alignment), bytes, kind);
}
void* try_allocate(size_t bytes, Alloc kind) {
  void* p = raw_allocate(bytes);
  if (p) count(kind, int64_t(raw_size(p)));
  return p;
}
void* reallocate(void* block, size_t bytes, Alloc kind) {
  int64_t before = block ? int64_t(raw_size(block)) : 0;
  void* p = raw_reallocate(block, bytes);
  if (!p) [[unlikely]] out_of_memory(bytes, kind);
  count(kind, int64_t(raw_size(p)) - before);
  return p;
}
void release(void* block, Alloc kind) {
  if (!block) return;
  count(kind, -int64_t(raw_size(block)));
  raw_free(block);
}
size_t block_bytes(const void* block) { return raw_size(block); }

size_t allocated_bytes(Alloc kind) {
  int64_t sum = 0;
  for (auto& s : counters) sum += s.bytes[size_t(kind)].load(std::memory_order_relaxed);
  return sum > 0 ? size_t(sum) : 0;
}
size_t allocated_bytes_total() {
  size_t sum = 0;
  for (size_t k = 0; k < kinds; k++) sum += allocated_bytes(Alloc(k));
  return sum;
}
void count_bytes(Alloc kind, ptrdiff_t bytes) { count(kind, bytes); }

void* reserve_range(size_t bytes, size_t alignment) {
  if (alignment <= page_bytes()) {
    void* p = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? nullptr : p;
  }
  void* p = mmap(nullptr, bytes + alignment, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) return nullptr;
  uintptr_t low = uintptr_t(p), at = (low + alignment - 1) & ~(uintptr_t(alignment) - 1);
  if (at > low) munmap(p, at - low);
  if (uintptr_t tail = low + alignment - at) munmap(reinterpret_cast<void*>(at + bytes), tail);
  return reinterpret_cast<void*>(at);
}
bool commit_range(void* at, size_t bytes) { return mprotect(at, bytes, PROT_READ | PROT_WRITE) == 0; }
void decommit_range(void* at, size_t bytes) {
  madvise(at, bytes, MADV_DONTNEED);
  mprotect(at, bytes, PROT_NONE);
}
void prefer_large_pages(void* at, size_t bytes) {
#ifdef MADV_HUGEPAGE
  madvise(at, bytes, MADV_HUGEPAGE);
#endif
}
void release_range(void* at, size_t bytes) { munmap(at, bytes); }
void protect_range(void* at, size_t bytes, bool accessible) {
  mprotect(at, bytes, accessible ? PROT_READ | PROT_WRITE : PROT_NONE);
}
bool map_file(const char* path, const uint8_t** bytes, size_t* size) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  struct stat info;
  void* p = MAP_FAILED;
  if (fstat(file, &info) == 0 && info.st_size > 0) p = mmap(nullptr, size_t(info.st_size), PROT_READ, MAP_PRIVATE, file, 0);
  close(file);
  if (p == MAP_FAILED) return false;
  *bytes = static_cast<const uint8_t*>(p);
  *size = size_t(info.st_size);
  return true;
}
void forget_pages(const void* at, size_t bytes) {
  uintptr_t page = page_bytes(), first = (uintptr_t(at) + page - 1) / page * page, end = (uintptr_t(at) + bytes) / page * page;
  if (first < end) madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
}
size_t page_bytes() {
  static const size_t bytes = size_t(sysconf(_SC_PAGESIZE));
  return bytes;
}
size_t resident_bytes() {
  FILE* f = fopen("/proc/self/statm", "r");
  if (!f) return 0;
  unsigned long total = 0, resident = 0;
  int n = fscanf(f, "%lu %lu", &total, &resident);
  fclose(f);
  return n == 2 ? resident * page_bytes() : 0;
}
size_t physical_memory_bytes() { return size_t(sysconf(_SC_PHYS_PAGES)) * page_bytes(); }

}  // namespace joist::sys
