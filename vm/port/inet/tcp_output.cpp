// Writing: a send goes to the system at once; what it does not take is queued. A queue above the high watermark makes the port busy
// and lets the sender wait for {inet_reply, S, ok} until it is below the low one, or until send_timeout.
#include <cerrno>
#include <cstring>

#include "vm/port/inet/tcp_driver.h"
#include "vm/port/packet_batch.h"
#include "vm/sys/stream.h"

namespace joist::inet {
namespace {

constexpr size_t parts_a_call = 32;
constexpr size_t largest_header = 4;
constexpr int64_t largest_file_step = 1 << 30;

size_t header_size(packet::Type type) {
  switch (type) {
    case packet::Type::One: return 1;
    case packet::Type::Two: return 2;
    case packet::Type::Four: return 4;
    default: return 0;
  }
}

// The packet's length, most significant byte first.
void put_header(char* to, size_t head, size_t size) {
  for (size_t i = 0; i < head; i++) to[i] = char(size >> (8 * (head - 1 - i)));
}

}  // namespace

void TcpDriver::reply_ok(Port& port) {
  send_reply_ok(port, caller_);
  caller_ = Term();
}

void TcpDriver::reply_error(Port& port, Term reason) {
  send_reply_error(port, caller_, reason);
  caller_ = Term();
}

void TcpDriver::queue_changed(Port& port) { port.set_queued(output_.size()); }

void TcpDriver::become_busy(Port& port) {
  state_ |= state_busy;
  busy_caller_ = caller_;
  port.set_busy(true);
  if (settings_.send_timeout < 0) return;
  send_deadline_ = true;
  deadlines_.add(port, DeadlineKind::Send, 0, uint32_t(settings_.send_timeout));
}

void TcpDriver::end_busy(Port& port) {
  if (send_deadline_) deadlines_.cancel(DeadlineKind::Send);
  send_deadline_ = false;
  state_ &= ~unsigned(state_busy);
  port.set_busy(false);
}

// The connection ended under a sender that waits.
bool TcpDriver::abort_blocked_send(Port& port) {
  if (!(state_ & state_busy)) return false;
  caller_ = busy_caller_;
  output_.clear();
  queue_changed(port);
  tell_subscribers(port);
  end_busy(port);
  reply_error(port, closed_reason());
  return true;
}

void TcpDriver::output(Port& port, std::string bytes) {
  caller_ = port.caller;
  if (is_connected()) {
    if (shutdown_after_queue_) return output_failed(port, EPIPE);
    return send(port, std::move(bytes));
  }
  if (!next_send_closed_) return reply_error(port, error_atom(ENOTCONN));
  next_send_closed_ = false;
  reply_error(port, reset_by_peer_ ? error_atom(ECONNRESET) : closed_reason());
}

void TcpDriver::send(Port& port, std::string bytes) {
  size_t head = header_size(settings_.packet);
  char header[largest_header];
  put_header(header, head, bytes.size());
  size_t size = head + bytes.size();
  statistics_.count_sent(size);
  if (size == 0) return reply_ok(port);
  size_t done = 0;
  bool behind_others = file_ || !output_.empty();
  if (!behind_others && !ignored_ && !delay_send_) {
    std::string_view parts[] = {{header, head}, bytes};
    int error;
    long n = sys::send_bytes(fd_, head ? parts : parts + 1, head ? 2 : 1, &error);
    if (n < 0 && error) return send_failed(port, error);
    if (n == long(size)) return reply_ok(port);
    done = n > 0 ? size_t(n) : 0;
  }
  if (done < head) output_.push(std::string(header + done, head - done));
  output_.push(std::move(bytes), done > head ? done - head : 0);
  queue_changed(port);
  if (behind_others) {
    if (output_.size() < settings_.high_watermark) return reply_ok(port);
    if (settings_.send_timeout == 0) return reply_error(port, atom::timeout);
    return become_busy(port);  // answered when the queue has drained
  }
  wait_to_write(port);
  reply_ok(port);
}

void TcpDriver::wait_to_write(Port& port) {
  if (ignored_) ignored_selection_ |= sys::poll_write;
  else if (delay_send_) mark_ready(port, delayed_event);
  else select(port, sys::poll_write, true);
}

void TcpDriver::output_packets(Port& port, PacketBatch& batch) {
  static_assert(3 * PacketBatch::most <= sys::most_parts);
  caller_ = Term();  // nobody is answered
  if (!is_connected()) return;
  size_t head = header_size(settings_.packet);
  char headers[PacketBatch::most][largest_header];
  std::string_view parts[3 * PacketBatch::most];
  SharedBytes** owners[3 * PacketBatch::most];
  size_t count = 0;
  for (size_t i = 0; i < batch.count; i++) {
    PacketBatch::Packet& packet = batch.packets[i];
    put_header(headers[i], head, packet.size());
    statistics_.count_sent(head + packet.size());
    owners[count] = nullptr;
    parts[count++] = {headers[i], head};
    for (PacketBatch::Packet::Piece& piece : packet.pieces) {
      if (!piece.size) continue;
      owners[count] = &piece.owner;
      parts[count++] = {reinterpret_cast<const char*>(piece.data), piece.size};
    }
  }
  size_t done = 0;
  bool behind_others = file_ || !output_.empty();
  if (!behind_others && !ignored_ && !delay_send_) {
    int error;
    long n = sys::send_bytes(fd_, parts, count, &error);
    if (n < 0 && error) return send_failed(port, error);
    done = n > 0 ? size_t(n) : 0;
  }
  for (size_t i = 0; i < count; i++) {
    size_t skipped = std::min(done, parts[i].size());
    done -= skipped;
    parts[i].remove_prefix(skipped);
    if (parts[i].empty()) continue;
    if (owners[i]) output_.push_shared(std::exchange(*owners[i], nullptr), parts[i]);
    else output_.push(std::string(parts[i]));
  }
  if (output_.empty()) return;
  queue_changed(port);
  if (!behind_others) wait_to_write(port);
  if (output_.size() >= settings_.high_watermark) become_busy(port);
}

void TcpDriver::write_queue(Port& port) {
  while (!output_.empty()) {
    std::string_view parts[parts_a_call];
    size_t count = output_.first(parts, parts_a_call);
    int error;
    long n = sys::send_bytes(fd_, parts, count, &error);
    if (n < 0) {
      if (error) return send_failed(port, error);
      return select(port, sys::poll_write, true);
    }
    output_.pop(size_t(n));
    queue_changed(port);
    if (output_.size() > settings_.low_watermark || !(state_ & state_busy)) continue;
    caller_ = busy_caller_;
    end_busy(port);
    reply_ok(port);
  }
  queue_emptied(port);
}

void TcpDriver::queue_emptied(Port& port) {
  select(port, sys::poll_write, false);
  tell_subscribers(port);
  if (shutdown_after_queue_) delayed_shutdown(port);
  if (port.closing && !port.closed) {
    close_descriptor();
    port.finish_close();
  }
}

void TcpDriver::delayed_shutdown(Port& port) {
  if (int error = sys::shutdown_socket(fd_, shutdown_how_)) return output_failed(port, error);
  write_side_shut_ = true;
}

void TcpDriver::send_failed(Port& port, int error) {
  // A broken pipe that we did not make ourselves is the peer's reset.
  if (error == EPIPE && !write_side_shut_) error = ECONNRESET;
  output_failed(port, error);
}

void TcpDriver::output_failed(Port& port, int error) {
  bool show = error == ECONNRESET && settings_.show_econnreset;
  if (state_ & state_busy) {
    caller_ = busy_caller_;
    end_busy(port);
  }
  bool file = file_ != nullptr;
  if (port.closing) {
    close_all(port);
    if (!port.closed) port.finish_close();
    return;
  }
  if (active_) {
    if (show) tell_owner(port, "tcp_error", error_atom(error));
    tell_closed(port);
    if (!file) reply_error(port, show ? error_atom(error) : closed_reason());
    if (settings_.exit_on_close) port.close_unlinked(atom::normal);
    else close_all(port);
    return;
  }
  answer_closing(port);
  if (!caller_.is_value()) next_send_closed_ = true;
  else if (!file) reply_error(port, show ? error_atom(error) : closed_reason());
  close_all(port);
  // The sender may ignore this and will hear of it when it receives.
  next_receive_closed_ = true;
  if (show) reset_by_peer_ = true;
}

// ---- file:sendfile/5

// A descriptor (the bytes of an int), offset(8), length(8)
void TcpDriver::send_file_request(Port& port, WireReader in, Reply& out) {
  int source;
  if (in.left() != sizeof source + 16) return out.error(EINVAL);
  if (!is_connected()) return out.error(ENOTCONN);
  if (file_) return out.error(EINVAL);
  memcpy(&source, in.take(sizeof source).data(), sizeof source);
  auto transfer = std::make_unique<FileTransfer>();
  transfer->file = sys::duplicate_stream(source);
  if (transfer->file < 0) return out.error(errno);
  transfer->offset = int64_t(in.u64());
  transfer->left = int64_t(in.u64());
  transfer->before = output_.size();
  transfer->caller = port.caller;
  file_ = std::move(transfer);
  continue_file(port);
}

void TcpDriver::continue_file(Port& port) {
  int error = 0;
  while (file_->before) {
    std::string_view part;
    output_.first(&part, 1);
    part = part.substr(0, file_->before);
    long n = sys::send_bytes(fd_, &part, 1, &error);
    if (n < 0) break;
    file_->before -= size_t(n);
    output_.pop(size_t(n));
    queue_changed(port);
  }
  while (!file_->before && file_->left > 0) {
    long n = sys::send_file(fd_, file_->file, file_->offset, size_t(std::min(file_->left, largest_file_step)), &error);
    if (n < 0) break;
    if (n == 0) file_->left = 0;
    else file_->left -= n;
    file_->offset += n;
    file_->sent += n;
  }
  if (error) {
    abort_file(port, error);
    return send_failed(port, error);
  }
  if (file_->left || file_->before) return select(port, sys::poll_write, true);
  end_file(port);
}

// {sendfile, S, {ok, LowWord, HighWord}}
void TcpDriver::end_file(Port& port) {
  static const Term sendfile = make_atom("sendfile");
  uint64_t sent = uint64_t(file_->sent);
  sys::close_stream(file_->file);
  file_.reset();
  if (output_.size() <= settings_.low_watermark && (state_ & state_busy)) {
    caller_ = busy_caller_;
    end_busy(port);
    reply_ok(port);
  }
  if (output_.empty()) queue_emptied(port);
  else select(port, sys::poll_write, true);
  send_built(port, owner_of(port), 16, [&](HeapWriter& w) {
    Term result = w.tuple(atom::ok, Term::small(SWord(sent & 0xffffffff)), Term::small(SWord(sent >> 32)));
    return w.tuple(sendfile, port.id, result);
  });
}

void TcpDriver::abort_file(Port& port, int error) {
  static const Term sendfile = make_atom("sendfile");
  Term reason = error == ECONNRESET || error == ENOTCONN || error == EPIPE ? closed_reason() : error_atom(error);
  send_built(port, owner_of(port), 16, [&](HeapWriter& w) {
    Term result = w.tuple(atom::error, reason);
    return w.tuple(sendfile, port.id, result);
  });
}

}  // namespace joist::inet
