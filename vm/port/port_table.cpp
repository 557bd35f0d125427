// ports_of_moment walks the slots while ports come and go. Those opened after its moment are told by their `opening`, which each takes
// of `changes` before it is in its slot; those that leave meanwhile are written down by remove_port. Its fetch_add on `changes` and
// that of the moment (after `walks` counts it) are ordered: either remove_port finds the walk, or what its thread does next is too
// young for the walk, or the walk sees the slot empty.
#include "vm/port/port_table.h"

#include <algorithm>

#include "vm/sys/lock.h"
#include "vm/sys/memory.h"

namespace joist {
namespace {

std::atomic<Port*>* slots;
size_t slot_count;
std::atomic<Word> next_number{0};
std::atomic<size_t> live_ports{0};
std::atomic<uint64_t> changes{0};

struct Removed {
  Term id;
  uint64_t opening;
};
std::atomic<uint32_t> walks{0};
sys::Mutex walks_lock{sys::LockRank::Leaf};
std::vector<Removed> removed;  // walks_lock: since there were no walks

size_t slot_of(Term id) { return id.immediate_payload() & (slot_count - 1); }

}  // namespace

void init_port_table(size_t limit) {
  slot_count = 1;
  while (slot_count < limit) slot_count *= 2;
  // Pages that no port needs are never touched.
  size_t bytes = slot_count * sizeof(std::atomic<Port*>);
  void* range = sys::reserve_range(bytes, sys::page_bytes());
  if (!range || !sys::commit_range(range, bytes)) sys::out_of_memory(bytes, sys::Alloc::Driver);
  slots = static_cast<std::atomic<Port*>*>(range);
}

size_t port_limit() { return slot_count; }
size_t port_count() { return live_ports.load(); }
size_t port_slot(const Port& port) { return slot_of(port.id); }

bool publish_port(Port& port) {
  if (live_ports.load() >= slot_count) return false;
  port.opening = changes.fetch_add(1);
  for (size_t tries = 0; tries < slot_count; tries++) {
    port.id = Term::local_port(next_number.fetch_add(1));
    Port* none = nullptr;
    if (slots[slot_of(port.id)].compare_exchange_strong(none, &port, std::memory_order_seq_cst)) {
      live_ports++;
      return true;
    }
  }
  return false;
}

void remove_port(Port& port) {
  changes.fetch_add(1);
  if (walks.load()) [[unlikely]] {
    sys::Locked<sys::Mutex> locked(walks_lock);
    removed.push_back({port.id, port.opening});
  }
  slots[slot_of(port.id)].store(nullptr, std::memory_order_seq_cst);
  live_ports--;
}

Port* find_port(Term id) {
  if (!id.is_local_port()) return nullptr;
  Port* port = slots[slot_of(id)].load(std::memory_order_seq_cst);
  return port && port->id.same(id) ? port : nullptr;
}

void for_each_port(void (*f)(Port&, void*), void* argument) {
  for (size_t i = 0; i < slot_count; i++)
    if (Port* p = slots[i].load(std::memory_order_acquire)) f(*p, argument);
}

std::vector<Term> ports_of_moment() {
  struct Walk {
    uint64_t moment;
    std::vector<Term> ids;
  } walk;
  size_t from;  // what was removed before is not of interest
  {
    sys::Locked<sys::Mutex> locked(walks_lock);
    walks.fetch_add(1);
    walk.moment = changes.fetch_add(0);
    from = removed.size();
  }
  for_each_port(
      [](Port& port, void* argument) {
        auto& w = *static_cast<Walk*>(argument);
        if (port.opening < w.moment) w.ids.push_back(port.id);
      },
      &walk);
  std::vector<Removed> left;
  {
    sys::Locked<sys::Mutex> locked(walks_lock);
    left.assign(removed.begin() + ptrdiff_t(from), removed.end());
    if (walks.fetch_sub(1) == 1) removed.clear();
  }
  // Of those that left, some had been seen before.
  auto before = [](Term a, Term b) { return a.raw() < b.raw(); };
  std::vector<Term> seen;
  if (!left.empty()) seen = walk.ids;
  std::sort(seen.begin(), seen.end(), before);
  for (const Removed& r : left)
    if (r.opening < walk.moment && !std::binary_search(seen.begin(), seen.end(), r.id, before)) walk.ids.push_back(r.id);
  return std::move(walk.ids);
}

}  // namespace joist
