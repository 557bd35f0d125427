// By posix_spawn: the child borrows the node's memory until it executes its program, so that starting one costs the same however large
// the node is, and the poll thread waits for nothing else. What the program cannot do without (descriptors, folder, signals) is a list
// of actions that the child carries out before.
#include "vm/sys/child_start.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <cerrno>

extern char** environ;

namespace joist::sys {
namespace {

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (std::string& s : strings) out.push_back(s.data());
  out.push_back(nullptr);
  return out;
}

// What happens in the child between its start and its program.
class Preparation {
 public:
  Preparation() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  ~Preparation() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
    for (int fd : moved_) close(fd);
  }
  Preparation(const Preparation&) = delete;
  Preparation& operator=(const Preparation&) = delete;

  // A session of its own, as OTP's forker gives: Ctrl-C at the terminal is not the child's. No signal is blocked or ignored.
  int own_session() {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int error = posix_spawnattr_setsigmask(&attributes_, &none);
    if (!error) error = posix_spawnattr_setsigdefault(&attributes_, &all);
    if (!error) error = posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    return error;
  }
  int folder(const std::string& name) { return name.empty() ? 0 : posix_spawn_file_actions_addchdir_np(&actions_, name.c_str()); }
  // The child's descriptor `to` is ours `from`, or for -1 as ChildOptions says. `count`: how many it gets; ours are moved above them first.
  int descriptor(int to, int from, int count) {
    if (from < 0 && to > STDERR_FILENO) return 0;
    if (from < 0) return posix_spawn_file_actions_addopen(&actions_, to, "/dev/null", O_RDWR, 0);
    if (from < count) {
      from = fcntl(from, F_DUPFD_CLOEXEC, count);
      if (from < 0) return errno;
      moved_.push_back(from);
    }
    return posix_spawn_file_actions_adddup2(&actions_, from, to);
  }

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;

 private:
  std::vector<int> moved_;
};

}  // namespace

int start_child(ChildOptions& options, int* pid) {
  std::vector<char*> args = pointers(options.args), env = pointers(options.env);
  Preparation child;
  int count = int(options.descriptors.size());
  int error = child.own_session();
  if (!error) error = child.folder(options.cwd);
  for (int i = 0; i < count && !error; i++) error = child.descriptor(i, options.descriptors[size_t(i)], count);
  if (error) return error;
  return posix_spawn(pid, options.file.c_str(), &child.actions_, &child.attributes_, args.data(), options.has_env ? env.data() : environ);
}

}  // namespace joist::sys
