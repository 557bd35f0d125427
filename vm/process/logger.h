// Events of the VM's own to the system logger (the registered process `logger`), as erts sends them:
// {log, Level, Format, Args, #{gl, pid, time, error_logger => #{emulator => true, tag => Tag}}}.
#pragma once
#include <string_view>

#include "vm/process/process.h"

namespace joist {

// system_flag(system_logger, Receiver): raw atom (registered name; `undefined` when off) or local pid. Atomic.
extern std::atomic<Word> system_logger;

// From `process`, on its thread; takes nothing of its heap. args: list. level: error, warning, notice, info …
void log_event(Process& process, Term level, std::string_view format, Term args);

}  // namespace joist
