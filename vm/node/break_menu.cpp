// The menu is a task of the schedulers, so that it can make the others stand still: what it shows does not change while it is read. The
// terminal has its usual mode meanwhile: a choice is a line, of which the first character counts.
#include "vm/node/break_menu.h"

#include <cstdio>
#include <string>
#include <vector>

#include "bifs/erlang/process_text.h"
#include "bifs/erlang/system_info_text.h"
#include "vm/code/module_text.h"
#include "vm/node/boot.h"
#include "vm/node/halt.h"
#include "vm/node/state_text.h"
#include "vm/process/process_table.h"
#include "vm/process/registry.h"
#include "vm/process/send.h"
#include "vm/sched/blocking.h"
#include "vm/sched/scheduler.h"
#include "vm/sys/console.h"

namespace joist {
namespace {

constexpr const char* choices =
    "BREAK: (a)bort (A)bort with dump (c)ontinue (p)roc info (i)nfo\n"
    "       (l)oaded (v)ersion (k)ill (D)b-tables (d)istribution\n";

void say(const std::string& text) {
  fputs(text.c_str(), stdout);
  fflush(stdout);
}

// The first character of a line; 0 at the end of input.
int read_choice() {
  char line[64];
  return sys::read_stdin(line, sizeof line) > 0 ? line[0] : 0;
}

std::string processes_text() {
  std::string out;
  for_each_process([](Process& p, void* text) { append_process(p, ProcessDetail::Terms, static_cast<std::string*>(text)); }, &out);
  return out;
}

// Shows processes from the youngest slot down. False: input has ended.
bool kill_processes() {
  std::vector<Process*> all;
  for_each_process([](Process& p, void* list) { static_cast<std::vector<Process*>*>(list)->push_back(&p); }, &all);
  say("\n\nProcess Information\n\n--------------------------------------------------\n");
  Term init = whereis(make_atom("init"));
  for (size_t i = all.size(); i-- > 0;) {
    std::string text;
    append_process(*all[i], ProcessDetail::Terms, &text);
    say(text + "(k)ill (n)ext (r)eturn:\n");
    int choice = read_choice();
    if (!choice) return false;
    if (choice == 'k') send_exit(*all[i], init, atom::kill);
    else if (choice != 'n') return true;
  }
  return true;
}

// False: the node ends.
bool show_menu() {
  say(std::string("\n") + choices);
  for (;;) {
    int choice = read_choice();
    switch (choice) {
      case 0:
      case 'a':
      case 'q':
      case '*': request_halt(0, false); return false;
      case 'A': request_crash("Crash dump requested by user"); return false;
      case 'c':
      case 'm': return true;
      case 'p': say(processes_text() + ports_text()); return true;
      case 'o': say(ports_text()); return true;
      case 'i': say(general_info_text()); return true;
      case 'l': say(loaded_modules_text()); return true;
      case 'D': say(tables_text(TableDetail::Objects)); return true;
      case 'd': say(distribution_text(true)); return true;
      case 'v': say("Erlang (Joist " + std::string(joist_version) + ") emulator version " + erts_version(node_otp_root()) + "\n"); return true;
      case 'k':
        if (kill_processes()) return true;
        request_halt(0, false);
        return false;
      case '\n': break;
      default: say(std::string("Invalid option '") + char(choice) + "'. Please enter one of the following:\n" + choices);
    }
  }
}

std::atomic<bool> is_open{false};

bool run_menu(SchedulerTask*) {
  block_others();
  sys::restore_terminal();
  bool goes_on = show_menu();
  if (goes_on) {
    sys::renew_terminal_mode();
    is_open = false;
  }
  unblock_others();
  return false;
}

SchedulerTask menu_task{nullptr, run_menu};

}  // namespace

void open_break_menu() {
  if (!is_open.exchange(true)) schedule_task(&menu_task);
}

}  // namespace joist
