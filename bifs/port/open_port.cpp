// erts_internal:open_port/2: finds the driver that a port's name asks for and opens it.
#include "bifs/bif.h"
#include "bifs/file_names.h"
#include "bifs/port/port_settings.h"
#include "vm/port/builtin.h"
#include "vm/port/loaded_port.h"
#include "vm/sys/file.h"

namespace joist {
namespace {

constexpr int max_descriptor = 1 << 20;

NativeResult open_builtin(NativeCall& c, const BuiltinDriver& driver, const std::string& command, const PortSettings& s) {
  Term error;
  Term port = open_builtin_port(driver, command, s.options, c.process, &error);
  return port.is_value() ? port : error;
}

NativeResult open_streams(NativeCall& c, int in, int out, bool owned, const PortOptions& options) {
  Port* port = stream_port(in, out, owned, options, c.process);
  if (!port) return atom::system_limit;
  schedule_opened(*port);
  return port->id;
}

// {fd, In, Out}
NativeResult open_fd(NativeCall& c, const Tuple& name, PortSettings& s) {
  if (!name.at(1).is_small() || !name.at(2).is_small() || s.has_args || s.options.exit_status) return atom::badarg;
  SWord in = name.at(1).small_value(), out = name.at(2).small_value();
  if (in < 0 || out < 0 || in >= max_descriptor || out >= max_descriptor) return make_atom("einval");
  s.options.name = std::to_string(in) + "/" + std::to_string(out);
  return open_streams(c, int(in), int(out), false, s.options);
}

// An atom or a string: a file, read and written as it stands.
NativeResult open_file(NativeCall& c, const std::string& path, PortSettings& s) {
  if (s.has_args || s.options.exit_status) return atom::badarg;
  s.options.name = path;
  sys::OpenMode mode;
  mode.read = s.options.in;
  mode.write = s.options.out;
  int fd;
  if (sys::open_file(path.c_str(), mode, &fd)) return make_atom("einval");
  return open_streams(c, fd, fd, true, s.options);
}

NativeResult open_child(NativeCall& c, PortSettings& s) {
  Term ref = make_ref(c.heap());
  int error = 0;
  Port* port = spawn_port({std::move(s.child), std::move(s.options)}, c.process, ref_key(ref), &error);
  if (!port) return error ? make_atom(sys::error_name(error)) : atom::system_limit;
  schedule_opened(*port);
  return ref;
}

// A loaded driver that the command names; the non-value: there is none.
Term open_loaded(NativeCall& c, const std::string& command, const PortSettings& s) {
  LoadedDriver* driver = acquire_driver(std::string_view(command).substr(0, command.find(' ')));
  if (!driver) return Term();
  if (s.options.exit_status || s.has_queue_limits || (s.has_command_limits && driver->has_flag(driver_abi::no_command_limits))) {
    release_port_of(*driver);
    return atom::badarg;
  }
  Term ref = make_ref(c.heap());
  OpenedPort opened = open_loaded_port(*driver, command, s.options, c.process, ref_key(ref));
  if (opened.port.is_non_value()) return opened.error;
  return opened.waits ? ref : opened.port;
}

// {spawn, Command}: a driver or a command of the shell.
NativeResult open_command(NativeCall& c, const std::string& command, PortSettings& s) {
  if (s.has_args) return atom::badarg;
  if (const BuiltinDriver* driver = find_builtin_driver(command)) return s.options.exit_status ? atom::badarg : open_builtin(c, *driver, command, s);
  if (Term loaded = open_loaded(c, command, s); loaded.is_value()) return loaded;
  s.child.file = "/bin/sh";
  s.child.args = {"sh", "-c", "exec " + command};
  return open_child(c, s);
}

NativeResult open_executable(NativeCall& c, const std::string& path, PortSettings& s) {
  if (int error = sys::check_executable(path.c_str())) return make_atom(sys::error_name(error));
  s.child.file = path;
  s.child.args = {s.has_arg0 ? s.arg0 : path};
  s.child.args.insert(s.child.args.end(), s.args.begin(), s.args.end());
  return open_child(c, s);
}

NativeResult open_driver(NativeCall& c, const std::string& command, PortSettings& s) {
  const BuiltinDriver* driver = find_builtin_driver(command);
  if (s.has_args || s.options.exit_status) return atom::badarg;
  if (driver) return open_builtin(c, *driver, command, s);
  Term loaded = open_loaded(c, command, s);
  return loaded.is_value() ? loaded : atom::badarg;
}

}  // namespace

// Name: {spawn | spawn_executable | spawn_driver, Command} | {fd, In, Out} | a file's name. The port, a reference with which it will come
// ({Ref, Port | Reason}), or the error's reason.
BIF(erts_internal, open_port, 2) {
  Term given = c.arg(0);
  auto name = given.as<Tuple>();
  PortSettings s;
  if (!read_port_settings(c.arg(1), &s)) return atom::badopt;
  std::string text;
  if (!name) {
    bool is_name = (given.is_atom() || given.is_list()) && file_name_text(given, &text) && !text.empty();
    return is_name ? open_file(c, text, s) : atom::badarg;
  }
  if (name->arity() == 3 && name->at(0).same(atom::fd)) return open_fd(c, *name, s);
  if (name->arity() != 2 || !file_name_text(name->at(1), &text) || text.empty()) return atom::badarg;
  if (!s.directory.is_nil() && !file_name_text(s.directory, &s.child.cwd)) return atom::badarg;
  s.options.name = text;
  if (name->at(0).same(atom::spawn)) return open_command(c, text, s);
  if (name->at(0).same(atom::spawn_executable)) return open_executable(c, text, s);
  if (name->at(0).same(make_atom("spawn_driver"))) return open_driver(c, text, s);
  return atom::badarg;
}

}  // namespace joist
