// Signals of the OS. All that Joist looks at are blocked in every thread; one thread takes them, one at a time, in ordinary code.
#pragma once
#include <cstdint>

namespace joist::sys {

enum class SignalAction : uint8_t { Default, Ignore, Handle };

// Blocks the signals in the calling thread and so in all threads it starts. Call before any thread starts.
void block_signals();
// Who started this process has it ignore the signal, as nohup does with SIGHUP.
bool is_ignored(int number);
// Starts the thread; on_signal runs there for every signal whose action is Handle.
void start_signal_thread(void (*on_signal)(int number));
// What the action of a signal that came says. For the thread that took it.
void act_on_signal(int number);
// What happens on signal `number` from now on. False for a signal that is not among those blocked.
bool set_signal_action(int number, SignalAction action);

// OTP's names ("sigterm", …) of the signals, and back; null / 0 when unknown.
const char* signal_name(int number);
int signal_number(const char* name);
inline constexpr int interrupt_signal = 2;  // Ctrl-C

}  // namespace joist::sys
