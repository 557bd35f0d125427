#include "vm/dist/epmd_names.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace joist {
namespace {

uint32_t following(uint32_t counter) { return std::max(counter + 1, 4u); }

}  // namespace

const EpmdNode* EpmdNames::find(std::string_view name) const {
  auto found = std::find_if(active_.begin(), active_.end(), [&](const EpmdNode& n) { return n.name == name; });
  return found == active_.end() ? nullptr : &*found;
}

const EpmdNode* EpmdNames::add(EpmdNode node, uint32_t now) {
  if (find(node.name)) return nullptr;
  auto known = std::find_if(old_.begin(), old_.end(), [&](const EpmdNode& n) { return n.name == node.name; });
  if (known != old_.end()) {
    node.counter = following(known->counter);
    old_.erase(known);
  } else {
    node.counter = following(now);
    if (old_.size() > old_limit_) old_.pop_front();
  }
  active_.push_back(std::move(node));
  return &active_.back();
}

void EpmdNames::retire(size_t index) {
  old_.push_back(std::move(active_[index]));
  old_.back().extra = {};
  active_.erase(active_.begin() + std::ptrdiff_t(index));
}

int EpmdNames::remove(std::string_view name) {
  const EpmdNode* node = find(name);
  if (!node) return -1;
  int connection = node->connection;
  retire(size_t(node - active_.data()));
  return connection;
}

bool EpmdNames::remove_connection(int connection) {
  auto found = std::find_if(active_.begin(), active_.end(), [&](const EpmdNode& n) { return n.connection == connection; });
  if (found == active_.end()) return false;
  retire(size_t(found - active_.begin()));
  return true;
}

}  // namespace joist
