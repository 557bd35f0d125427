#include "vm/sys/console.h"

#include <unistd.h>

namespace joist::sys {

bool stdin_is_terminal() { return isatty(STDIN_FILENO); }

int read_stdin_character() {
  unsigned char ch;
  return read(STDIN_FILENO, &ch, 1) == 1 ? ch : -1;
}

void exit_process(int status) { _exit(status); }

}  // namespace joist::sys
