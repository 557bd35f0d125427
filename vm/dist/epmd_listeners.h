// Where epmd listens.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "vm/dist/epmd_log.h"

namespace joist {

struct EpmdListeners {
  std::vector<int> sockets;
  bool taken = false;     // the port is in use: there is an epmd already
  std::string error;      // not empty: why epmd cannot listen
};

inline constexpr size_t max_epmd_listeners = 16;

// addresses: numeric, separated by commas or spaces; with them on the loopback interface, too, if there is one. None: on all.
EpmdListeners listen_for_epmd(const std::string& addresses, uint16_t port, const EpmdLog& log);

// Those that systemd opened for us: sd_listen_fds(3).
EpmdListeners listeners_from_systemd();
// Tells it that we are ready: sd_notify(3).
void tell_systemd_ready();

}  // namespace joist
