// The global epoch counts batches. A thread online at epoch e has seen everything unlinked before e began. A batch is closed
// by taking a new epoch E (fetch_add); its objects are free once no thread is online with an epoch below E.
//
// A thread's seen epoch is published with a store and a full fence before it reads shared pointers; the closer's fetch_add comes
// after the unlinking. So a reader that can still see an unlinked object has published an epoch below E, and one that
// publishes E or later cannot find it.
#include "vm/sched/quiescence.h"

#include <atomic>

#include "gc/leaving_area.h"
#include "vm/base/assert.h"
#include "vm/sys/lock.h"
#include "vm/sys/memory.h"

namespace joist {

namespace {

constexpr uint64_t offline = 0;
constexpr size_t batch_limit = 64;

struct Retired {
  Retired* next;
  void* object;
  void (*fn)(void*);
};

struct Batch {
  uint64_t epoch = 0;
  Retired* first = nullptr;
  Batch* next = nullptr;
};

struct alignas(64) Participant {
  std::atomic<uint64_t> seen{offline};
  Participant* next = nullptr;  // constant after registration
  std::atomic<bool> in_use{true};
  // own thread only
  Retired* open = nullptr;      // not in a batch yet
  size_t open_count = 0;
  Batch* oldest = nullptr;
  Batch** newest = &oldest;
  bool running = false;         // inside a retired object's function
};

std::atomic<Participant*> participants{nullptr};
std::atomic<uint64_t> epoch{1};
std::atomic<uint64_t> retired{0}, reclaimed{0};
// Batches of threads that went offline or ended.
sys::Mutex orphan_lock{sys::LockRank::Quiescence};
Batch* orphans = nullptr;
std::atomic<size_t> orphan_count{0};

Participant* join_participants() {
  for (Participant* p = participants.load(std::memory_order_acquire); p; p = p->next) {
    bool free = false;
    if (p->in_use.compare_exchange_strong(free, true, std::memory_order_acq_rel)) return p;
  }
  auto* p = sys::create<Participant>(sys::Alloc::System);
  p->next = participants.load(std::memory_order_relaxed);
  while (!participants.compare_exchange_weak(p->next, p, std::memory_order_acq_rel)) {}
  return p;
}

uint64_t oldest_seen() {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  uint64_t least = ~uint64_t(0);
  for (Participant* p = participants.load(std::memory_order_acquire); p; p = p->next) {
    uint64_t seen = p->seen.load(std::memory_order_seq_cst);
    if (seen != offline && seen < least) least = seen;
  }
  return least;
}

void run_batch(Batch* b) {
  for (Retired* r = b->first; r;) {
    Retired* next = r->next;
    r->fn(r->object);
    reclaimed.fetch_add(1, std::memory_order_release);
    delete r;
    r = next;
  }
  delete b;
}

void close_batch(Participant& p) {
  if (!p.open) return;
  Batch* b = new Batch;
  b->first = p.open;
  b->epoch = epoch.fetch_add(1, std::memory_order_seq_cst) + 1;
  p.open = nullptr;
  p.open_count = 0;
  *p.newest = b;
  p.newest = &b->next;
}

void give_away(Participant& p) {
  close_batch(p);
  if (!p.oldest) return;
  sys::Locked<sys::Mutex> locked(orphan_lock);
  while (Batch* b = p.oldest) {
    p.oldest = b->next;
    b->next = orphans;
    orphans = b;
    orphan_count.fetch_add(1, std::memory_order_seq_cst);
  }
  p.newest = &p.oldest;
}

Batch* take_due_orphans() {
  Batch* due = nullptr;
  sys::Locked<sys::Mutex> locked(orphan_lock);
  uint64_t least = oldest_seen();
  for (Batch** at = &orphans; *at;) {
    Batch* b = *at;
    if (b->epoch <= least) {
      *at = b->next;
      b->next = due;
      due = b;
      orphan_count.fetch_sub(1, std::memory_order_seq_cst);
    } else {
      at = &b->next;
    }
  }
  return due;
}

void run_batches(Batch* due) {
  while (due) {
    Batch* next = due->next;
    run_batch(due);
    due = next;
  }
}

struct Membership {
  Participant* participant = nullptr;
  ~Membership() {
    if (!participant) return;
    participant->seen.store(offline, std::memory_order_seq_cst);
    give_away(*participant);
    participant->in_use.store(false, std::memory_order_release);
  }
};
thread_local Membership membership;

Participant& self() {
  if (!membership.participant) [[unlikely]] {
    membership.participant = join_participants();
    share_no_literals();  // until it is a thread with quiescent points
  }
  return *membership.participant;
}

void publish(Participant& p) {
  p.seen.store(epoch.load(std::memory_order_seq_cst), std::memory_order_seq_cst);
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

}  // namespace

void quiescence_online() {
  publish(self());
  refresh_leaving_area();
}

void quiescence_offline() {
  Participant& p = self();
  // Objects due only once this thread is offline are orphans then; the last thread to go offline finds all of them due. Their
  // functions may look up shared things, so they run online, which leaves orphans when they retire something: hence the loop.
  for (;;) {
    give_away(p);
    p.seen.store(offline, std::memory_order_seq_cst);
    if (orphan_count.load(std::memory_order_seq_cst) == 0 || p.running) return;
    Batch* due = take_due_orphans();
    if (!due) return;
    publish(p);
    p.running = true;
    run_batches(due);
    p.running = false;
  }
}

void quiescent_point() {
  Participant& p = self();
  if (p.seen.load(std::memory_order_relaxed) != epoch.load(std::memory_order_relaxed)) {
    publish(p);
    refresh_leaving_area();
  }
  if (p.running) return;
  if (p.open && (!p.oldest || p.open_count >= batch_limit)) {
    close_batch(p);
    publish(p);
    refresh_leaving_area();
  }
  if (p.oldest) {
    p.running = true;
    uint64_t least = oldest_seen();
    while (Batch* b = p.oldest) {
      if (b->epoch > least) break;
      p.oldest = b->next;
      if (!p.oldest) p.newest = &p.oldest;
      run_batch(b);
    }
    p.running = false;
  }
  if (orphan_count.load(std::memory_order_relaxed)) [[unlikely]] {
    p.running = true;
    run_batches(take_due_orphans());
    p.running = false;
  }
}

void retire(void* object, void (*fn)(void*)) {
  Participant& p = self();
  retired.fetch_add(1, std::memory_order_relaxed);
  p.open = new Retired{p.open, object, fn};
  p.open_count++;
  // An offline thread may never pass a quiescent point: let the others have it.
  if (p.seen.load(std::memory_order_relaxed) == offline) give_away(p);
}

size_t retired_count() {
  uint64_t gone = reclaimed.load(std::memory_order_acquire);
  return size_t(retired.load(std::memory_order_relaxed) - gone);
}
uint64_t retired_total() { return retired.load(std::memory_order_relaxed); }
uint64_t reclaimed_total() { return reclaimed.load(std::memory_order_acquire); }

QuiescentSection::QuiescentSection() : was_online_(self().seen.load(std::memory_order_relaxed) != offline) {
  if (!was_online_) publish(self());
}
QuiescentSection::~QuiescentSection() {
  if (!was_online_) quiescence_offline();
}

}  // namespace joist
