#include "vm/sys/tcp_server.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "vm/sys/clock.h"
#include "vm/sys/poll.h"
#include "vm/sys/socket.h"

namespace joist::sys {
namespace {

constexpr int64_t second = 1'000'000'000, millisecond = 1'000'000;
// How long to accept none after the system had no descriptor or memory for one.
constexpr int64_t accept_pause = 100 * millisecond;
// Connections accepted from one listener before those that are open get their turn.
constexpr int accepts_a_round = 64;
constexpr size_t standard_streams = 3;

// Over the loopback interface, or from an address to itself.
bool is_from_here(int fd) {
  SocketAddress peer, own;
  if (peer_name(fd, &peer) != 0) return false;
  bool inet = peer.family() == AddressFamily::Inet;
  if (!inet && peer.family() != AddressFamily::Inet6) return false;
  static constexpr char loopback6[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  std::string_view ip = peer.ip();
  if (inet ? ip[0] == 127 : ip == std::string_view(loopback6, sizeof loopback6)) return true;
  return socket_name(fd, &own) == 0 && own.family() == peer.family() && own.ip() == ip;
}

}  // namespace

TcpServer::TcpServer(TcpServerOptions options, TcpService& service) : options_(std::move(options)), service_(service) {
  for (int fd : options_.listeners) polled_.push_back({fd, POLLIN, 0});
  size_t all = std::min(options_.descriptors, descriptor_limit()), taken = polled_.size() + standard_streams;
  most_connections_ = all > taken ? all - taken : 0;
}

TcpServer::~TcpServer() {
  for (Connection& c : connections_) close_socket(c.fd);
  for (int fd : options_.listeners) close_socket(fd);
}

int64_t TcpServer::deadline(const Connection& c) const {
  return c.after == AfterBytes::Keep && c.unwritten.empty() ? INT64_MAX : c.active + options_.silence_seconds * second;
}

// Until something is ready or a connection has been silent for too long.
int TcpServer::wait() {
  bool accepting = now_ >= accept_again_;
  int64_t until = accepting ? INT64_MAX : accept_again_;
  for (const Connection& c : connections_) until = std::min(until, deadline(c));
  for (size_t i = 0; i < options_.listeners.size(); i++) polled_[i].events = accepting ? POLLIN : 0;
  int64_t left = std::clamp<int64_t>((until - now_) / millisecond + 1, 0, 3'600'000);
  int ready = poll(polled_.data(), polled_.size(), until == INT64_MAX ? -1 : int(left));
  int error = ready < 0 && errno != EINTR ? errno : 0;
  if (ready < 0)
    for (pollfd& p : polled_) p.revents = 0;
  now_ = os_monotonic_time();
  return error;
}

int TcpServer::run() {
  now_ = os_monotonic_time();
  while (!ended_) {
    if (int error = wait()) return error;
    size_t listeners = options_.listeners.size(), count = connections_.size();
    // A kept connection has something to read when it ends: first, for its peer may be here again already.
    for (bool kept : {true, false})
      for (size_t i = 0; i < count && !ended_; i++)
        if (polled_[listeners + i].revents && kept == (connections_[i].after == AfterBytes::Keep)) serve(i);
    cut_off_silent();
    sweep();
    for (size_t i = 0; i < listeners && !ended_; i++)
      if (polled_[i].revents) accept_from(options_.listeners[i]);
  }
  return 0;
}

void TcpServer::accept_from(int listener) {
  if (options_.accept_delay_seconds) sleep(options_.accept_delay_seconds);
  for (int i = 0; i < accepts_a_round; i++) {
    SocketAddress peer;
    int error, fd = accept_socket(listener, &peer, &error);
    if (fd >= 0) open(fd);
    else if (error == 0) return;
    else if (error != ECONNABORTED) {
      accept_again_ = now_ + accept_pause;
      return;
    }
  }
}

void TcpServer::open(int fd) {
  if (connections_.size() >= most_connections_) {
    close_socket(fd);
    return;
  }
  connections_.push_back({fd, AfterBytes::ReadOn, now_});
  polled_.push_back({fd, POLLIN, 0});
  service_.opened(fd, is_from_here(fd));
}

void TcpServer::serve(size_t index) {
  Connection& c = connections_[index];
  pollfd& p = polled_[options_.listeners.size() + index];
  p.revents = 0;
  if (c.fd < 0) return;  // dropped in this round, on another's behalf
  c.unwritten.empty() ? read(index) : write(index);
}

void TcpServer::read(size_t index) {
  Connection& c = connections_[index];
  char buffer[4096];
  int error;
  long n = receive_bytes(c.fd, buffer, std::min(sizeof buffer, service_.wanted(c.fd)), &error);
  if (n < 0 && error == 0) return;
  if (n <= 0) return drop(index);
  c.active = now_;
  TcpAnswer answer;
  c.after = service_.received(c.fd, {buffer, size_t(n)}, &answer);
  if (answer.close >= 0) drop_connection(answer.close);
  if (c.after == AfterBytes::ReadOn) return;
  if (options_.write_delay_seconds && !answer.bytes.empty()) sleep(options_.write_delay_seconds);
  c.unwritten = std::move(answer.bytes);
  unread_ += c.unwritten.size();
  write(index);
}

void TcpServer::write(size_t index) {
  Connection& c = connections_[index];
  while (!c.unwritten.empty()) {
    std::string_view part = c.unwritten;
    int error;
    long n = send_bytes(c.fd, &part, 1, &error);
    if (n < 0 && (error != 0 || unread_ > options_.unread_bytes)) return drop(index);
    if (n < 0) break;
    c.active = now_;
    c.unwritten.erase(0, size_t(n));
    unread_ -= size_t(n);
  }
  polled_[options_.listeners.size() + index].events = c.unwritten.empty() ? POLLIN : POLLOUT;
  if (c.unwritten.empty() && c.after != AfterBytes::Keep) drop(index);
}

void TcpServer::drop(size_t index) {
  Connection& c = connections_[index];
  if (c.after == AfterBytes::End) ended_ = true;
  unread_ -= c.unwritten.size();
  service_.closed(c.fd);
  close_socket(c.fd);
  c.fd = polled_[options_.listeners.size() + index].fd = -1;
}

void TcpServer::drop_connection(int fd) {
  for (size_t i = 0; i < connections_.size(); i++)
    if (connections_[i].fd == fd) return drop(i);
}

void TcpServer::cut_off_silent() {
  for (size_t i = 0; i < connections_.size(); i++)
    if (connections_[i].fd >= 0 && deadline(connections_[i]) <= now_) drop(i);
}

// Takes out what was dropped in this round: only now, so that indices hold throughout it.
void TcpServer::sweep() {
  std::erase_if(connections_, [](const Connection& c) { return c.fd < 0; });
  std::erase_if(polled_, [](const pollfd& p) { return p.fd < 0; });
}

}  // namespace joist::sys
