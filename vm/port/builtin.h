// The drivers that are part of the VM: what open_port({spawn, "name …"}, _) finds before it looks for a program, and the only thing
// that {spawn_driver, _} finds.
#pragma once
#include <string>
#include <string_view>

#include "vm/port/port.h"

namespace joist {

struct BuiltinDriver {
  const char* name;
  // A driver for the command "name arguments…"; null: *error is what open_port fails with (einval when left alone).
  PortDriver* (*create)(const std::string& command, PortOptions* options, Term* error);
};

// By the first word of a command; null when there is no such driver.
const BuiltinDriver* find_builtin_driver(std::string_view command);
void for_each_builtin_driver(void (*f)(const BuiltinDriver& driver, void* argument), void* argument);
// Opens a port on it, owned by and linked to `opener`. The non-value: *error is set.
Term open_builtin_port(const BuiltinDriver& driver, const std::string& command, PortOptions options, Process& opener, Term* error);

// ---- the drivers, each in the file of its name
PortDriver* create_ram_file(const std::string& command, PortOptions* options, Term* error);
PortDriver* create_tcp_inet(const std::string& command, PortOptions* options, Term* error);
PortDriver* create_udp_inet(const std::string& command, PortOptions* options, Term* error);
PortDriver* create_tty(const std::string& command, PortOptions* options, Term* error);

}  // namespace joist
