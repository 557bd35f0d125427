// Which instructions follow one another: builds with JOIST_PROFILE_OPS count pairs of handlers and print the most frequent when the
// process ends, to choose what the loader should fuse. Counts of threads that run at once may lose a few.
#include "vm/interp/dispatch.h"
#include "vm/interp/run.h"

#ifdef JOIST_PROFILE_OPS
#include <algorithm>
#include <cstdio>
#include <map>
#include <vector>

namespace joist {
namespace {

struct Pair {
  Word first, second;
  uint64_t count;
};
constexpr size_t slot_count = size_t(1) << 20;
Pair slots[slot_count];
thread_local Word previous;

}  // namespace

void print_op_profile() {
  std::map<std::pair<Op, Op>, uint64_t> pairs;
  std::map<Op, uint64_t> single;
  uint64_t total = 0;
  for (const Pair& p : slots) {
    if (!p.count) continue;
    Op second = op_of_handler(p.second);
    single[second] += p.count;
    total += p.count;
    if (p.first) pairs[{op_of_handler(p.first), second}] += p.count;
  }
  auto name = [](Op op) { return op == Op::count ? "?" : op_info(op).name; };
  std::fprintf(stderr, "%llu instructions\n", static_cast<unsigned long long>(total));
  std::vector<std::pair<uint64_t, Op>> ops;
  for (auto& [op, count] : single) ops.push_back({count, op});
  std::sort(ops.rbegin(), ops.rend());
  for (size_t i = 0; i < ops.size() && i < 60; i++) {
    std::fprintf(stderr, "%6.2f %%  %s\n", 100.0 * double(ops[i].first) / double(total), name(ops[i].second));
  }
  std::vector<std::pair<uint64_t, std::pair<Op, Op>>> all;
  for (auto& [pair, count] : pairs) all.push_back({count, pair});
  std::sort(all.rbegin(), all.rend());
  for (size_t i = 0; i < all.size() && i < 120; i++) {
    std::fprintf(stderr, "%6.2f %%  %s  %s\n", 100.0 * double(all[i].first) / double(total), name(all[i].second.first), name(all[i].second.second));
  }
}

[[gnu::noinline]] void profile_op(Word handler) {
  size_t at = (previous * 31 + handler) * 0x9e3779b97f4a7c15 >> 44;
  while (slots[at].count && (slots[at].first != previous || slots[at].second != handler)) at = (at + 1) % slot_count;
  slots[at].first = previous;
  slots[at].second = handler;
  slots[at].count++;
  previous = handler;
}

}  // namespace joist
#endif
