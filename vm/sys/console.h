// The OS process's own terminal and end, for the break menu and halt.
#pragma once

namespace joist::sys {

bool stdin_is_terminal();
// Blocks; -1 at the end of input.
int read_stdin_character();
// Ctrl-C on the terminal becomes a character of the input. exit_process() undoes it.
void make_interrupt_plain_input();
// Ends the OS process at once; no destructors, no atexit.
[[noreturn]] void exit_process(int status);

}  // namespace joist::sys
