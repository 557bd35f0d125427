// What epmd tells whoever looks after it: on standard error, or as a daemon in the system's log.
#pragma once
#include <string>

namespace joist {

struct EpmdLog {
  int level = 0;         // how much: one more for each -d; below 0: nothing
  bool daemon = false;

  // level: 0 what must be known; 1 requests and names; 2 connections.
  void say(int at_level, const std::string& text) const;
};

}  // namespace joist
