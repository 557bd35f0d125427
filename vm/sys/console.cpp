#include "vm/sys/console.h"

#include <termios.h>
#include <unistd.h>

#include <atomic>

namespace joist::sys {

namespace {
std::atomic<bool> interrupt_is_plain{false};
termios terminal_at_start;
}  // namespace

bool stdin_is_terminal() { return isatty(STDIN_FILENO); }

int read_stdin_character() {
  unsigned char ch;
  return read(STDIN_FILENO, &ch, 1) == 1 ? ch : -1;
}

void make_interrupt_plain_input() {
  if (tcgetattr(STDIN_FILENO, &terminal_at_start) != 0) return;
  termios mode = terminal_at_start;
  mode.c_cc[VINTR] = _POSIX_VDISABLE;
  if (tcsetattr(STDIN_FILENO, TCSANOW, &mode) == 0) interrupt_is_plain = true;
}

void exit_process(int status) {
  if (interrupt_is_plain) tcsetattr(STDIN_FILENO, TCSANOW, &terminal_at_start);
  _exit(status);
}

}  // namespace joist::sys
