#include "vm/dist/epmd_listeners.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "vm/sys/environment.h"
#include "vm/sys/socket.h"

namespace joist {
namespace {

constexpr int backlog = 4096;  // the system takes less if it wants
constexpr int first_systemd_descriptor = 3;

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> out;
  constexpr const char* separators = " ,";
  for (size_t from = list.find_first_not_of(separators); from != list.npos;) {
    size_t to = std::min(list.find_first_of(separators, from), list.size());
    out.push_back(list.substr(from, to - from));
    from = list.find_first_not_of(separators, to);
  }
  return out;
}

// 0, an errno value, or with *socket -1 and 0: the system does not have this kind of address at all.
int listen_at(const std::string& text, uint16_t port, int* socket) {
  *socket = -1;
  sys::SocketAddress address;
  if (!sys::SocketAddress::parse(text, port, &address)) return EINVAL;
  int error;
  int fd = sys::open_socket(address.family(), sys::SocketType::Stream, "", &error);
  if (fd < 0) return error == EAFNOSUPPORT || error == EPROTONOSUPPORT ? 0 : error;
  if (address.family() == sys::AddressFamily::Inet6) error = sys::set_option(fd, sys::SocketOption::V6Only, 1);
  if (!error) error = sys::set_option(fd, sys::SocketOption::ReuseAddress, 1);
  if (!error) error = sys::bind_socket(fd, address);
  if (!error) error = sys::listen_socket(fd, backlog);
  if (error) sys::close_socket(fd);
  else *socket = fd;
  return error;
}

}  // namespace

EpmdListeners listen_for_epmd(const std::string& addresses, uint16_t port, const EpmdLog& log) {
  EpmdListeners out;
  std::vector<std::string> loopback{"127.0.0.1", "::1"}, wanted;
  for (const std::string& text : split(addresses)) {
    sys::SocketAddress unused;
    if (!sys::SocketAddress::parse(text, port, &unused)) {
      out.error = "no IP address: " + text;
      return out;
    }
    if (std::find(loopback.begin(), loopback.end(), text) == loopback.end()) wanted.push_back(text);
  }
  bool all = split(addresses).empty();
  size_t optional = all ? 0 : loopback.size();
  if (all) wanted = {"0.0.0.0", "::"};
  else wanted.insert(wanted.begin(), loopback.begin(), loopback.end());
  if (wanted.size() >= max_epmd_listeners) {
    out.error = "too many IP addresses";
    return out;
  }
  for (size_t i = 0; i < wanted.size(); i++) {
    int socket, error = listen_at(wanted[i], port, &socket);
    if (socket >= 0) out.sockets.push_back(socket);
    if (!error) continue;
    std::string text = wanted[i] + ": " + strerror(error);
    if (error == EADDRINUSE) {
      out.taken = true;
      return out;
    }
    if (i >= optional) {
      out.error = text;
      return out;
    }
    log.say(0, text);
  }
  if (out.sockets.empty()) out.error = "there is no address to listen at";
  return out;
}

EpmdListeners listeners_from_systemd() {
  EpmdListeners out;
  std::string pid, count;
  bool ours = sys::get_env("LISTEN_PID", &pid) && sys::get_env("LISTEN_FDS", &count) && atol(pid.c_str()) == sys::process_id();
  long n = ours ? atol(count.c_str()) : 0;
  if (n <= 0) out.error = "there are no sockets from systemd";
  else if (n > long(max_epmd_listeners)) out.error = "too many sockets from systemd";
  if (!out.error.empty()) return out;
  for (int fd = first_systemd_descriptor; fd < first_systemd_descriptor + n; fd++) {
    sys::SocketAddress unused;
    if (int error = sys::socket_name(fd, &unused)) out.error = std::string("a socket from systemd: ") + strerror(error);
    sys::make_nonblocking(fd);
    out.sockets.push_back(fd);
  }
  return out;
}

void tell_systemd_ready() {
  std::string path;
  sys::SocketAddress address;
  if (!sys::get_env("NOTIFY_SOCKET", &path) || path.empty()) return;
  if (path[0] == '@') path[0] = '\0';  // an abstract name
  if (!sys::SocketAddress::local(path, &address)) return;
  int error, fd = sys::open_socket(sys::AddressFamily::Local, sys::SocketType::Datagram, "", &error);
  if (fd < 0) return;
  sys::send_datagram(fd, &address, {}, "READY=1", &error);
  sys::close_socket(fd);
}

}  // namespace joist
