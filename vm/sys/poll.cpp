// Descriptors are watched by an epoll set of our own. So a port arms its socket with one system call and no word to the poll thread, and
// may close it at once. Everything is one-shot: what was told must be armed again. The thread sleeps in that set alone: libuv's loop, for
// requests, and a signalfd, for ends of children, are two of its descriptors.
#include "vm/sys/poll.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "vm/base/assert.h"
#include "vm/base/reversed.h"
#include "vm/sys/child_start.h"
#include "vm/sys/lock.h"
#include "vm/sys/microstates.h"
#include "vm/sys/os_signals.h"
#include "vm/sys/threads.h"

namespace joist::sys {

class PollWatch {
 public:
  int fd;
  bool own_fd = false;       // a duplicate: the descriptor is watched twice
  PollCallback callback;
  void* argument;
  Mutex lock{LockRank::Poll};
  bool registered = false;   // lock: in the epoll set
  bool refused = false;      // lock: the last arming failed
  bool over = false;         // lock: unwatched
  unsigned wanted = 0;       // lock
  void (*done)(void*) = nullptr;
  void* done_argument = nullptr;
};

namespace {

// Work for the poll thread, from any thread: a list that it empties when uv_async wakes it.
struct Request {
  Request* next = nullptr;
  enum Kind : uint8_t { Tell, Unwatch, Spawn } kind;
  PollWatch* watch = nullptr;
  unsigned events = 0;
  ChildOptions child;
  ChildCallbacks callbacks{};
};

int watched = -1;  // the epoll set
uv_loop_t loop;
uv_async_t wakeup;
std::atomic<Request*> requests{nullptr};
std::atomic<size_t> watch_count{0};
std::atomic<size_t> refused_count{0};
std::atomic<size_t> told_now{0};  // callbacks under way
std::atomic<int> started{0};  // 0 no, 1 starting, 2 yes

void submit(Request* r) {
  start_poll_thread();
  Request* head = requests.load(std::memory_order_relaxed);
  do r->next = head;
  while (!requests.compare_exchange_weak(head, r, std::memory_order_release, std::memory_order_relaxed));
  uv_async_send(&wakeup);
}

uint32_t epoll_events(unsigned wanted) {
  return EPOLLONESHOT | (wanted & poll_read ? uint32_t(EPOLLIN | EPOLLRDHUP) : 0) | (wanted & poll_write ? uint32_t(EPOLLOUT) : 0);
}

// Called with the watch's lock. False: the descriptor is no good; its reader or writer will see the error.
bool register_wanted(PollWatch& w) {
  epoll_event event{};
  event.events = epoll_events(w.wanted);
  event.data.ptr = &w;
  if (w.registered) {
    if (epoll_ctl(watched, EPOLL_CTL_MOD, w.fd, &event) == 0) return true;
    if (errno != ENOENT) return false;
    // It was closed, and its number is another descriptor's now.
  }
  w.registered = epoll_ctl(watched, EPOLL_CTL_ADD, w.fd, &event) == 0;
  if (!w.registered && errno == EEXIST) {
    w.fd = fcntl(w.fd, F_DUPFD_CLOEXEC, 0);
    w.own_fd = w.fd >= 0;
    w.registered = w.own_fd && epoll_ctl(watched, EPOLL_CTL_ADD, w.fd, &event) == 0;
  }
  return w.registered;
}

void tell(PollWatch& w, uint32_t events) {
  unsigned ready = (events & (EPOLLIN | EPOLLRDHUP) ? poll_read : 0) | (events & EPOLLOUT ? poll_write : 0);
  {
    Locked lock(w.lock);
    if (events & (EPOLLERR | EPOLLHUP)) ready = w.wanted & poll_error && events & EPOLLERR ? poll_error : poll_read | poll_write;
    ready &= w.wanted;
    w.wanted &= ~ready;
    if (w.over) return;
    if (w.wanted) register_wanted(w);
  }
  if (!ready) return;
  told_now.fetch_add(1, std::memory_order_relaxed);
  w.callback(w.argument, ready);
  told_now.fetch_sub(1, std::memory_order_relaxed);
}

struct Child {
  int pid;
  ChildCallbacks callbacks;
};
// Only the poll thread:
std::vector<Child> children;
std::vector<int> just_reaped;  // in the last look: whose signal is yet to come, unless it was one with another's
int child_signals = -1;        // a signalfd: SIGCHLD, which all threads block

bool is_own_child(int pid) {
  return std::ranges::any_of(children, [pid](const Child& c) { return c.pid == pid; }) || std::ranges::count(just_reaped, pid) > 0;
}

// Some children have ended: one signal may stand for several.
void reap_children() {
  just_reaped.clear();
  for (size_t i = 0; i < children.size();) {
    int status = 0;
    int found = waitpid(children[i].pid, &status, WNOHANG);
    if (found == 0 || (found < 0 && errno == EINTR)) {
      i++;
      continue;
    }
    Child child = children[i];
    children[i] = children.back();
    children.pop_back();
    just_reaped.push_back(child.pid);
    int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    child.callbacks.exited(child.callbacks.argument, signal ? 0 : WEXITSTATUS(status), signal);
  }
}

// Those of our children are no signals for os:set_signal/2, as with OTP, whose forker has them.
void on_child_signals() {
  for (signalfd_siginfo info; read(child_signals, &info, sizeof info) == sizeof info;) {
    bool own = info.ssi_code > 0 && is_own_child(int(info.ssi_pid));
    reap_children();
    if (!own) act_on_signal(SIGCHLD);
  }
}

// Whether a child could enter the folder; else an errno value, and the child's words about it.
int check_folder(const std::string& folder) {
  struct stat st;
  if (folder.empty()) return 0;
  int error = stat(folder.c_str(), &st) != 0 || access(folder.c_str(), X_OK) != 0 ? errno : S_ISDIR(st.st_mode) ? 0 : ENOTDIR;
  if (error) dprintf(STDERR_FILENO, "spawn: Could not cd to %s\r\n", folder.c_str());
  return error;
}

// The system is short of something; other errors are those of the child before it executes its program.
bool is_shortage(int error) { return error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE; }

void run_child(Request& r) {
  int pid = 0, error = check_folder(r.child.cwd);
  if (!error) error = start_child(r.child, &pid);
  for (int fd : r.child.descriptors)
    if (fd >= 0) close(fd);
  const ChildCallbacks& tell = r.callbacks;
  if (!error) children.push_back({pid, tell});
  tell.started(tell.argument, is_shortage(error) ? error : 0, pid);
  if (error && !is_shortage(error)) tell.exited(tell.argument, error, 0);
}

void serve(uv_async_t*) {
  Request* first = reversed(requests.exchange(nullptr, std::memory_order_acquire));
  while (first) {
    std::unique_ptr<Request> now(first);
    first = first->next;
    switch (now->kind) {
      case Request::Tell: now->watch->callback(now->watch->argument, now->events); break;
      case Request::Unwatch:  // no event of an older batch is left
        if (now->watch->own_fd) close(now->watch->fd);
        if (now->watch->done) now->watch->done(now->watch->done_argument);
        delete now->watch;
        break;
      case Request::Spawn: run_child(*now); break;
    }
  }
}

void poll_thread(void*) {
  account_for_thread("poll", 0);
  uv_run(&loop, UV_RUN_NOWAIT);  // from now on the loop watches its handles; no more are added
  epoll_event own{};
  own.events = EPOLLIN;
  own.data.ptr = &loop;
  VERIFY(epoll_ctl(watched, EPOLL_CTL_ADD, uv_backend_fd(&loop), &own) == 0);
  own.data.ptr = &child_signals;
  VERIFY(epoll_ctl(watched, EPOLL_CTL_ADD, child_signals, &own) == 0);
  for (;;) {
    enter_microstate(Microstate::Sleep);
    epoll_event events[256];
    int n = epoll_wait(watched, events, 256, -1);
    enter_microstate(Microstate::CheckIo);
    bool loop_ready = false;
    for (int i = 0; i < n; i++) {
      if (events[i].data.ptr == &loop) loop_ready = true;
      else if (events[i].data.ptr == &child_signals) on_child_signals();
      else tell(*static_cast<PollWatch*>(events[i].data.ptr), events[i].events);
    }
    if (loop_ready) uv_run(&loop, UV_RUN_NOWAIT);
  }
}

// libuv can watch whatever epoll can: not regular files.
bool pollable(int fd) {
  struct stat st;
  if (fstat(fd, &st) != 0) return false;
  if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) return false;
  if (S_ISCHR(st.st_mode) && !isatty(fd)) {
    struct stat null;
    if (stat("/dev/null", &null) == 0 && null.st_rdev == st.st_rdev) return false;
  }
  return true;
}

}  // namespace

