// epmd as a program: listens, becomes a daemon, serves.
#pragma once
#include <cstdint>
#include <string>

namespace joist {

struct EpmdServerOptions {
  uint16_t port = 4369;
  std::string addresses;  // see listen_for_epmd
  bool daemon = false, systemd = false, relaxed = false;
  int debug = 0;
  unsigned packet_timeout = 60, accept_delay = 0, write_delay = 0;  // seconds
};

// Serves until it is told to end. The exit code; 0 as well when there is an epmd at the port already. A daemon listens by the time
// that the process which was started ends.
int run_epmd_server(const EpmdServerOptions& options);

}  // namespace joist
