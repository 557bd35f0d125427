#include "vm/sys/stream.h"

#include <cerrno>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include <mutex>
#include <string>
#include <unordered_map>

namespace joist::sys {
namespace {

// Regular files and non-blocking descriptors never block; others are asked first.
bool must_ask(int fd) {
  int flags = fcntl(fd, F_GETFL);
  if (flags >= 0 && (flags & O_NONBLOCK)) return false;
  struct stat st;
  return fstat(fd, &st) == 0 && !S_ISREG(st.st_mode);
}

bool is_ready(int fd, short events) {
  pollfd p{fd, events, 0};
  return poll(&p, 1, 0) > 0;
}

long finish(long n, int* error) {
  *error = n < 0 ? (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : errno) : 0;
  return n;
}

}  // namespace

long read_stream(int fd, void* buffer, size_t size, int* error) {
  if (must_ask(fd) && !is_ready(fd, POLLIN)) {
    *error = 0;
    return -1;
  }
  return finish(read(fd, buffer, size), error);
}

long write_stream(int fd, std::string_view bytes, int* error) {
  if (must_ask(fd)) {
    if (!is_ready(fd, POLLOUT)) {
      *error = 0;
      return -1;
    }
    // A writable pipe takes this much at least.
    bytes = bytes.substr(0, PIPE_BUF);
  }
  return finish(write(fd, bytes.data(), bytes.size()), error);
}

bool make_pipe(int* read_end, int* write_end, bool ours_is_read, int* error) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    *error = errno;
    return false;
  }
  *read_end = ends[0];
  *write_end = ends[1];
  fcntl(ends[ours_is_read ? 0 : 1], F_SETFL, O_NONBLOCK);
  return true;
}

int duplicate_stream(int fd) { return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0); }

void close_stream(int fd) { close(fd); }

const char* error_name(int error) {
  static std::mutex lock;
  static std::unordered_map<int, std::string> names;
  std::lock_guard guard(lock);
  std::string& name = names[error];
  if (name.empty()) {
    name = uv_err_name(-error);
    for (char& ch : name) ch = char(tolower(ch));
    if (name.compare(0, 7, "unknown") == 0) name = "unknown";
  }
  return name.c_str();
}

}  // namespace joist::sys
