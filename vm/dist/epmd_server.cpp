#include "vm/dist/epmd_server.h"

#include <cstring>

#include "vm/dist/epmd_listeners.h"
#include "vm/dist/epmd_requests.h"
#include "vm/sys/clock.h"
#include "vm/sys/daemon.h"

namespace joist {
namespace {

// As OTP's, which has select(2): registered nodes and conversations together.
constexpr size_t max_descriptors = 1024;
// Of answers that slow readers have not taken yet: some hundred long lists of names.
constexpr size_t max_unread_bytes = 16 << 20;
constexpr size_t old_names = 1000, old_names_debugging = 5;

uint32_t now_seconds() { return uint32_t(sys::os_system_time() / 1'000'000'000); }

}  // namespace

int run_epmd_server(const EpmdServerOptions& options) {
  EpmdLog log{options.debug, false};
  EpmdListeners listeners = options.systemd ? listeners_from_systemd() : listen_for_epmd(options.addresses, options.port, log);
  if (listeners.taken) {
    log.say(1, "there is an epmd at port " + std::to_string(options.port) + " already");
    return 0;
  }
  if (!listeners.error.empty()) {
    log.say(0, "cannot listen: " + listeners.error);
    return 1;
  }
  if (options.daemon) {
    if (int error = sys::become_daemon(listeners.sockets)) {
      log.say(0, std::string("cannot become a daemon: ") + strerror(error));
      return 1;
    }
    log.daemon = true;
  }
  if (options.systemd) tell_systemd_ready();
  log.say(1, "listens at port " + std::to_string(options.port));

  EpmdRequests requests({.port = options.port, .relaxed = options.relaxed,
                         .old_names = options.debug ? old_names_debugging : old_names, .now = now_seconds, .log = log});
  sys::TcpServer server({.listeners = listeners.sockets, .descriptors = max_descriptors, .unread_bytes = max_unread_bytes,
                         .silence_seconds = options.packet_timeout, .accept_delay_seconds = options.accept_delay,
                         .write_delay_seconds = options.write_delay},
                        requests);
  int error = server.run();
  if (error) log.say(0, std::string("cannot wait for connections: ") + strerror(error));
  return error ? 1 : 0;
}

}  // namespace joist
