#include "vm/process/alias_table.h"

#include <unordered_map>

#include "vm/process/process_table.h"
#include "vm/sys/lock.h"
#include "vm/term/etf/etf.h"

namespace joist {

namespace {

struct KeyHash {
  size_t operator()(const RefKey& k) const { return (k.a ^ k.b << 17) * 0x9e3779b97f4a7c15; }
};

sys::Mutex lock{sys::LockRank::Leaf};
std::unordered_map<RefKey, Term, KeyHash>& table() {
  static auto* all = new std::unordered_map<RefKey, Term, KeyHash>;
  return *all;
}

}  // namespace

void keep_alias(RefKey key, Term pid) {
  if (!find_process(pid)) return;
  sys::Locked guard(lock);
  table()[key] = pid;
  detail::kept_aliases.store(table().size());
}

Term find_alias(RefKey key) {
  if (!detail::kept_aliases.load(std::memory_order_acquire)) return {};
  sys::Locked guard(lock);
  auto found = table().find(key);
  return found == table().end() ? Term() : found->second;
}

void detail::forget_kept_alias(RefKey key) {
  sys::Locked guard(lock);
  table().erase(key);
  kept_aliases.store(table().size());
}

void install_alias_hooks() {
  etf::hooks.keep_alias = [](const Word numbers[2], Term pid) { keep_alias({numbers[0], numbers[1]}, pid); };
  etf::hooks.find_alias = [](const Word numbers[2]) { return find_alias({numbers[0], numbers[1]}); };
}

}  // namespace joist
