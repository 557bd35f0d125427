// Connections: how they come about and how they end. tcp_input.cpp reads, tcp_output.cpp writes.
//
// A socket answers at most one connect or receive at a time (pending_), but any number of accepts. Who asks gets a reference at once
// and {inet_async, S, Ref, Status} later. An accepted connection is a port of its own with the listener's settings, owned by who asked.
#include "vm/port/inet/tcp_driver.h"

#include <algorithm>
#include <cerrno>

#include "vm/port/builtin.h"
#include "vm/sys/stream.h"

namespace joist::inet {
namespace {

constexpr uint32_t no_timeout = UINT32_MAX;

}  // namespace

TcpDriver::~TcpDriver() {
  if (file_) sys::close_stream(file_->file);
}

void TcpDriver::request(Port& port, unsigned operation, WireReader in, Reply& out) {
  if (!acceptors_.empty()) forget_dead_acceptors(port);
  switch (operation) {
    case req_connect: return connect(port, in, out);
    case req_listen: return listen(in, out);
    case req_accept: return accept(port, in, out);
    case req_receive: return receive_request(port, in, out);
    case req_unreceive: return unreceive(port, in, out);
    case req_shutdown: return shutdown(port, in, out);
    case req_send_file: return send_file_request(port, in, out);
    default: return common_request(port, operation, in, out);
  }
}

bool TcpDriver::take_pending(Request* out) {
  *out = pending_;
  bool set = pending_set_;
  pending_set_ = false;
  return set;
}

void TcpDriver::fail_pending(Port& port, Term reason) {
  Request r;
  if (take_pending(&r)) send_async_error(port, r.caller, r.ref, reason);
}

// ---- connecting

// Timeout(4), address
void TcpDriver::connect(Port& port, WireReader in, Reply& out) {
  if (!is_open()) return out.error("exbadport");
  if (is_connected()) return out.error(EISCONN);
  if (state_ & state_connecting || in.left() < 6) return out.error(EINVAL);
  uint32_t timeout = in.u32();
  sys::SocketAddress address;
  if (!read_address(&in, &address, out)) return;
  int error;
  sys::Connecting result = sys::connect_socket(fd_, address, &error);
  if (result == sys::Connecting::Failed) return out.error(error);
  pending_ = {port.caller, next_ref()};
  pending_set_ = true;
  out.u16(uint16_t(pending_.ref));
  if (result == sys::Connecting::Done) return connected(port);
  state_ = state_open | state_connecting;
  select(port, sys::poll_write, true);
  if (timeout != no_timeout) deadlines_.add(port, DeadlineKind::Connect, 0, timeout);
}

void TcpDriver::connected(Port& port) {
  Request r;
  state_ = state_connected;
  if (active_) select(port, sys::poll_read, true);
  if (take_pending(&r)) send_async_ok(port, r.caller, r.ref);
}

// ---- accepting

void TcpDriver::listen(WireReader in, Reply& out) {
  if (!is_open()) return out.error("exbadport");
  if (in.left() != 2) return out.error(EINVAL);
  if (int error = sys::listen_socket(fd_, int16_t(in.u16()))) return out.error(error);
  state_ = state_open | state_listen;
}

// Timeout(4)
void TcpDriver::accept(Port& port, WireReader in, Reply& out) {
  if (!(state_ & state_listen) || in.left() != 4) return out.error(EINVAL);
  uint32_t timeout = in.u32();
  Request r{port.caller, 0};
  if (acceptors_.empty()) {
    sys::SocketAddress peer;
    int error, fd = sys::accept_socket(fd_, &peer, &error);
    if (fd < 0 && error) return out.error(error);
    r.ref = next_ref();
    out.u16(uint16_t(r.ref));
    if (fd >= 0) return give_accepted(port, fd, r.caller, r.ref);
    state_ |= state_accepting;
    select(port, sys::poll_read, true);
  } else {
    r.ref = next_ref();
    out.u16(uint16_t(r.ref));
  }
  acceptors_.push_back(r);
  if (timeout != no_timeout) deadlines_.add(port, DeadlineKind::Accept, r.ref, timeout);
}

void TcpDriver::stop_accepting(Port& port) {
  state_ &= ~unsigned(state_accepting);
  select(port, sys::poll_read, false);
}

void TcpDriver::forget_dead_acceptors(Port& port) {
  std::erase_if(acceptors_, [&](const Request& r) {
    if (find_process(r.caller)) return false;
    deadlines_.cancel(DeadlineKind::Accept, r.ref);
    return true;
  });
  if (acceptors_.empty()) stop_accepting(port);
}

void TcpDriver::accept_waiting(Port& port) {
  // Who died meanwhile takes no connection.
  forget_dead_acceptors(port);
  while (!acceptors_.empty()) {
    Request r = acceptors_.front();
    sys::SocketAddress peer;
    int error, fd = sys::accept_socket(fd_, &peer, &error);
    if (fd < 0 && !error) return;
    acceptors_.erase(acceptors_.begin());
    deadlines_.cancel(DeadlineKind::Accept, r.ref);
    if (fd >= 0) give_accepted(port, fd, r.caller, r.ref);
    else send_async_error(port, r.caller, r.ref, error_atom(error));
  }
  stop_accepting(port);
}

void TcpDriver::give_accepted(Port& port, int fd, Term caller, unsigned ref) {
  auto* driver = new TcpDriver;
  driver->fd_ = fd;
  driver->family_ = family_;
  driver->state_ = state_connected;
  driver->settings_ = settings_;
  Process* owner = find_process(caller);
  PortOptions options = port.options;
  options.binary = false;  // as of all ports that drivers create; only {deliver, port} shows it
  Port* connection = owner ? create_port_for(driver, options, *owner) : nullptr;
  if (!connection) {
    delete driver;
    return send_async_error(port, caller, ref, atom::system_limit);
  }
  schedule_opened(*connection);
  send_async_ok(port, caller, ref, connection->id);
}

// ---- events

void TcpDriver::readable(Port& port) {
  if (state_ & state_accepting) accept_waiting(port);
  else if (is_connected()) read_on(port);
  else select(port, sys::poll_read, false);
}

void TcpDriver::writable(Port& port) {
  if (state_ & state_connecting) {
    select(port, sys::poll_write, false);
    deadlines_.cancel(DeadlineKind::Connect);
    int error = sys::pending_error(fd_);
    if (!error) return connected(port);
    state_ = state_open;
    fail_pending(port, error_atom(error));
  } else if (!is_connected()) {
    select(port, sys::poll_write, false);
  } else if (file_) {
    continue_file(port);
  } else {
    write_queue(port);
  }
}

void TcpDriver::deadline_over(Port& port, DeadlineKind kind, unsigned id) {
  switch (kind) {
    case DeadlineKind::Connect:
      close_all(port);
      return fail_pending(port, atom::timeout);
    case DeadlineKind::Receive:
      select(port, sys::poll_read, false);
      missing_ = 0;
      return fail_pending(port, atom::timeout);
    case DeadlineKind::Accept: {
      auto at = std::find_if(acceptors_.begin(), acceptors_.end(), [&](const Request& r) { return r.ref == id; });
      if (at == acceptors_.end()) return;
      Request r = *at;
      acceptors_.erase(at);
      if (acceptors_.empty()) stop_accepting(port);
      return send_async_error(port, r.caller, r.ref, atom::timeout);
    }
    case DeadlineKind::Send:
      // The queue may stay full; a sender that comes now must not wait without end, so the port is no longer busy.
      caller_ = busy_caller_;
      send_deadline_ = false;
      end_busy(port);
      reply_error(port, atom::timeout);
      if (settings_.send_timeout_close) close_all(port);
  }
}

// Passive to active: what has come is delivered, and more is read.
void TcpDriver::options_changed(Port& port, Active active_before, packet::Type packet_before) {
  if (!is_connected()) return;
  bool same_packets = settings_.packet == packet_before;
  if (!active_before && (active_ == active_once || active_ == active_count) && same_packets) {
    if (receive(port, 0) != Result::Closed && active_) select(port, sys::poll_read, true);
    return;
  }
  if (active_ != active_before && !ignored_) select(port, sys::poll_read, active_ != active_false);
  if (active_ && (!active_before || !same_packets)) deliver(port, 0);
}

bool TcpDriver::activated_when_closed(Port& port) {
  if (reset_by_peer_) {
    reset_by_peer_ = false;
    tell_owner(port, "tcp_error", error_atom(ECONNRESET));
  }
  tell_closed(port);
  if (!settings_.exit_on_close) return true;
  port.close_unlinked(atom::normal);
  return false;
}

// ---- the end

void TcpDriver::answer_closing(Port& port) {
  std::vector<Request> acceptors;
  acceptors.swap(acceptors_);
  if (!acceptors.empty()) stop_accepting(port);
  for (const Request& r : acceptors) send_async_error(port, r.caller, r.ref, closed_reason());
  fail_pending(port, closed_reason());
  deadlines_.clear();
}

void TcpDriver::close_all(Port& port) {
  input_.release();
  output_.clear();
  queue_changed(port);
  tell_subscribers(port);
  if (file_) {
    sys::close_stream(file_->file);
    file_.reset();
  }
  close_descriptor();
}

void TcpDriver::shut(Port& port) {
  answer_closing(port);
  close_all(port);
}

// How(1): 0 read, 1 write, 2 both
void TcpDriver::shutdown(Port& port, WireReader in, Reply& out) {
  if (!is_connected()) return out.error(ENOTCONN);
  if (in.left() != 1) return out.error(EINVAL);
  uint8_t code = in.u8();
  auto how = code == 0 ? sys::ShutdownHow::Read : code == 1 ? sys::ShutdownHow::Write : sys::ShutdownHow::Both;
  if (how != sys::ShutdownHow::Read && queued()) {
    shutdown_after_queue_ = true;
    shutdown_how_ = how;
    return;
  }
  if (int error = sys::shutdown_socket(fd_, how)) {
    if (how != sys::ShutdownHow::Read) write_side_shut_ = true;
    out.error(error);
  }
}

// Queued output is written before the port ends, if somebody still waits to write it.
bool TcpDriver::stop(Port& port) {
  answer_closing(port);
  select(port, sys::poll_read, false);
  bool discard = file_ || settings_.linger_zero || fd_ < 0 || !is_connected();
  if (!discard && queued()) return false;
  close_all(port);
  return true;
}

}  // namespace joist::inet

namespace joist {

PortDriver* create_tcp_inet(const std::string&, PortOptions*, Term*) { return new inet::TcpDriver; }

}  // namespace joist
