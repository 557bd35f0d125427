// What drivers call about their port, the processes around it, time, the environment and the system. Output, queues, terms, selecting and
// threads are in loaded_driver_*.cpp beside this.
#include <cstring>

#include "vm/base/utf8.h"
#include "vm/port/loaded_port.h"
#include "vm/process/process_table.h"
#include "vm/sched/scheduler.h"
#include "vm/sys/clock.h"
#include "vm/sys/environment.h"
#include "vm/sys/library.h"
#include "vm/sys/stream.h"

namespace joist {
namespace {

using driver_abi::SystemInfo;

struct DriverSystem {
  std::string erts_version, otp_release;
};
DriverSystem& system_texts() {
  static DriverSystem texts;
  return texts;
}

struct Failure final : PortEvent {
  Term reason;
  bool unlinked;
  Failure(Term r, bool u) : reason(r), unlinked(u) {}
  void run(Port& port) override { static_cast<LoadedPort*>(port.driver)->fail(reason, unlinked); }
};

// A driver may fail another of its ports, whose turn somebody else may run.
int fail(LoadedPort* port, Term reason, bool unlinked = false) {
  if (!is_open(port)) return -1;
  if (port->depth) port->fail(reason, unlinked);
  else post_to_port(port->port->id, std::make_unique<Failure>(reason, unlinked));
  return 0;
}

int end_of_input(LoadedPort* port) {
  if (!is_open(port)) return -1;
  port->framing.end(*port->port);
  if (port->port->closing || !port->port->options.eof) return fail(port, atom::normal);
  port->port->tell_owner(atom::eof);
  return 0;
}

Term latin1_atom(const char* name) {
  std::string text;
  for (const char* at = name; *at; at++) utf8_append(&text, uint8_t(*at));
  return make_atom(text);
}

std::string last_library_error;

// Nanoseconds that a unit of ErlDrvTimeUnit has; 0: there is no such unit.
int64_t unit_nanoseconds(int unit) {
  constexpr int64_t units[] = {1000000000, 1000000, 1000, 1};
  return unit >= 0 && unit < 4 ? units[unit] : 0;
}
constexpr int64_t time_error = INT64_MIN;

int64_t floor_divide(int64_t value, int64_t by) { return value / by - (value % by < 0); }

int64_t in_unit(int64_t nanoseconds, int unit) {
  int64_t each = unit_nanoseconds(unit);
  return each ? floor_divide(nanoseconds, each) : time_error;
}

}  // namespace

void set_driver_system(std::string erts_version, std::string otp_release) { system_texts() = {std::move(erts_version), std::move(otp_release)}; }

extern "C" {

// ---- the end of a port

int driver_failure_eof(LoadedPort* port) { return end_of_input(port); }
int driver_failure_atom(LoadedPort* port, char* reason) { return fail(port, latin1_atom(reason)); }
int driver_failure_posix(LoadedPort* port, int error) { return fail(port, make_atom(sys::error_name(error))); }
int driver_failure(LoadedPort* port, int code) { return code ? fail(port, Term::small(code)) : end_of_input(port); }
int driver_exit(LoadedPort* port, int error) { return fail(port, error ? make_atom(sys::error_name(error)) : atom::normal, true); }

// ---- attributes

void set_busy_port(LoadedPort* port, int on) {
  if (is_open(port)) port->port->set_busy(on);
}
void set_port_control_flags(LoadedPort* port, int flags) {
  if (is_open(port)) port->binary_control = flags & driver_abi::control_binary;
}
int get_port_flags(LoadedPort* port) {
  if (!is_open(port)) return 0;
  const PortOptions& o = port->port->options;
  return (o.binary ? driver_abi::binary_port : 0) | (o.line ? driver_abi::line_port : 0);
}
void erl_drv_set_os_pid(LoadedPort* port, SWord pid) {
  if (is_open(port)) port->child_pid = Word(pid);
}
void erl_drv_init_ack(LoadedPort* port, void* result) {
  if (is_open(port)) port->start_acknowledged(result);
}

// Each limit is read into its place, after it was set to what was there unless that was 0.
void erl_drv_busy_msgq_limits(LoadedPort* port, size_t* low, size_t* high) {
  constexpr size_t read_only = 0, disabled = ~size_t(0);
  if (!is_open(port)) {
    if (low) *low = disabled;
    if (high) *high = disabled;
    return;
  }
  BusyLimits& limits = port->port->options.command_limits;
  if ((low && *low == disabled) || (high && *high == disabled)) {
    limits.disabled = true;
  } else {
    bool sets_low = low && *low != read_only, sets_high = high && *high != read_only;
    if (sets_low) limits.low = *low;
    if (sets_high) limits.high = *high;
    if (sets_low && limits.high < limits.low) limits.high = limits.low;
    else if (limits.high < limits.low) limits.low = limits.high;
    if (sets_low || sets_high) limits.disabled = false;
  }
  if (low) *low = limits.disabled ? disabled : limits.low;
  if (high) *high = limits.disabled ? disabled : limits.high;
}

// How much of its time the driver has used, in percent: of the process whose call this is, or of the port's turn. 1: all of it.
int erl_drv_consume_timeslice(LoadedPort* port, int percent) {
  if (!is_open(port)) return -1;
  percent = percent < 1 ? 1 : percent > 100 ? 100 : percent;
  Scheduler* scheduler = current_scheduler();
  if (Process* process = scheduler ? scheduler->current.load(std::memory_order_relaxed) : nullptr) {
    process->reductions -= reductions_per_slice * percent / 100;
    return process->reductions <= 0;
  }
  port->port->turn_used += unsigned(percent);
  return port->port->turn_used >= 100;
}

int driver_lock_driver(LoadedPort* port) {
  if (!is_open(port)) return -1;
  make_driver_permanent(port->driver);
  return 0;
}

// Another port of the same driver, owned by and linked to `pid`; it runs once its creator's call has returned.
LoadedPort* driver_create_port(LoadedPort* creator, Word pid, char* name, void* data) {
  Term owner = Term::from_raw(pid);
  Process* process = is_open(creator) && owner.is_local_pid() ? find_process(owner) : nullptr;
  if (!process || !acquire_port_of(creator->driver)) return no_loaded_port;
  PortOptions options;
  options.name = name;
  options.parallelism = creator->port->options.parallelism;
  options.queue_limits.disabled = true;
  options.command_limits.disabled = creator->driver.has_flag(driver_abi::no_command_limits);
  auto* made = new LoadedPort(creator->driver);
  Port* port = create_port_for(made, options, *process);
  if (!port) {
    delete made;
    return no_loaded_port;
  }
  made->data = data;
  made->started = true;
  creator->created.push_back(port);
  return made;
}

// ---- identities

Word driver_mk_atom(char* name) { return latin1_atom(name).raw(); }
Word driver_mk_port(LoadedPort* port) { return port && port != no_loaded_port && port->port ? port->port->id.raw() : nil.raw(); }
Word driver_connected(LoadedPort* port) { return is_open(port) ? port->port->owner.load() : nil.raw(); }
Word driver_caller(LoadedPort* port) { return is_open(port) && port->port->caller.is_value() ? port->port->caller.raw() : nil.raw(); }
Word driver_mk_term_nil() { return nil.raw(); }
extern const Word driver_term_nil;
const Word driver_term_nil = nil.raw();

// ---- monitors

int driver_monitor_process(LoadedPort* port, Word pid, driver_abi::Monitor* monitor) {
  if (!is_open(port)) return -1;
  RefKey key;
  int result = port->monitor_process(Term::from_raw(pid), &key);
  if (result == 0) *monitor = {{key.a, key.b, 0, 0}};
  return result;
}
int driver_demonitor_process(LoadedPort* port, const driver_abi::Monitor* monitor) {
  if (!is_open(port)) return -1;
  return port->demonitor_process({monitor->data[0], monitor->data[1]}) ? 0 : 1;
}
Word driver_get_monitored_process(LoadedPort* port, const driver_abi::Monitor* monitor) {
  static const Term undefined = atom::undefined;
  Term pid = is_open(port) ? port->monitored_process({monitor->data[0], monitor->data[1]}) : Term();
  return (pid.is_value() ? pid : undefined).raw();
}
int driver_compare_monitors(const driver_abi::Monitor* a, const driver_abi::Monitor* b) { return memcmp(a, b, sizeof *a); }

// ---- drivers that come from no library

void add_driver_entry(driver_abi::Entry* entry) { add_driver(*entry); }
int remove_driver_entry(driver_abi::Entry* entry) { return remove_driver(*entry) ? 1 : 0; }
int null_func() { return 0; }

// ---- the system

char* erl_errno_id(int error) { return const_cast<char*>(sys::error_name(error)); }

void driver_system_info(SystemInfo* out, size_t size) {
  const DriverSystem& texts = system_texts();
  SystemInfo info{driver_abi::major_version, driver_abi::minor_version, texts.erts_version.c_str(), texts.otp_release.c_str(), 1, 1,
                  int(async_threads()), int(scheduler_count()), 2, 16, 1};
  memcpy(out, &info, size < sizeof info ? size : sizeof info);
}

int erl_drv_putenv(const char* key, char* value) { return sys::set_env(key, value) ? 0 : -1; }

// 0; -1: it is not set; 1: *size, which says now how much it takes, is too small.
int erl_drv_getenv(const char* key, char* value, size_t* size) {
  std::string text;
  if (!sys::get_env(key, &text)) return -1;
  size_t room = std::exchange(*size, text.size());
  if (text.size() >= room) {
    *size = text.size() + 1;
    return 1;
  }
  memcpy(value, text.c_str(), text.size() + 1);
  return 0;
}

struct NowData {
  unsigned long megaseconds, seconds, microseconds;
};
int driver_get_now(NowData* now) {
  if (!now) return -1;
  int64_t microseconds = sys::system_time() / 1000;
  *now = {(unsigned long)(microseconds / 1000000000000), (unsigned long)(microseconds / 1000000 % 1000000), (unsigned long)(microseconds % 1000000)};
  return 0;
}

int64_t erl_drv_monotonic_time(int unit) { return in_unit(sys::monotonic_time(), unit); }
int64_t erl_drv_time_offset(int unit) { return in_unit(sys::time_offset(), unit); }
int64_t erl_drv_convert_time_unit(int64_t value, int from, int to) {
  int64_t each_from = unit_nanoseconds(from), each_to = unit_nanoseconds(to);
  if (!each_from || !each_to) return time_error;
  return each_from >= each_to ? int64_t(Word(value) * Word(each_from / each_to)) : floor_divide(value, each_to / each_from);
}

void* driver_dl_open(char* path) { return sys::library_open(path, &last_library_error); }
void* driver_dl_sym(void* library, char* name) { return sys::library_symbol(static_cast<sys::Library*>(library), name, &last_library_error); }
int driver_dl_close(void* library) { return sys::library_close(static_cast<sys::Library*>(library)), 0; }
char* driver_dl_error() { return last_library_error.data(); }

}  // extern "C"
}  // namespace joist
