// Slots and pids.
//
// slots[i] is the process or null. `line` is a ring of as many entries: the pid data (number and serial as one counter) that
// each slot will give out next, in the order in which slots became free; stored plus one, 0 meaning "never used", whose data is
// the slot's own index. A taker reserves its place by `head`, a freer by `tail`; `count` bounds the takers, so a reserved
// place is filled at the latest when the freer that owns it gets on. Both arrays are lazily committed address space.
//
// A snapshot walks the slots while processes come and go. Those spawned after its moment are told by their spawn time; those
// that leave the table meanwhile are written down by remove_process. That one's fetch_add on `tail` and the snapshot's (after
// `open` counts it) are ordered: either remove_process finds the snapshot, or the snapshot sees all that the process ever spawned.
#include "vm/process/process_table.h"

#include <algorithm>

#include "vm/sys/lock.h"
#include "vm/sys/memory.h"
#include "vm/sys/threads.h"

namespace joist {

namespace {

struct Table {
  std::atomic<Process*>* slots = nullptr;
  std::atomic<Word>* line = nullptr;
  size_t size = 0;   // power of two
  size_t mask = 0;
  alignas(64) std::atomic<size_t> count{0};
  alignas(64) std::atomic<Word> head{0};
  alignas(64) std::atomic<Word> tail{0};
  alignas(64) std::atomic<size_t> used{0};  // slots ever used: walks stop there
  std::atomic<uint64_t> spawns{0};
};
Table table;

struct Snapshots {
  std::atomic<uint32_t> open{0};
  sys::Mutex lock{sys::LockRank::ProcessTable};
  ProcessSnapshot* first = nullptr;  // lock
};
Snapshots snapshots;

constexpr Word pid_mask = (Word(1) << 43) - 1;  // 28 bits of number, 15 of serial
Word pid_data(Term pid) { return pid.immediate_payload(); }

}  // namespace

void init_process_table(size_t limit) {
  size_t size = 1024;
  while (size < limit && size < (size_t(1) << 27)) size *= 2;
  size_t bytes = size * sizeof(Word);
  auto* at = static_cast<char*>(sys::reserve_range(2 * bytes, sys::page_bytes()));
  if (!at || !sys::commit_range(at, 2 * bytes)) PANIC("cannot reserve a process table of %zu slots", size);
  table.slots = reinterpret_cast<std::atomic<Process*>*>(at);
  table.line = reinterpret_cast<std::atomic<Word>*>(at + bytes);
  table.size = size;
  table.mask = size - 1;
  table.count = 0;
  table.head = 0;
  table.tail = 0;
  table.used = 0;
}

size_t process_limit() { return table.size; }
size_t process_count() { return table.count.load(std::memory_order_relaxed); }

Process* find_process(Term pid) {
  Process* p = table.slots[pid_data(pid) & table.mask].load(std::memory_order_acquire);
  return p && p->pid.same(pid) ? p : nullptr;
}

bool reserve_pid(Process& process) {
  size_t count = table.count.load(std::memory_order_relaxed);
  do {
    if (count >= table.size) return false;
  } while (!table.count.compare_exchange_weak(count, count + 1, std::memory_order_acq_rel));
  Word place = table.head.fetch_add(1, std::memory_order_acq_rel);
  Word data;
  if (place < table.size) {
    data = place;
  } else {
    std::atomic<Word>& entry = table.line[place & table.mask];
    while ((data = entry.exchange(0, std::memory_order_acquire)) == 0) sys::relax_cpu();
    data--;
  }
  process.pid = Term::immediate(Immediate::Pid, data);
  process.spawn_time = table.spawns.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void publish_process(Process& process) {
  size_t slot = pid_data(process.pid) & table.mask;
  size_t used = table.used.load(std::memory_order_relaxed);
  while (used <= slot && !table.used.compare_exchange_weak(used, slot + 1, std::memory_order_acq_rel)) {}
  table.slots[slot].store(&process, std::memory_order_release);
}

void remove_process(Process& process) {
  Word place = table.tail.fetch_add(1, std::memory_order_acq_rel);
  if (snapshots.open.load(std::memory_order_relaxed)) [[unlikely]] {
    sys::Locked<sys::Mutex> locked(snapshots.lock);
    for (ProcessSnapshot* s = snapshots.first; s; s = s->next_)
      if (process.spawn_time < s->moment_) s->removed_.push_back(process.pid);
  }
  Word data = pid_data(process.pid);
  table.slots[data & table.mask].store(nullptr, std::memory_order_release);
  Word next = (data + table.size) & pid_mask;
  // The entry is 0 unless the taker of the round before has reserved it but not read it yet.
  std::atomic<Word>& entry = table.line[place & table.mask];
  Word empty = 0;
  while (!entry.compare_exchange_weak(empty, next + 1, std::memory_order_release)) {
    empty = 0;
    sys::relax_cpu();
  }
  table.count.fetch_sub(1, std::memory_order_acq_rel);
}

Word next_pid_data() {
  Word head = table.head.load();
  if (head < table.size) return head;
  Word entry = table.line[head & table.mask].load();
  return entry ? entry - 1 : 0;  // the table is full
}

// The line is written anew, never used slots too, with the one that is wanted in front.
Word set_next_pid_data(Word data) {
  std::vector<Word> line;
  Word head = table.head.load();
  for (size_t free = table.size - table.count.load(); free > 0; free--, head++)
    line.push_back(head < table.size ? head : table.line[head & table.mask].load() - 1);
  if (line.empty()) return data;
  auto distance = [&](Word other) { return (other - data) & table.mask; };
  auto first = std::min_element(line.begin(), line.end(), [&](Word a, Word b) { return distance(a) < distance(b); });
  Word found = (data + distance(*first)) & pid_mask;
  line.erase(first);
  line.insert(line.begin(), found);
  for (size_t i = 0; i < table.size; i++) table.line[i].store(i < line.size() ? line[i] + 1 : 0);
  table.head.store(table.size);
  table.tail.store(line.size());
  return found;
}

ProcessSnapshot::ProcessSnapshot() {
  sys::Locked<sys::Mutex> locked(snapshots.lock);
  next_ = snapshots.first;
  snapshots.first = this;
  snapshots.open.fetch_add(1, std::memory_order_relaxed);
  table.tail.fetch_add(0, std::memory_order_acq_rel);
  moment_ = table.spawns.load(std::memory_order_relaxed);
}

void ProcessSnapshot::close() {
  if (!open_) return;
  open_ = false;
  sys::Locked<sys::Mutex> locked(snapshots.lock);
  ProcessSnapshot** at = &snapshots.first;
  while (*at != this) at = &(*at)->next_;
  *at = next_;
  snapshots.open.fetch_sub(1, std::memory_order_relaxed);
}

ProcessSnapshot::~ProcessSnapshot() { close(); }

bool ProcessSnapshot::collect(size_t count) {
  size_t used = table.used.load(std::memory_order_acquire), end = std::min(used, slot_ + count);
  for (; slot_ < end; slot_++) {
    Process* p = table.slots[slot_].load(std::memory_order_acquire);
    if (p && p->spawn_time < moment_) pids.push_back(p->pid);
  }
  if (slot_ < used) return false;
  close();
  // Of those that left, some had been seen before.
  auto before = [](Term a, Term b) { return a.raw() < b.raw(); };
  std::vector<Term> seen;
  if (!removed_.empty()) seen = pids;
  std::sort(seen.begin(), seen.end(), before);
  for (Term pid : removed_)
    if (!std::binary_search(seen.begin(), seen.end(), pid, before)) pids.push_back(pid);
  removed_.clear();
  return true;
}

void for_each_process(void (*f)(Process&, void* arg), void* arg) {
  size_t end = table.used.load(std::memory_order_acquire);
  for (size_t slot = 0; slot < end; slot++)
    if (Process* p = table.slots[slot].load(std::memory_order_acquire)) f(*p, arg);
}

}  // namespace joist
