// Signals of the OS: SIGTERM and friends become messages to erl_signal_server, Ctrl-C ends or interrupts as +B says.
#pragma once

namespace joist {

// Before any thread starts: signals are blocked everywhere, one thread takes them.
void block_os_signals();
void start_os_signals();

}  // namespace joist
