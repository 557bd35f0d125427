// The end of a node: halt/0,1,2 and what the OS process returns.
#pragma once
#include <string>

namespace joist {

// Any thread. Flushes ports' output when asked, then lets wait_for_halt return. Never returns to the caller's process: the calling
// scheduler stops running Erlang code.
void request_halt(int status, bool flush);
// Ends with a crash dump and a slogan: halt("slogan"). Called on a scheduler's thread it does not return, and nothing else runs again.
void request_crash(const std::string& slogan);
// For sys::exhaustion_hook: the dump of a node that cannot go on for want of memory.
void dump_exhausted(const char* slogan);
// halt(abort)
[[noreturn]] void halt_abort();

// The main thread: returns the exit code once the node is to end.
int wait_for_halt();

}  // namespace joist
