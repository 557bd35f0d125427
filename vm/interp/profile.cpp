// What builds with JOIST_PROFILE_OPS count: which instructions follow one another (to choose what the loader should fuse), in which modes
// they run and how often in none of their own (to choose what should be specialised), which slow paths they take.
//
// Handlers count triples: themselves and the two before them on the same thread. All else follows from those. Threads that run at once may
// lose a few.
#include "vm/interp/profile.h"

#include "vm/interp/dispatch.h"

#ifdef JOIST_PROFILE_OPS
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace joist {
namespace {

struct Triple {
  Word first, second, third;
  uint64_t count;
};
constexpr size_t slot_count = size_t(1) << 20;
Triple triples[slot_count];
thread_local Word before_last, last;

struct SlowPath {
  const char* name;
  uint64_t count;
};
constexpr size_t slow_path_count = 2048;
SlowPath slow_paths[slow_path_count];

bool wanted;

constexpr const char* mode_names[] = {"x0", "x1", "x2", "x3", "x", "y", "c", "any"};

std::string op_name(Word handler) {
  Op op = op_of_handler(handler);
  return op == Op::count ? "?" : op_info(op).name;
}
// With its modes: "move y x0".
std::string handler_name(Word handler) {
  Op op = op_of_handler(handler);
  std::string name = op_name(handler);
  Mode modes[6];
  size_t count = op == Op::count ? 0 : modes_of_handler(op, handler, modes);
  for (size_t i = 0; i < count; i++) name.append(" ").append(mode_names[size_t(modes[i])]);
  return name;
}
// Has modes, but runs in none of them for some operand.
bool is_miss(Word handler) {
  Op op = op_of_handler(handler);
  Mode modes[6];
  size_t count = op == Op::count ? 0 : modes_of_handler(op, handler, modes);
  return std::find(modes, modes + count, Mode::Any) != modes + count;
}

using Counts = std::map<std::string, uint64_t>;

void print(const char* title, const Counts& counts, uint64_t total, size_t rows) {
  std::vector<std::pair<uint64_t, std::string>> sorted;
  for (auto& [name, count] : counts) sorted.push_back({count, name});
  std::sort(sorted.rbegin(), sorted.rend());
  std::fprintf(stderr, "\n%s\n", title);
  for (size_t i = 0; i < sorted.size() && i < rows; i++) {
    std::fprintf(stderr, "%6.2f %%  %s\n", 100.0 * double(sorted[i].first) / double(total), sorted[i].second.c_str());
  }
}

}  // namespace

bool start_op_profile() {
  wanted = true;
  return true;
}

void print_op_profile() {
  if (!wanted) return;
  Counts ops, handlers, misses, pairs, handler_pairs, runs, slow;
  uint64_t total = 0;
  for (const Triple& t : triples) {
    if (!t.count) continue;
    total += t.count;
    std::string op = op_name(t.third), handler = handler_name(t.third);
    ops[op] += t.count;
    handlers[handler] += t.count;
    if (is_miss(t.third)) misses[handler] += t.count;
    if (!t.second) continue;
    std::string pair = op_name(t.second) + "  " + op;
    pairs[pair] += t.count;
    handler_pairs[handler_name(t.second) + "  " + handler] += t.count;
    if (t.first) runs[op_name(t.first) + "  " + pair] += t.count;
  }
  for (const SlowPath& s : slow_paths)
    if (s.count) slow[s.name] += s.count;
  std::fprintf(stderr, "%llu instructions, in per cent of them:\n", static_cast<unsigned long long>(total));
  print("instructions", ops, total, 80);
  print("pairs", pairs, total, 150);
  print("triples", runs, total, 100);
  print("handlers (with the modes of their operands)", handlers, total, 120);
  print("pairs of handlers", handler_pairs, total, 150);
  print("specialisation misses (operands in a mode that has no handler of its own)", misses, total, 60);
  print("slow paths", slow, total, 60);
}

[[gnu::noinline]] void profile_op(Word handler) {
  size_t at = ((before_last * 31 + last) * 31 + handler) * 0x9e3779b97f4a7c15 >> 44;
  while (triples[at].count && (triples[at].first != before_last || triples[at].second != last || triples[at].third != handler))
    at = (at + 1) % slot_count;
  triples[at] = {before_last, last, handler, triples[at].count + 1};
  before_last = last;
  last = handler;
}

[[gnu::noinline]] void profile_slow_path(const char* name) {
  size_t at = (reinterpret_cast<Word>(name) * 0x9e3779b97f4a7c15 >> 53) % slow_path_count;
  while (slow_paths[at].name && slow_paths[at].name != name) at = (at + 1) % slow_path_count;
  slow_paths[at] = {name, slow_paths[at].count + 1};
}

}  // namespace joist
#else

namespace joist {
bool start_op_profile() { return false; }
void print_op_profile() {}
}  // namespace joist
#endif
