// Evens out the run queues: every scheduler's share of the waiting processes, by priority. balance.cpp is the essay.
#pragma once
#include <cstdint>

namespace joist {

struct Scheduler;

// A scheduler's own thread, after a turn of `reductions`: balances when balance_reductions have passed since the last time.
void turn_counts_for_balance(Scheduler& scheduler, int64_t reductions);
// How often the queues were looked at so far.
uint64_t balance_count();

}  // namespace joist