void start_poll_thread() {
  int expected = 0;
  if (started.load(std::memory_order_acquire) == 2) return;
  if (started.compare_exchange_strong(expected, 1)) {
    VERIFY(uv_loop_init(&loop) == 0);
    VERIFY(uv_async_init(&loop, &wakeup, serve) == 0);
    watched = epoll_create1(EPOLL_CLOEXEC);
    VERIFY(watched >= 0);
    // Told also where who started this process ignores them. The caller's later threads inherit the mask.
    signal(SIGCHLD, SIG_DFL);
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &ends, nullptr);
    child_signals = signalfd(-1, &ends, SFD_NONBLOCK | SFD_CLOEXEC);
    VERIFY(child_signals >= 0);
    thread_detach(thread_start(poll_thread, nullptr, {.name = "poll"}));
    started.store(2, std::memory_order_release);
  }
  while (started.load(std::memory_order_acquire) != 2) yield_thread();
}

PollWatch* poll_watch(int fd, PollCallback callback, void* argument, bool is_socket) {
  if (!is_socket && !pollable(fd)) return nullptr;
  start_poll_thread();
  auto* watch = new PollWatch;
  watch_count.fetch_add(1, std::memory_order_relaxed);
  watch->fd = fd;
  watch->callback = callback;
  watch->argument = argument;
  return watch;
}

