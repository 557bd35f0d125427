// The names that nodes of this machine have registered, and those that were.
//
// A node that starts again under its name gets another *creation*, so that its pids and references are not those of the one before.
// Therefore a name that is given up is remembered for a while, with the creation it had: the next node of that name gets the one after.
// A new name starts at the time of day. Old names are forgotten, the oldest first, when there are too many as a new one comes.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace joist {

struct EpmdNode {
  std::string name;        // as it came: UTF-8 by then
  int connection = -1;     // the name is given up when it closes
  uint16_t port = 0;       // where the node listens
  uint8_t type = 0;        // 77: normal, 72: hidden
  uint8_t protocol = 0;    // 0: TCP over IPv4
  uint16_t highest = 0;    // version of the distribution protocol; from 6 on creations have 32 bits
  uint16_t lowest = 0;
  std::string extra;
  uint32_t counter = 0;    // see creation()

  // 4 and above, for nodes that know no better 1 to 3.
  uint32_t creation() const { return highest >= 6 ? counter : counter % 3 + 1; }
};

class EpmdNames {
 public:
  // old_limit: a new name makes the oldest of more than so many old names be forgotten.
  explicit EpmdNames(size_t old_limit) : old_limit_(old_limit) {}

  // Null when the name is taken. now: seconds, for the creation of a name not known yet. The result is good until the next change.
  const EpmdNode* add(EpmdNode node, uint32_t now);
  const EpmdNode* find(std::string_view name) const;
  // The connection of the node that had the name; -1: nobody has.
  int remove(std::string_view name);
  // Gives up the name of this connection, if it has one.
  bool remove_connection(int connection);

  const std::vector<EpmdNode>& active() const { return active_; }  // the newest last
  const std::deque<EpmdNode>& old() const { return old_; }         // the oldest first

 private:
  void retire(size_t index);

  size_t old_limit_;
  std::vector<EpmdNode> active_;
  std::deque<EpmdNode> old_;
};

}  // namespace joist
