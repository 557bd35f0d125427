#include "vm/sys/console.h"

#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include <atomic>
#include <string>

#include "vm/sys/environment.h"

namespace joist::sys {

namespace {

// Modes of the terminal at stdin. `at_start` is written once, before `changed` is set; the handlers of fatal signals read it.
termios at_start, in_use;
std::atomic<bool> known{false}, changed{false};

constexpr int fatal_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
struct sigaction earlier_actions[sizeof fatal_signals / sizeof fatal_signals[0]];

// Leaves the terminal as it was, then lets the signal do what it would have done.
void on_fatal_signal(int number) {
  restore_terminal();
  for (size_t i = 0; i < sizeof fatal_signals / sizeof fatal_signals[0]; i++)
    if (fatal_signals[i] == number) sigaction(number, &earlier_actions[i], nullptr);
  raise(number);
}

bool learn_mode() {
  if (known.load()) return true;
  if (tcgetattr(STDIN_FILENO, &at_start) != 0) return false;
  in_use = at_start;
  struct sigaction action {};
  action.sa_handler = on_fatal_signal;
  action.sa_flags = SA_NODEFER;
  for (size_t i = 0; i < sizeof fatal_signals / sizeof fatal_signals[0]; i++)
    sigaction(fatal_signals[i], &action, &earlier_actions[i]);
  known = true;
  return true;
}

bool use(const termios& mode) {
  in_use = mode;
  changed = true;
  return tcsetattr(STDIN_FILENO, TCSANOW, &mode) == 0;
}

void turn(tcflag_t* flags, tcflag_t bits, TerminalSwitch to) {
  if (to == TerminalSwitch::On) *flags |= bits;
  if (to == TerminalSwitch::Off) *flags &= ~bits;
}

}  // namespace

bool stdin_is_terminal() { return isatty(STDIN_FILENO); }
bool stdout_is_terminal() { return isatty(STDOUT_FILENO); }
bool stderr_is_terminal() { return isatty(STDERR_FILENO); }

long read_stdin(char* buffer, unsigned size) {
  pollfd p{STDIN_FILENO, POLLIN, 0};
  while (poll(&p, 1, -1) < 0) {}
  return read(STDIN_FILENO, buffer, size);
}

void make_interrupt_plain_input() {
  if (!learn_mode()) return;
  termios mode = in_use;
  mode.c_cc[VINTR] = _POSIX_VDISABLE;
  use(mode);
}

bool set_terminal_mode(TerminalMode wanted) {
  if (!learn_mode()) return false;
  termios mode = in_use;
  mode.c_iflag &= ~tcflag_t(ISTRIP);
  turn(&mode.c_iflag, ICRNL, wanted.lines);
  turn(&mode.c_lflag, ICANON, wanted.lines);
  turn(&mode.c_oflag, OPOST, wanted.lines);
  if (wanted.lines == TerminalSwitch::Off) {
    mode.c_cc[VMIN] = 1;
    mode.c_cc[VTIME] = 0;
  }
  turn(&mode.c_lflag, ECHO, wanted.echo);
  turn(&mode.c_iflag, BRKINT | IGNPAR | ICRNL | IXON | IXANY, wanted.signal_keys);
  turn(&mode.c_lflag, ISIG | IEXTEN, wanted.signal_keys);
  return use(mode);
}

void restore_terminal() {
  if (changed.load()) tcsetattr(STDIN_FILENO, TCSANOW, &at_start);
}

void renew_terminal_mode() {
  if (changed.load() && tcgetpgrp(STDIN_FILENO) == getpgrp()) tcsetattr(STDIN_FILENO, TCSANOW, &in_use);
}

bool window_size(int fd, unsigned* columns, unsigned* rows) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0) return false;
  *columns = size.ws_col;
  *rows = size.ws_row;
  return true;
}

bool terminal_size(unsigned* columns, unsigned* rows) { return window_size(STDIN_FILENO, columns, rows) && *columns && *rows; }

TerminalCharset terminal_charset() {
  std::string name = locale_charset();
  if (name == "UTF-8") return TerminalCharset::Utf8;
  return name.compare(0, 8, "ISO-8859") == 0 ? TerminalCharset::Latin1 : TerminalCharset::Ascii;
}

int column_width(char32_t ch) {
  static const locale_t widths = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (ch < 0x80 || !widths) return ch >= 0x20 && ch != 0x7f ? 1 : -1;
  locale_t before = uselocale(widths);
  int width = wcwidth(wchar_t(ch));
  uselocale(before);
  return width;
}

void exit_process(int status) {
  restore_terminal();
  _exit(status);
}

}  // namespace joist::sys
