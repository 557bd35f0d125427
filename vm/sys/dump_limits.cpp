#include "vm/sys/dump_limits.h"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace joist::sys {

FILE* open_dump(const char* name, int64_t seconds, int64_t nice) {
  if (seconds > 0) {
    std::signal(SIGALRM, SIG_DFL);
    alarm(unsigned(std::min<int64_t>(seconds, UINT32_MAX)));
  }
  if (nice > 0) [[maybe_unused]] int priority = ::nice(int(std::min<int64_t>(nice, 39)));
  int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  return fd < 0 ? nullptr : fdopen(fd, "w");
}

}  // namespace joist::sys
