#pragma once
#include <string>

namespace joist {

// What happens at halt, set by vm/node: writes ports' output out when `flush`, a crash dump when there is a slogan, and ends the OS
// process. Null: ends it at once. status -1: abort.
extern void (*halt_hook)(int status, bool flush, const std::string* slogan);

}  // namespace joist
