#include "vm/node/os_signals.h"

#include <atomic>
#include <cstdio>

#include "vm/node/boot.h"
#include "vm/node/halt.h"
#include "vm/process/process_table.h"
#include "vm/process/registry.h"
#include "vm/process/send.h"
#include "vm/sched/quiescence.h"
#include "vm/sys/console.h"
#include "vm/sys/os_signals.h"
#include "vm/sys/threads.h"

namespace joist {
namespace {

std::atomic<bool> menu_is_open{false};

// Ctrl-C: asks on the terminal what to do, as erl's BREAK does. Schedulers go on running meanwhile. A thread of its own, so that the
// signal thread goes on taking signals.
void break_menu(void*) {
  for (;;) {
    fputs("\nBREAK: (a)bort (c)ontinue (v)ersion\n", stderr);
    int answer = 0, ch;
    while ((ch = sys::read_stdin_character()) >= 0 && ch != '\n')
      if (!answer) answer = ch;
    if (ch != '\n' || answer == 'a') return request_halt(0, false);
    if (answer == 'c') return menu_is_open.store(false);
    if (answer == 'v') fprintf(stderr, "Joist %s, erts %s\n", joist_version, erts_version(node_otp_root()).c_str());
  }
}

// erl_signal_server ! {notify, sigterm}
void notify(const char* name) {
  MessageBuilder message(3);
  Term event = message.writer().tuple(atom::notify, make_atom(name));
  Term server = whereis(atom::erl_signal_server);
  Process* to = server.is_value() ? find_process(server) : nullptr;
  if (to) return message.send(*to, Term(), event);
  HeapFragment::destroy(message.finish());
  if (std::string_view(name) == "sigterm") request_halt(143, true);
}

void on_interrupt() {
  if (node_flags().break_mode != BreakMode::Menu && node_flags().break_mode != BreakMode::Interrupt) return;
  if (!sys::stdin_is_terminal()) return request_halt(0, true);
  if (!menu_is_open.exchange(true)) sys::thread_detach(sys::thread_start(break_menu, nullptr, {.name = "break"}));
}

void on_signal(int number) {
  QuiescentSection section;
  if (number == sys::interrupt_signal) {
    on_interrupt();
  } else if (const char* name = sys::signal_name(number)) {
    notify(name);
  }
}

}  // namespace

void block_os_signals() { sys::block_signals(); }

void start_os_signals() {
  if (node_flags().break_mode == BreakMode::Disabled) sys::set_signal_action(sys::interrupt_signal, sys::SignalAction::Default);
  if (node_flags().break_mode == BreakMode::Ignored) sys::set_signal_action(sys::interrupt_signal, sys::SignalAction::Ignore);
  // The shell reads Ctrl-C and interrupts itself; a signal of another origin still asks.
  if (node_flags().break_mode == BreakMode::Interrupt && sys::stdin_is_terminal()) sys::make_interrupt_plain_input();
  sys::start_signal_thread(on_signal);
}

}  // namespace joist
