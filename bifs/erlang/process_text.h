// A process as text: what process_info(P, backtrace), erlang:process_display/2 and system_info(procs) show.
#pragma once
#include <string>

#include "vm/process/process.h"

namespace joist {

// Program counter, live x registers of a waiting call, and the stack, innermost frame first. Only while the process is not running
// (or runs this native). Nothing of a sensitive one.
void append_backtrace(const Process& process, std::string* out);
// A section =proc:Pid, as in crash dumps, with the backtrace.
void append_process(Process& process, std::string* out);

}  // namespace joist
