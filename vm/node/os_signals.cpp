#include "vm/node/os_signals.h"

#include "vm/node/boot.h"
#include "vm/node/break_menu.h"
#include "vm/node/halt.h"
#include "vm/process/process_table.h"
#include "vm/process/registry.h"
#include "vm/process/send.h"
#include "vm/sched/quiescence.h"
#include "vm/sys/console.h"
#include "vm/sys/os_signals.h"

namespace joist {
namespace {

// erl_signal_server ! {notify, sigterm}. Where there is none (it is kernel's) nothing happens, as in OTP.
void notify(const char* name) {
  Term server = whereis(atom::erl_signal_server);
  Process* to = server.is_value() ? find_process(server) : nullptr;
  if (!to) return;
  MessageBuilder message(3);
  Term event = message.writer().tuple(atom::notify, make_atom(name));
  message.send(*to, Term(), event);
}

void on_interrupt() {
  if (node_flags().break_mode != BreakMode::Menu && node_flags().break_mode != BreakMode::Interrupt) return;
  if (!sys::stdin_is_terminal()) return request_halt(0, true);
  open_break_menu();
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
  BreakMode mode = node_flags().break_mode;
  if (mode == BreakMode::Ignored || (mode == BreakMode::Disabled && sys::is_ignored(sys::interrupt_signal)))
    sys::set_signal_action(sys::interrupt_signal, sys::SignalAction::Ignore);
  else if (mode == BreakMode::Disabled) sys::set_signal_action(sys::interrupt_signal, sys::SignalAction::Default);
  // The shell reads Ctrl-C and interrupts itself; a signal of another origin still asks.
  if (mode == BreakMode::Interrupt && sys::stdin_is_terminal()) sys::make_interrupt_plain_input();
  sys::start_signal_thread(on_signal);
}

}  // namespace joist
