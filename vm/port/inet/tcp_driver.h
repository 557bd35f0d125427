// Stream sockets: the driver tcp_inet, over IPv4, IPv6 and local names.
#pragma once
#include "vm/port/inet/inet_driver.h"
#include "vm/port/inet/stream_input.h"
#include "vm/port/inet/stream_output.h"

namespace joist::inet {

class TcpDriver final : public InetDriver {
 public:
  TcpDriver() : InetDriver(sys::SocketType::Stream) {}
  ~TcpDriver() override;
  const char* name() const override { return "tcp_inet"; }
  bool takes_force() const override { return true; }
  void output(Port& port, std::string bytes) override;
  void output_packets(Port& port, PacketBatch& packets) override;
  bool stop(Port& port) override;

 private:
  struct Request {
    Term caller;
    unsigned ref;
  };
  // What a file is sent from (file:sendfile/5).
  struct FileTransfer {
    int file = -1;  // a duplicate of the caller's
    int64_t offset = 0, left = 0, sent = 0;
    size_t before = 0;  // bytes of the queue that go first
    Term caller;
  };
  enum class Result : int8_t { Closed = -1, Waiting = 0, Delivered = 1 };

  void request(Port& port, unsigned operation, WireReader in, Reply& out) override;
  void readable(Port& port) override;
  void writable(Port& port) override;
  void deadline_over(Port& port, DeadlineKind kind, unsigned id) override;
  void shut(Port& port) override;
  void options_changed(Port& port, Active active_before, packet::Type packet_before) override;
  bool activated_when_closed(Port& port) override;
  size_t queued() const override { return output_.size(); }

  // ---- tcp_driver.cpp: connecting, accepting, closing
  void connect(Port& port, WireReader in, Reply& out);
  void connected(Port& port);
  void listen(WireReader in, Reply& out);
  void accept(Port& port, WireReader in, Reply& out);
  void accept_waiting(Port& port);
  void forget_dead_acceptors(Port& port);
  void give_accepted(Port& port, int fd, Term caller, unsigned ref);
  void stop_accepting(Port& port);
  void shutdown(Port& port, WireReader in, Reply& out);
  void close_all(Port& port);
  void answer_closing(Port& port);
  // The pending connect or receive: {ok} or {error, Reason}.
  bool take_pending(Request* out);
  void fail_pending(Port& port, Term reason);

  // ---- tcp_input.cpp
  void receive_request(Port& port, WireReader in, Reply& out);
  void unreceive(Port& port, WireReader in, Reply& out);
  void read_on(Port& port);
  Result receive(Port& port, size_t size);
  Result deliver(Port& port, size_t size);
  // Bytes still missing of the next packet: 0 when it is there (*size bytes), at most what is returned when *size is 0. Negative: it
  // is no packet, or too large.
  int64_t missing(size_t* size);
  bool send_data(Port& port, std::string_view packet);
  void send_term(Port& port, const packet::Parsed& parsed, Term caller, unsigned ref, bool passive);
  void tell_closed(Port& port);
  Result peer_closed(Port& port);
  Result receive_failed(Port& port, int error);

  // ---- tcp_output.cpp
  void send(Port& port, std::string bytes);
  void wait_to_write(Port& port);
  void reply_ok(Port& port);
  void reply_error(Port& port, Term reason);
  void become_busy(Port& port);
  void end_busy(Port& port);
  bool abort_blocked_send(Port& port);
  void write_queue(Port& port);
  void queue_emptied(Port& port);
  void queue_changed(Port& port);
  void send_failed(Port& port, int error);
  void output_failed(Port& port, int error);
  void delayed_shutdown(Port& port);
  void send_file_request(Port& port, WireReader in, Reply& out);
  void continue_file(Port& port);
  void end_file(Port& port);
  void abort_file(Port& port, int error);

  Request pending_{};                // connect or receive under way, when pending_set_
  bool pending_set_ = false;
  std::vector<Request> acceptors_;   // in order

  StreamInput input_;
  bool in_headers_ = false;          // HTTP: headers come, not the first line
  size_t missing_ = 0;               // exactly so many bytes are awaited; 0: a packet of unknown length
  bool filled_ = false;              // the last read got all that it had room for

  StreamOutput output_;
  Term caller_;                      // whom the send that is being done is answered to, or the non-value
  Term busy_caller_;                 // whose send waits for the queue to drain
  bool send_deadline_ = false;       // it does not wait for ever
  std::unique_ptr<FileTransfer> file_;

  bool closed_told_ = false;         // tcp_closed was sent
  bool next_receive_closed_ = false, next_send_closed_ = false;  // the next answers closed, not enotconn
  bool reset_by_peer_ = false;       // and that is econnreset
  bool shutdown_after_queue_ = false;
  sys::ShutdownHow shutdown_how_ = sys::ShutdownHow::Write;
  bool write_side_shut_ = false;
};

}  // namespace joist::inet
