// The settings of open_port/2.
#pragma once
#include <string>
#include <vector>

#include "vm/port/stream_driver.h"

namespace joist {

struct PortSettings {
  PortOptions options;
  sys::ChildOptions child;
  bool has_args = false;  // args or arg0 were given: only for spawn_executable
  bool has_arg0 = false;
  bool has_queue_limits = false, has_command_limits = false;  // busy_limits_port was given; busy_limits_msgq was, with numbers
  std::string arg0;
  std::vector<std::string> args;
  Term directory;         // cd, checked later than the rest; nil: none
};

// False: badopt.
bool read_port_settings(Term list, PortSettings* out);

}  // namespace joist
