// erl_crash.dump: the node's state in the format of OTP's dumps (version 0.5), for crashdump_viewer and whoever reads them.
#pragma once
#include <string>

namespace joist {

// As ERL_CRASH_DUMP, ERL_CRASH_DUMP_BYTES, ERL_CRASH_DUMP_SECONDS and ERL_CRASH_DUMP_NICE say, by default to erl_crash.dump in the
// current folder. Says on standard error where. Nothing may run Erlang code meanwhile or after: heaps are marked.
//   Whole      all others stand still
//   Exhausted  so do they, but the calling thread was in the middle of something: nothing of the process it runs, and not for long
//   General    others run: what can be told of them without looking at what they change
enum class DumpExtent : unsigned char { Whole, Exhausted, General };
void write_crash_dump(const std::string& slogan, DumpExtent extent);

}  // namespace joist
