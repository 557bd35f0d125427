// Allocation inside the literal range: best fit over free extents of 128-byte granules, pages committed a megabyte at a time.
#include "gc/literal_area.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

#include "gc/evacuate.h"
#include "vm/sys/lock.h"
#include "vm/sys/memory.h"
#include "vm/term/map.h"

namespace joist {

Word literal_range_start = 0;
size_t literal_range_bytes = 0;

namespace {

// Sizes of the range that are tried: where address space is limited (ulimit -v), heaps need the most of it.
constexpr size_t range_sizes[] = {size_t(16) << 30, size_t(512) << 20, size_t(64) << 20};
constexpr size_t granule = 128, commit_step = size_t(1) << 20, most_joined = size_t(1) << 17;
// Pages of freed areas go back to the OS beyond so many bytes, if an area is worth the system calls.
constexpr size_t most_kept = size_t(64) << 20, worth_giving_back = size_t(1) << 16;

struct Extents {
  std::map<size_t, size_t> by_offset;               // offset → bytes
  std::set<std::pair<size_t, size_t>> by_size;      // bytes, offset
  size_t frontier = 0;   // never used beyond
  size_t committed = 0;
  size_t in_use = 0;
  size_t kept = 0;       // of free extents, about: with their pages

  void add(size_t offset, size_t bytes) {
    auto next = by_offset.lower_bound(offset);
    if (next != by_offset.end() && next->first == offset + bytes) {
      bytes += next->second;
      next = drop(next);
    }
    if (next != by_offset.begin()) {
      auto previous = std::prev(next);
      if (previous->first + previous->second == offset) {
        offset = previous->first;
        bytes += previous->second;
        drop(previous);
      }
    }
    by_offset[offset] = bytes;
    by_size.insert({bytes, offset});
  }
  std::map<size_t, size_t>::iterator drop(std::map<size_t, size_t>::iterator it) {
    by_size.erase({it->second, it->first});
    return by_offset.erase(it);
  }
};

sys::Mutex lock{sys::LockRank::Literals};
Extents& extents() {
  static Extents* e = new Extents;
  return *e;
}
// Areas' own structs remember their extent.
struct Area : LiteralArea {
  size_t bytes;
};

[[noreturn]] void exhausted(size_t bytes) {
  fprintf(stderr, "Cannot allocate %zu bytes of memory (of type \"literal\").\n", bytes);
  fflush(stderr);
  abort();
}

// The whole pages inside, which stay usable: the OS gives zeroed ones at the next touch.
void give_back(Word start, size_t bytes) {
  size_t page = sys::page_bytes();
  Word first = (start + page - 1) / page * page, end = (start + bytes) / page * page;
  sys::decommit_range(reinterpret_cast<void*>(first), end - first);
  if (!sys::commit_range(reinterpret_cast<void*>(first), end - first)) exhausted(bytes);
}

}  // namespace

void init_literals() {
  if (literal_range_start) return;
  void* p = nullptr;
  for (size_t bytes : range_sizes) {
    p = sys::reserve_range(bytes, size_t(1) << 21);
    literal_range_bytes = bytes;
    if (p) break;
  }
  if (!p) exhausted(literal_range_bytes);
  literal_range_start = Word(p);
  static LiteralArea* const constants = literal_area_create(Words(map::empty_words));
  map::place_empty(constants->writer().take(map::empty_words));
  constants->top = constants->end;
}

LiteralArea* literal_area_create(Words words) {
  size_t bytes = (words.value * sizeof(Word) + granule - 1) / granule * granule;
  if (bytes == 0) bytes = granule;
  size_t offset;
  {
    sys::Locked guard(lock);
    VERIFY(literal_range_start);
    Extents& e = extents();
    auto fit = e.by_size.lower_bound({bytes, 0});
    if (fit != e.by_size.end()) {
      size_t have = fit->first;
      offset = fit->second;
      e.drop(e.by_offset.find(offset));
      e.kept -= bytes < e.kept ? bytes : e.kept;
      if (have > bytes) e.add(offset + bytes, have - bytes);
    } else {
      offset = e.frontier;
      if (bytes > literal_range_bytes - offset) exhausted(bytes);
      e.frontier += bytes;
      if (e.frontier > e.committed) {
        size_t more = (e.frontier - e.committed + commit_step - 1) / commit_step * commit_step;
        if (!sys::commit_range(reinterpret_cast<void*>(literal_range_start + e.committed), more)) exhausted(more);
        e.committed += more;
      }
    }
    e.in_use += bytes;
  }
  sys::count_bytes(sys::Alloc::System, ptrdiff_t(bytes));
  auto* a = sys::create<Area>(sys::Alloc::System);
  a->start = a->top = reinterpret_cast<Word*>(literal_range_start + offset);
  a->end = a->start + words.value;
  a->bytes = bytes;
  return a;
}

void literal_area_destroy(LiteralArea* area) {
  if (!area) return;
  auto* a = static_cast<Area*>(area);
  gc_detail::release_off_heap_list(a->off_heap);
#ifdef JOIST_GC_STRESS
  for (Word* p = a->start; p < a->end; p++) *p = 0xdeaddeaddeaddeae;
#endif
  Extents& e = extents();
  bool keep;
  {
    sys::Locked guard(lock);
    keep = a->bytes < worth_giving_back || e.kept + a->bytes <= most_kept;
    if (keep) e.kept += a->bytes;
  }
  if (!keep) give_back(Word(a->start), a->bytes);
  {
    sys::Locked guard(lock);
    e.in_use -= a->bytes;
    e.add(Word(a->start) - literal_range_start, a->bytes);
  }
  sys::count_bytes(sys::Alloc::System, -ptrdiff_t(a->bytes));
  sys::destroy(a, sys::Alloc::System);
}

bool literal_area_join(LiteralArea& area, LiteralArea& next) {
  auto& a = static_cast<Area&>(area);
  auto& b = static_cast<Area&>(next);
  if (Word(a.start) + a.bytes != Word(b.start) || a.bytes + b.bytes > most_joined) return false;
  a.bytes += b.bytes;
  a.top = b.top;
  a.end = b.end;
  OffHeap** last = &b.off_heap;
  while (*last) last = &(*last)->next;
  *last = a.off_heap;
  a.off_heap = b.off_heap;
  sys::destroy(&b, sys::Alloc::System);
  return true;
}

size_t literal_bytes_total() {
  sys::Locked guard(lock);
  return extents().in_use;
}

}  // namespace joist
