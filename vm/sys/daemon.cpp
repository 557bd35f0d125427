#include "vm/sys/daemon.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

namespace joist::sys {
namespace {

void close_others(std::vector<int> kept) {
  std::sort(kept.begin(), kept.end());
  unsigned from = STDERR_FILENO + 1;
  for (int fd : kept) {
    if (unsigned(fd) > from) close_range(from, unsigned(fd) - 1, 0);
    from = unsigned(fd) + 1;
  }
  close_range(from, UINT_MAX, 0);
}

}  // namespace

int become_daemon(std::vector<int> kept_descriptors) {
  pid_t child = fork();
  if (child < 0) return errno;
  if (child > 0) _exit(0);
  setsid();
  signal(SIGHUP, SIG_IGN);
  child = fork();
  if (child != 0) _exit(child < 0 ? 1 : 0);
  if (chdir("/") != 0) _exit(1);
  umask(0);
  int null = open("/dev/null", O_RDWR);
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (null >= 0) dup2(null, fd);
  close_others(std::move(kept_descriptors));
  return 0;
}

void write_system_log(const std::string& text) { syslog(LOG_ERR, "%s", text.c_str()); }

}  // namespace joist::sys
