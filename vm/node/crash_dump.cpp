// Sections come in OTP's order: general ones first, so that a dump that was cut off still says what happened.
#include "vm/node/crash_dump.h"

#include <cinttypes>
#include <ctime>

#include "bifs/erlang/process_text.h"
#include "bifs/erlang/system_info_text.h"
#include "bifs/shared_state/persistent_term.h"
#include "vm/code/fun.h"
#include "vm/code/module.h"
#include "vm/code/module_text.h"
#include "vm/node/boot.h"
#include "vm/node/state_text.h"
#include "vm/node/term_dump.h"
#include "vm/port/port.h"
#include "vm/process/process_table.h"
#include "vm/sched/scheduler.h"
#include "vm/sched/timers.h"
#include "vm/sys/dump_limits.h"
#include "vm/sys/environment.h"
#include "vm/term/atom.h"
#include "vm/term/print.h"

namespace joist {
namespace {

constexpr int64_t exhausted_seconds = 10;

// The number that an environment variable holds, as atoi reads it; `absent` when it is not set.
int64_t number_in_environment(const char* name, int64_t absent) {
  std::string value;
  return sys::get_env(name, &value) ? strtoll(value.c_str(), nullptr, 10) : absent;
}

void general(DumpFile& out, const std::string& slogan) {
  time_t now = time(nullptr);
  char text[32];
  out.write("=erl_crash_dump:0.5\n");
  out.write(ctime_r(&now, text));
  out.line("Slogan", slogan);
  out.write("System version: " + system_version());
  out.line("Atoms", atom_count());
  if (Scheduler* s = current_scheduler()) out.line("Calling Thread", "scheduler:" + std::to_string(s->number));
}

void run_queue(DumpFile& out, const RunQueue& q) {
  // Low shares the list of normal.
  static constexpr const char* lengths[RunQueue::classes] = {"Run Queue Max Length", "Run Queue High Length", "Run Queue Normal Length"};
  for (size_t i = 0; i < RunQueue::classes; i++) out.line(lengths[i], q.waiting(i));
}

void schedulers(DumpFile& out) {
  static constexpr const char* kinds[] = {"scheduler", "dirty_cpu_scheduler", "dirty_io_scheduler"};
  for (uint32_t i = 1; i <= all_scheduler_count(); i++) {
    Scheduler& s = scheduler(i);
    out.write("=" + std::string(kinds[size_t(s.kind)]) + ":" + std::to_string(i) + "\n");
    if (s.kind == SchedulerKind::Normal) run_queue(out, s.queue);
    Process* p = s.current.load();
    out.line("Current Process", p ? print_term(p->pid) : "");
  }
}

void processes(DumpFile& out) {
  for_each_process([](Process& p, void* file) {
    std::string text;
    append_process(p, ProcessDetail::Summary, &text);
    static_cast<DumpFile*>(file)->write(text);
  }, &out);
}

void timers(DumpFile& out) {
  for_each_bif_timer([](Term target, Term message, int64_t left, void* file) {
    auto& to = *static_cast<DumpFile*>(file);
    to.write("=timer:" + print_term(target) + "\n");
    to.line("Message", print_term(message));
    to.line("Time left", std::to_string(left));
  }, &out);
}

void module(Module& m, void* file) {
  auto& out = *static_cast<DumpFile*>(file);
  auto [current, old] = code_sizes(m);
  if (!current && !old) return;
  out.write("=mod:" + print_atom(m.name) + "\n");
  if (current) out.line("Current size", current);
  if (old) out.line("Old size", old);
}

void modules(DumpFile& out) {
  CodeSizes all = loaded_code_sizes();
  out.write("=loaded_modules\n");
  out.line("Current code", all.current);
  out.line("Old code", all.old);
  for_each_module(module, &out);
}

void funs(DumpFile& out) {
  for_each_module([](Module& m, void* file) {
    CodeInstance* code = m.current.load();
    for (size_t i = 0; code && i < code->fun_count; i++) {
      const FunEntry& fun = *code->funs[i];
      char address[24];
      snprintf(address, sizeof address, "0x%016" PRIx64, uint64_t(reinterpret_cast<Word>(fun.address.load())));
      auto& to = *static_cast<DumpFile*>(file);
      to.write("=fun\n");
      to.line("Module", print_atom(fun.module));
      to.line("Uniq", fun.old_uniq);
      to.line("Index", fun.old_index);
      to.line("Address", address);
    }
  }, &out);
}

// A heap that its own thread is busy with may be between two states.
bool is_readable(const Process& p) {
  return !p.sensitive && !p.exiting() && !(p.load_state() & (process_state::DirtyRunning | process_state::Collecting));
}

struct Terms {
  DumpFile& out;
  const Process* caller;  // is left out
  TermDump dump;
};

void terms(DumpFile& out, const Process* caller) {
  Terms t{out, caller, TermDump(out)};
  for_each_process([](Process& p, void* to) {
    auto& terms = *static_cast<Terms*>(to);
    if (&p != terms.caller && is_readable(p)) terms.dump.process(p);
  }, &t);
  out.write("=persistent_terms\n");
  for_each_persistent_term([](Term key, Term value, void* to) {
    auto& terms = *static_cast<Terms*>(to);
    terms.out.write(terms.dump.element(key, nullptr) + "|" + terms.dump.element(value, nullptr) + "\n");
  }, &t);
  t.dump.literals();
  t.dump.binaries();
}

void atoms(DumpFile& out) {
  out.write("=atoms\n");
  for (size_t i = atom_count(); i-- > 0 && !out.full();) out.write(print_atom(Term::atom(uint32_t(i))) + "\n");
}

void write_sections(DumpFile& out, const std::string& slogan, DumpExtent extent) {
  general(out, slogan);
  schedulers(out);
  out.write(general_info_text());
  if (extent != DumpExtent::General) {
    processes(out);
    out.write(ports_text());
    out.write(tables_text(TableDetail::Summary));
    timers(out);
  }
  out.write(distribution_text(extent != DumpExtent::General));
  modules(out);
  funs(out);
  if (extent != DumpExtent::General) terms(out, extent == DumpExtent::Exhausted ? current_scheduler()->current.load() : nullptr);
  atoms(out);
  out.write("=end\n");
}

}  // namespace

void write_crash_dump(const std::string& slogan, DumpExtent extent) {
  fprintf(stderr, "%s\r\n", slogan.c_str());
  std::string name, heart;
  // heart ends the node when it takes long: then only with a limit that the user set.
  int64_t seconds = number_in_environment("ERL_CRASH_DUMP_SECONDS", sys::get_env("HEART_COMMAND", &heart) ? 0 : -1);
  int64_t bytes = number_in_environment("ERL_CRASH_DUMP_BYTES", -1);
  if (seconds == 0 || bytes == 0 || node_flags().no_crash_dump) return;
  if (extent == DumpExtent::Whole) emergency_close_ports();
  // The thread may wait for a lock that it has itself.
  if (seconds < 0 && extent != DumpExtent::Whole) seconds = exhausted_seconds;
  if (!sys::get_env("ERL_CRASH_DUMP", &name)) name = "erl_crash.dump";
  fprintf(stderr, "\r\nCrash dump is being written to: %s...", name.c_str());
  fflush(stderr);
  FILE* file = sys::open_dump(name.c_str(), seconds, number_in_environment("ERL_CRASH_DUMP_NICE", 0));
  if (!file) return;
  DumpFile out(file, bytes < 0 ? SIZE_MAX : size_t(bytes));
  write_sections(out, slogan, extent);
  fclose(file);
  if (!out.full()) fprintf(stderr, "done\r\n");
}

}  // namespace joist
