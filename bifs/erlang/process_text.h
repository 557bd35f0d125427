// A process as text: what process_info(P, backtrace), erlang:process_display/2, system_info(procs) and crash dumps show.
#pragma once
#include <string>

#include "vm/process/process.h"

namespace joist {

// Program counter, live x registers of a waiting call, and the stack, innermost frame first. Only while the process is not running
// (or runs this native). Nothing of a sensitive one.
void append_backtrace(const Process& process, std::string* out);
// A section =proc:Pid, as in crash dumps. Terms: with messages, dictionary and backtrace, which have sections of their own there.
enum class ProcessDetail : uint8_t { Terms, Summary };
void append_process(Process& process, ProcessDetail detail, std::string* out);
// #Ref<…> of a monitor.
std::string reference_text(RefKey key);
// (module:function/arity + offset), the offset in bytes from the function's entry. code: one past a call, or one past where it is.
std::string code_place_text(const Word* code);

}  // namespace joist
