#include "vm/sys/poll.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include <memory>

#include "vm/base/assert.h"
#include "vm/base/reversed.h"
#include "vm/sys/lock.h"
#include "vm/sys/threads.h"

namespace joist::sys {

class PollWatch {
 public:
  uv_poll_t handle;
  PollCallback callback;
  void* argument;
  unsigned wanted = 0;       // poll thread only
  void (*done)(void*) = nullptr;
  void* done_argument = nullptr;
};

namespace {

// Work for the poll thread, from any thread: a list that it empties when uv_async wakes it.
struct Request {
  Request* next = nullptr;
  enum Kind : uint8_t { Watch, Arm, Unwatch, Spawn } kind;
  PollWatch* watch = nullptr;
  unsigned events = 0;
  int fd = -1;
  ChildOptions child;
  ChildCallbacks callbacks{};
};

uv_loop_t loop;
uv_async_t wakeup;
std::atomic<Request*> requests{nullptr};
std::atomic<int> started{0};  // 0 no, 1 starting, 2 yes

void submit(Request* r) {
  start_poll_thread();
  Request* head = requests.load(std::memory_order_relaxed);
  do r->next = head;
  while (!requests.compare_exchange_weak(head, r, std::memory_order_release, std::memory_order_relaxed));
  uv_async_send(&wakeup);
}

void on_ready(uv_poll_t* handle, int status, int events) {
  auto* watch = static_cast<PollWatch*>(handle->data);
  unsigned ready = status < 0 ? watch->wanted
                              : unsigned((events & (UV_READABLE | UV_DISCONNECT) ? poll_read : 0) | (events & UV_WRITABLE ? poll_write : 0));
  ready &= watch->wanted;
  watch->wanted &= ~ready;
  if (watch->wanted) {
    uv_poll_start(handle, int((watch->wanted & poll_read ? UV_READABLE : 0) | (watch->wanted & poll_write ? UV_WRITABLE : 0)), on_ready);
  } else {
    uv_poll_stop(handle);
  }
  if (ready) watch->callback(watch->argument, ready);
}

void arm(PollWatch* watch, unsigned events) {
  watch->wanted |= events;
  int uv_events = (watch->wanted & poll_read ? UV_READABLE : 0) | (watch->wanted & poll_write ? UV_WRITABLE : 0);
  if (uv_poll_start(&watch->handle, uv_events, on_ready) != 0) {
    unsigned ready = watch->wanted;
    watch->wanted = 0;
    watch->callback(watch->argument, ready);  // the read or write will show the error
  }
}

void on_closed(uv_handle_t* handle) {
  auto* watch = static_cast<PollWatch*>(handle->data);
  if (watch->done) watch->done(watch->done_argument);
  delete watch;
}

struct Child {
  uv_process_t process;
  ChildCallbacks callbacks;
};

void on_child_exit(uv_process_t* process, int64_t status, int signal) {
  auto* child = static_cast<Child*>(process->data);
  child->callbacks.exited(child->callbacks.argument, int(status), signal);
  uv_close(reinterpret_cast<uv_handle_t*>(process), [](uv_handle_t* h) { delete static_cast<Child*>(h->data); });
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (std::string& s : strings) out.push_back(s.data());
  out.push_back(nullptr);
  return out;
}

void run_child(Request& r) {
  auto child = std::make_unique<Child>();
  child->process.data = child.get();
  child->callbacks = r.callbacks;
  std::vector<char*> args = pointers(r.child.args), env = pointers(r.child.env);
  std::vector<uv_stdio_container_t> stdio(r.child.descriptors.size());
  for (size_t i = 0; i < stdio.size(); i++) {
    stdio[i].flags = r.child.descriptors[i] < 0 ? UV_IGNORE : UV_INHERIT_FD;
    stdio[i].data.fd = r.child.descriptors[i];
  }
  uv_process_options_t options{};
  options.file = r.child.file.c_str();
  options.args = args.data();
  options.env = r.child.has_env ? env.data() : nullptr;
  options.cwd = r.child.cwd.empty() ? nullptr : r.child.cwd.c_str();
  options.stdio = stdio.data();
  options.stdio_count = int(stdio.size());
  options.exit_cb = on_child_exit;
  // A session of its own, as OTP's forker gives: Ctrl-C at the terminal is not the child's.
  options.flags = UV_PROCESS_DETACHED;
  int error = uv_spawn(&loop, &child->process, &options);
  for (int fd : r.child.descriptors)
    if (fd >= 0) close(fd);
  int pid = error ? 0 : child->process.pid;
  ChildCallbacks callbacks = r.callbacks;
  Child* raw = child.release();
  if (error) uv_close(reinterpret_cast<uv_handle_t*>(&raw->process), [](uv_handle_t* h) { delete static_cast<Child*>(h->data); });
  callbacks.started(callbacks.argument, -error, pid);
}

void serve(uv_async_t*) {
  Request* first = reversed(requests.exchange(nullptr, std::memory_order_acquire));
  while (first) {
    std::unique_ptr<Request> now(first);
    first = first->next;
    switch (now->kind) {
      case Request::Watch:
        now->watch->handle.data = now->watch;
        uv_poll_init(&loop, &now->watch->handle, now->fd);
        break;
      case Request::Arm: arm(now->watch, now->events); break;
      case Request::Unwatch:
        uv_poll_stop(&now->watch->handle);
        uv_close(reinterpret_cast<uv_handle_t*>(&now->watch->handle), on_closed);
        break;
      case Request::Spawn: run_child(*now); break;
    }
  }
}

void poll_thread(void*) {
  // Ends of children are told by a signal, whose handler (libuv's) writes to a pipe of the loop. All other threads block it.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGCHLD);
  pthread_sigmask(SIG_UNBLOCK, &ends, nullptr);
  uv_run(&loop, UV_RUN_DEFAULT);
  PANIC("the poll thread's loop ended");
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
    thread_detach(thread_start(poll_thread, nullptr, {.name = "poll"}));
    started.store(2, std::memory_order_release);
  }
  while (started.load(std::memory_order_acquire) != 2) yield_thread();
}

PollWatch* poll_watch(int fd, PollCallback callback, void* argument) {
  if (!pollable(fd)) return nullptr;
  auto* watch = new PollWatch;
  watch->callback = callback;
  watch->argument = argument;
  auto* r = new Request;
  r->kind = Request::Watch;
  r->watch = watch;
  r->fd = fd;
  submit(r);
  return watch;
}

void poll_arm(PollWatch* watch, unsigned events) {
  auto* r = new Request;
  r->kind = Request::Arm;
  r->watch = watch;
  r->events = events;
  submit(r);
}

void poll_unwatch(PollWatch* watch, void (*done)(void*), void* argument) {
  watch->done = done;
  watch->done_argument = argument;
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
