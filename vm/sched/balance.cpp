// Stealing gives work to a scheduler that has none; it does not help a process that waits behind better ones while another scheduler
// runs processes of its own priority or worse. So now and then one scheduler looks at all queues and moves what waits.
//
// A scheduler's room for a priority is the part of the last period that it did not spend on better ones: none when a process of high
// priority kept it busy, so all of normal and low then go elsewhere. The processes of a priority are shared out by room: as low
// priority takes its turns in the queue of normal, those two are one class.
//
// Nothing moves from a queue that is not worth sharing (turns so short that processes gather on one scheduler): those wait less than
// the move costs. Numbers are read without locks; a wrong one costs a move, not a process.
#include "vm/sched/balance.h"

#include "vm/sched/blocking.h"
#include "vm/sched/scheduler.h"

namespace joist {

namespace {

constexpr size_t classes = RunQueue::classes;

struct Balancing {
  std::atomic<bool> running{false};
  std::atomic<uint64_t> count{0};
};
Balancing balancing;

// What one scheduler did since the last look, and what waits there.
struct Share {
  uint64_t spent[classes];
  uint64_t total = 0;
};

Share spent_since_last(Scheduler& s) {
  Share share;
  for (size_t c = 0; c < classes; c++) {
    uint64_t now = s.spent[c].load(std::memory_order_relaxed);
    share.spent[c] = now - s.balanced[c];
    s.balanced[c] = now;
    share.total += share.spent[c];
  }
  return share;
}

struct Queue {
  size_t load = 0;    // processes that wait, and the one that runs
  size_t wanted = 0;  // its part of all of them
};

// From queues with more than their part to those with less.
void even_out(Queue* queues, uint32_t n, size_t c) {
  uint32_t to = 0;
  for (uint32_t from = 0; from < n; from++) {
    Scheduler& donor = scheduler(from + 1);
    size_t surplus = queues[from].load > queues[from].wanted ? queues[from].load - queues[from].wanted : 0;
    if (surplus == 0 || !worth_sharing(donor, surplus)) continue;
    while (surplus > 0 && to < n) {
      size_t gap = queues[to].wanted > queues[to].load ? queues[to].wanted - queues[to].load : 0;
      size_t want = gap < surplus ? gap : surplus;
      if (want == 0) {
        to++;
        continue;
      }
      size_t moved = donor.queue.give(c, want, scheduler(to + 1).queue);
      if (moved == 0) break;
      work_came(scheduler(to + 1));
      queues[to].load += moved;
      surplus -= moved;
    }
  }
}

void balance_class(size_t c, Share* shares, uint32_t n, uint64_t period) {
  Queue queues[max_schedulers];
  uint64_t room[max_schedulers], all_room = 0;
  size_t all = 0;
  for (uint32_t i = 0; i < n; i++) {
    Scheduler& s = scheduler(i + 1);
    queues[i].load = s.queue.waiting(c) + (s.turn_class.load(std::memory_order_relaxed) == c);
    all += queues[i].load;
    uint64_t better = 0;
    for (size_t b = 0; b < c; b++) better += shares[i].spent[b];
    // One whose queue is never empty does what it can: the operating system may give its thread less time than others.
    uint64_t all_it_can = s.queue.length() > 0 ? shares[i].total : period;
    room[i] = better < all_it_can ? all_it_can - better : 0;
    all_room += room[i];
  }
  if (all < 2 || all_room == 0) return;
  // Whole processes: what is left of the division goes where most of one is missing, the first of equals.
  size_t given = 0;
  for (uint32_t i = 0; i < n; i++) given += queues[i].wanted = size_t(double(all) * double(room[i]) / double(all_room));
  for (; given < all; given++) {
    uint32_t best = 0;
    double most = -1;
    for (uint32_t i = 0; i < n; i++) {
      double missing = double(all) * double(room[i]) / double(all_room) - double(queues[i].wanted);
      if (missing > most || (missing == most && queues[i].load > queues[best].load)) best = i, most = missing;
    }
    queues[best].wanted++;
  }
  even_out(queues, n, c);
}

void balance() {
  uint32_t n = schedulers_online();
  if (n < 2 || others_blocked()) return;
  Share shares[max_schedulers];
  uint64_t period = 0;
  for (uint32_t i = 0; i < n; i++) {
    shares[i] = spent_since_last(scheduler(i + 1));
    if (shares[i].total > period) period = shares[i].total;
  }
  balancing.count.fetch_add(1, std::memory_order_relaxed);
  for (size_t c = 0; c < classes; c++) balance_class(c, shares, n, period);
}

}  // namespace

void turn_counts_for_balance(Scheduler& s, int64_t reductions) {
  s.until_balance -= reductions;
  if (s.until_balance > 0) return;
  s.until_balance = balance_reductions;
  if (balancing.running.exchange(true, std::memory_order_acquire)) return;
  // Another one may have done it not long ago.
  uint64_t since = 0;
  for (size_t c = 0; c < classes; c++) since += s.spent[c].load(std::memory_order_relaxed) - s.balanced[c];
  if (since >= uint64_t(balance_reductions) / 2) balance();
  balancing.running.store(false, std::memory_order_release);
}

uint64_t balance_count() { return balancing.count.load(std::memory_order_relaxed); }

}  // namespace joist
