// The poll thread: runs libuv's loop, learns of readiness and of children's ends, and tells by callback. Nothing else happens
// on it: callbacks only schedule somebody.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace joist::sys {

// Starts the thread at first use. Any thread may call everything here.
void start_poll_thread();

// Watches a file descriptor. Readiness is told once for each arming.
class PollWatch;
// poll_error: an error is told as such; else it makes the descriptor readable and writable.
enum : unsigned { poll_read = 1, poll_write = 2, poll_error = 4 };
using PollCallback = void (*)(void* argument, unsigned ready);
// Null when the descriptor cannot be polled (a regular file: it is always ready). Sockets need not be asked whether they can.
PollWatch* poll_watch(int fd, PollCallback callback, void* argument, bool is_socket = false);
// Adds to what is waited for. A descriptor that is no good is told ready.
void poll_arm(PollWatch* watch, unsigned events);
// The same, but a descriptor that is no good is not told: false.
bool poll_try_arm(PollWatch* watch, unsigned events);
// Takes from what is waited for. A callback that is under way may still come.
void poll_disarm(PollWatch* watch, unsigned events);
// The descriptor may be closed at once. A callback that is under way may still come; none does after `done` ran, on the poll thread.
void poll_unwatch(PollWatch* watch, void (*done)(void*) = nullptr, void* argument = nullptr);

// Descriptors that are watched.
size_t poll_watched();
size_t poll_refused();      // of these, those that the system would not watch
size_t poll_tells();        // those whose readiness is being told right now
size_t poll_watch_bytes();  // memory for one
// Descriptors that the operating system lets this program have.
size_t descriptor_limit();
bool descriptor_is_open(int fd);

struct ChildOptions {
  std::string file;
  std::vector<std::string> args;      // args[0] included
  std::vector<std::string> env;       // NAME=VALUE; empty: inherit
  bool has_env = false;
  std::string cwd;                    // empty: inherit
  // Descriptors of the child from 0 upwards: ours to duplicate, closed when it has them; -1: /dev/null for the first three, else none.
  std::vector<int> descriptors;
};
// Runs on the poll thread: started(argument, error, pid) with error 0 or an errno value; later exited once, when error was 0. As with
// OTP's forker a child that cannot enter its folder (it says so on standard error) or execute its program has started all the same, and
// its exit status is the errno value; its pid is 0 here.
struct ChildCallbacks {
  void (*started)(void* argument, int error, int pid);
  void (*exited)(void* argument, int status, int signal);
  void* argument;
};
void spawn_child(ChildOptions options, ChildCallbacks callbacks);

}  // namespace joist::sys
