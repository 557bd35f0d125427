#include "vm/sys/os_signals.h"

#include <csignal>
#include <cstring>

#include <atomic>

#include "vm/sys/console.h"
#include "vm/sys/threads.h"

namespace joist::sys {
namespace {

static_assert(interrupt_signal == SIGINT);

struct Known {
  int number;
  const char* name;
  SignalAction action;  // at start
};
constexpr Known known[] = {
    {SIGTERM, "sigterm", SignalAction::Handle},  {SIGUSR1, "sigusr1", SignalAction::Handle},
    {SIGQUIT, "sigquit", SignalAction::Handle},  {SIGINT, "sigint", SignalAction::Handle},
    {SIGHUP, "sighup", SignalAction::Default},   {SIGUSR2, "sigusr2", SignalAction::Default},
    {SIGALRM, "sigalrm", SignalAction::Default}, {SIGABRT, "sigabrt", SignalAction::Default},
    {SIGCHLD, "sigchld", SignalAction::Ignore}, {SIGSTOP, "sigstop", SignalAction::Default},
    {SIGTSTP, "sigtstp", SignalAction::Default}};
constexpr size_t known_count = sizeof known / sizeof known[0];
std::atomic<SignalAction> actions[known_count];
void (*handler)(int);

// SIGABRT must reach abort(); SIGCHLD is the poll thread's; stop signals are the terminal's.
bool is_taken(int number) { return number != SIGABRT && number != SIGCHLD && number != SIGSTOP && number != SIGTSTP; }

sigset_t taken_set() {
  sigset_t set;
  sigemptyset(&set);
  for (const Known& k : known)
    if (is_taken(k.number)) sigaddset(&set, k.number);
  sigaddset(&set, SIGCONT);
  return set;
}

void act_as_default(int number) {
  if (number == SIGCHLD) return;  // nothing
  restore_terminal();
  signal(number, SIG_DFL);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, number);
  pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
  raise(number);
  pthread_sigmask(SIG_BLOCK, &one, nullptr);
}

void signal_thread(void*) {
  sigset_t set = taken_set();
  for (;;) {
    int number = 0;
    if (sigwait(&set, &number) != 0) continue;
    if (number == SIGCONT) renew_terminal_mode();
    act_on_signal(number);
  }
}

}  // namespace

void act_on_signal(int number) {
  for (size_t i = 0; i < known_count; i++) {
    if (known[i].number != number) continue;
    SignalAction action = actions[i].load();
    if (action == SignalAction::Handle) handler(number);
    else if (action == SignalAction::Default) act_as_default(number);
  }
}

bool is_ignored(int number) {
  struct sigaction inherited;
  return sigaction(number, nullptr, &inherited) == 0 && inherited.sa_handler == SIG_IGN;
}

void block_signals() {
  for (size_t i = 0; i < known_count; i++) {
    bool ignore = known[i].action == SignalAction::Default && is_ignored(known[i].number);
    actions[i] = ignore ? SignalAction::Ignore : known[i].action;
  }
  signal(SIGPIPE, SIG_IGN);
  sigset_t set = taken_set();
  sigaddset(&set, SIGCHLD);  // the poll thread's
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void start_signal_thread(void (*on_signal)(int)) {
  handler = on_signal;
  thread_detach(thread_start(signal_thread, nullptr, {.name = "signals"}));
}

bool set_signal_action(int number, SignalAction action) {
  for (size_t i = 0; i < known_count; i++) {
    if (known[i].number != number) continue;
    actions[i] = action;
    return true;
  }
  return false;
}

const char* signal_name(int number) {
  for (const Known& k : known)
    if (k.number == number) return k.name;
  return nullptr;
}

int signal_number(const char* name) {
  for (const Known& k : known)
    if (!strcmp(k.name, name)) return k.number;
  return 0;
}

}  // namespace joist::sys