size_t poll_refused() { return refused_count.load(std::memory_order_relaxed); }
size_t poll_tells() { return told_now.load(std::memory_order_relaxed); }
size_t poll_watched() { return watch_count.load(std::memory_order_relaxed); }
size_t descriptor_limit() {
  rlimit limit;
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? size_t(limit.rlim_cur) : 0;
}
bool descriptor_is_open(int fd) { return fcntl(fd, F_GETFD) >= 0; }
size_t poll_watch_bytes() { return sizeof(PollWatch); }

bool poll_try_arm(PollWatch* watch, unsigned events) {
  Locked lock(watch->lock);
  watch->wanted |= events;
  if (register_wanted(*watch)) return true;
  watch->wanted &= ~events;
  return false;
}

void poll_disarm(PollWatch* watch, unsigned events) {
  Locked lock(watch->lock);
  watch->wanted &= ~events;
}

void poll_arm(PollWatch* watch, unsigned events) {
  {
    Locked lock(watch->lock);
    watch->wanted |= events;
    bool registered = register_wanted(*watch);
    bool refused = !registered && errno != EPERM;  // a device that is always ready is none
    if (refused != watch->refused) refused_count.fetch_add(refused ? 1 : size_t(-1), std::memory_order_relaxed);
    watch->refused = refused;
    if (registered) return;
    events = watch->wanted;
    watch->wanted = 0;
  }
  // The caller may hold what the callback needs.
  auto* r = new Request;
  r->kind = Request::Tell;
  r->watch = watch;
  r->events = events;
  submit(r);
}

void poll_unwatch(PollWatch* watch, void (*done)(void*), void* argument) {
  watch_count.fetch_sub(1, std::memory_order_relaxed);
  watch->done = done;
  watch->done_argument = argument;
  {
    Locked lock(watch->lock);
    watch->over = true;
    if (watch->refused) refused_count.fetch_sub(1, std::memory_order_relaxed);
    if (watch->registered) epoll_ctl(watched, EPOLL_CTL_DEL, watch->fd, nullptr);
  }
  auto* r = new Request;
  r->kind = Request::Unwatch;
  r->watch = watch;
  submit(r);
}

void spawn_child(ChildOptions options, ChildCallbacks callbacks) {
  auto* r = new Request;
  r->kind = Request::Spawn;
  r->child = std::move(options);
  r->callbacks = callbacks;
  submit(r);
}

}  // namespace joist::sys
