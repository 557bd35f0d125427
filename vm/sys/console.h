// The OS process's own terminal and end, for the shell, the break menu and halt.
#pragma once
#include <string_view>

namespace joist::sys {

bool stdin_is_terminal();
bool stdout_is_terminal();
bool stderr_is_terminal();
// Waits for input and takes what is there at once, at most `size` bytes; 0 or less at the end of input.
long read_stdin(char* buffer, unsigned size);
// Ctrl-C on the terminal becomes a character of the input.
void make_interrupt_plain_input();

// How the terminal at stdin treats lines, echo and signal keys. Kept: as the process found it.
enum class TerminalSwitch : signed char { Off = -1, Kept = 0, On = 1 };
struct TerminalMode {
  TerminalSwitch lines = TerminalSwitch::Kept, echo = TerminalSwitch::Kept, signal_keys = TerminalSwitch::Kept;
};
// From now on, until restore_terminal(). False when stdin is no terminal. However the process ends (but by SIGKILL), the terminal gets
// back the mode it had; after a stop (Ctrl-Z) it gets this mode again.
bool set_terminal_mode(TerminalMode mode);
// The mode at start of the process. Safe in signal handlers.
void restore_terminal();
// After SIGCONT: the mode that was in use, when the terminal is ours.
void renew_terminal_mode();
// False when the terminal at stdin does not tell.
bool terminal_size(unsigned* columns, unsigned* rows);
// False when there is no terminal at the descriptor.
bool window_size(int fd, unsigned* columns, unsigned* rows);

// What the terminal shows: bytes of UTF-8, or characters of one byte each.
enum class TerminalCharset : unsigned char { Ascii, Latin1, Utf8 };
TerminalCharset terminal_charset();
// Columns that a character takes on a terminal: 0 for combining ones, 2 for wide ones, -1 for what is not printable.
int column_width(char32_t ch);

// Ends the OS process at once; no destructors, no atexit.
[[noreturn]] void exit_process(int status);

}  // namespace joist::sys
