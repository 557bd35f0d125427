// erts_internal:open_port/2: reads the port's name and settings.
#include "bifs/bif.h"
#include "bifs/file_names.h"
#include "bifs/list_builder.h"
#include "vm/port/stream_driver.h"
#include "vm/sys/environment.h"
#include "vm/term/arith.h"

namespace joist {
namespace {

constexpr int max_descriptor = 1 << 20;

enum class What : uint8_t { Bad, Fd, Spawn, Executable, BuiltIn };

struct Settings {
  PortOptions options;
  sys::ChildOptions child;
  bool args_given = false, arg0_given = false, spawn_option = false;
  std::string arg0;
  std::vector<std::string> args;
};

// {env, [{Name, Value | false}]}: changes to our own environment.
bool read_env(Term list, Settings* s) {
  std::vector<std::string> env = sys::all_env();
  for (; list.is_cons(); list = list.as_cons()->tail) {
    auto pair = list.as_cons()->head.as<Tuple>();
    std::string name, value;
    if (!pair || pair->arity() != 2 || !file_name_text(pair->at(0), &name) || name.find('=') != std::string::npos) return false;
    std::string prefix = name + "=";
    std::erase_if(env, [&](const std::string& e) { return e.compare(0, prefix.size(), prefix) == 0; });
    if (pair->at(1).same(atom::false_)) continue;
    if (!file_name_text(pair->at(1), &value)) return false;
    env.push_back(prefix + value);
  }
  s->child.env = std::move(env);
  s->child.has_env = true;
  return list.is_nil();
}

bool read_args(Term list, Settings* s) {
  s->args_given = true;
  for (; list.is_cons(); list = list.as_cons()->tail) {
    std::string arg;
    if (!file_name_text(list.as_cons()->head, &arg)) return false;
    s->args.push_back(arg);
  }
  return list.is_nil();
}

bool read_busy_limits(Term t, PortOptions* o) {
  if (t.same(atom::disabled)) return o->never_busy = true;
  auto pair = t.as<Tuple>();
  SWord low, high;
  if (!pair || pair->arity() != 2 || !arith::to_int64(pair->at(0), &low) || !arith::to_int64(pair->at(1), &high)) return false;
  if (low < 1 || high < low) return false;
  o->busy_low = size_t(low);
  o->busy_high = size_t(high);
  return true;
}

bool read_pair(Term key, Term value, Settings* s) {
  PortOptions& o = s->options;
  if (key.same(atom::packet)) {
    if (!value.is_small()) return false;
    SWord n = value.small_value();
    o.packet = uint8_t(n);
    o.line = 0;
    return n == 1 || n == 2 || n == 4;
  }
  if (key.same(atom::line)) {
    if (!value.is_small() || value.small_value() < 1 || o.packet) return false;
    o.line = size_t(value.small_value());
    return true;
  }
  if (key.same(atom::env)) return read_env(value, s);
  if (key.same(atom::args)) return s->spawn_option = true, read_args(value, s);
  if (key.same(atom::arg0)) return s->spawn_option = s->arg0_given = true, file_name_text(value, &s->arg0);
  if (key.same(atom::cd)) return file_name_text(value, &s->child.cwd);
  if (key.same(atom::parallelism)) return value.same(atom::true_) || value.same(atom::false_);
  if (key.same(atom::busy_limits_port)) return read_busy_limits(value, &o);
  if (key.same(atom::busy_limits_msgq)) {
    PortOptions ignored;
    return read_busy_limits(value, &ignored);
  }
  return false;
}

bool read_settings(Term list, Settings* s) {
  PortOptions& o = s->options;
  bool in = false, out = false;
  for (; list.is_cons(); list = list.as_cons()->tail) {
    Term t = list.as_cons()->head;
    if (auto pair = t.as<Tuple>()) {
      if (pair->arity() != 2 || !read_pair(pair->at(0), pair->at(1), s)) return false;
    } else if (t.same(atom::stream)) o.packet = 0;
    else if (t.same(atom::use_stdio)) o.use_stdio = true;
    else if (t.same(atom::nouse_stdio)) o.use_stdio = false;
    else if (t.same(atom::stderr_to_stdout)) o.stderr_to_stdout = true;
    else if (t.same(atom::binary)) o.binary = true;
    else if (t.same(atom::in)) in = true;
    else if (t.same(atom::out)) out = true;
    else if (t.same(atom::eof)) o.eof = true;
    else if (t.same(atom::exit_status)) o.exit_status = true;
    else if (t.same(atom::hide) || t.same(atom::overlapped_io)) {}
    else return false;
  }
  if (in || out) {
    o.in = in;
    o.out = out;
  }
  return list.is_nil();
}

// Drivers that OTP links in. `spawn` looks among them before it runs a program; none of these is there yet, and the caller hears so
// (user_drv then falls back to plain input and output).
bool is_linked_in_driver(const std::string& command) {
  std::string name = command.substr(0, command.find(' '));
  for (const char* driver : {"tty_sl", "tcp_inet", "udp_inet", "sctp_inet", "ram_file_drv", "efile", "vanilla", "forker"})
    if (name == driver) return true;
  return false;
}

NativeResult open_child(NativeCall& c, Settings& s) {
  Term ref = make_ref(c.heap());
  int error = 0;
  Port* port = spawn_port({std::move(s.child), std::move(s.options)}, c.process, ref_key(ref), &error);
  if (!port) return error ? make_atom(sys::error_name(error)) : atom::system_limit;
  schedule_opened(*port);
  return ref;
}

}  // namespace

BIF(erts_internal, open_port, 2) {
  auto name = c.arg(0).as<Tuple>();
  Settings s;
  if (!read_settings(c.arg(1), &s)) return atom::badopt;
  if (!name) return atom::badarg;
  if (name->arity() == 3 && name->at(0).same(atom::fd)) {
    if (!name->at(1).is_small() || !name->at(2).is_small() || s.spawn_option) return atom::badarg;
    SWord in = name->at(1).small_value(), out = name->at(2).small_value();
    if (in < 0 || out < 0 || in > max_descriptor || out > max_descriptor) return atom::badarg;
    s.options.name = std::to_string(in) + "/" + std::to_string(out);
    Port* port = fd_port(int(in), int(out), s.options, c.process);
    if (!port) return atom::system_limit;
    schedule_opened(*port);
    return port->id;
  }
  if (name->arity() != 2) return atom::badarg;
  std::string command;
  if (!file_name_text(name->at(1), &command)) return atom::badarg;
  s.options.name = command;
  if (name->at(0).same(atom::spawn)) {
    if (s.spawn_option) return atom::badarg;
    if (command.find_first_not_of(' ') == std::string::npos) return atom::enoent;
    if (is_linked_in_driver(command)) return atom::badarg;
    s.child.file = "/bin/sh";
    s.child.args = {"sh", "-c", "exec " + command};
    return open_child(c, s);
  }
  if (name->at(0).same(atom::spawn_executable)) {
    s.child.file = command;
    s.child.args = {s.arg0_given ? s.arg0 : command};
    s.child.args.insert(s.child.args.end(), s.args.begin(), s.args.end());
    return open_child(c, s);
  }
  return atom::badarg;
}

}  // namespace joist
