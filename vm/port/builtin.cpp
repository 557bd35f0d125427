#include "vm/port/builtin.h"

namespace joist {
namespace {

constexpr BuiltinDriver drivers[] = {
    {"ram_file_drv", create_ram_file},
    {"tcp_inet", create_tcp_inet},
    {"udp_inet", create_udp_inet},
    {"tty_sl", create_tty},
};

}  // namespace

const BuiltinDriver* find_builtin_driver(std::string_view command) {
  std::string_view name = command.substr(0, command.find(' '));
  for (const BuiltinDriver& d : drivers)
    if (name == d.name) return &d;
  return nullptr;
}

void for_each_builtin_driver(void (*f)(const BuiltinDriver& driver, void* argument), void* argument) {
  for (const BuiltinDriver& d : drivers) f(d, argument);
}

Term open_builtin_port(const BuiltinDriver& driver, const std::string& command, PortOptions options, Process& opener, Term* error) {
  *error = make_atom("einval");
  PortDriver* made = driver.create(command, &options, error);
  if (!made) return Term();
  Port* port = create_linked_port(made, options, opener);
  if (!port) {
    delete made;
    *error = atom::system_limit;
    return Term();
  }
  schedule_opened(*port);
  return port->id;
}

}  // namespace joist
