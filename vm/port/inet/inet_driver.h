// What the drivers of TCP and UDP sockets share: the descriptor and its readiness, options, names, statistics.
#pragma once
#include <memory>

#include "vm/port/inet/deadlines.h"
#include "vm/port/inet/messages.h"
#include "vm/port/inet/wire.h"
#include "vm/sys/poll.h"
#include "vm/sys/socket.h"

namespace joist::inet {

inline constexpr unsigned delayed_event = 8;  // ready: output was put off (delay_send)

struct Statistics {
  uint64_t received_octets = 0, received = 0, received_max = 0;
  uint64_t sent_octets = 0, sent = 0, sent_max = 0;
  double received_average = 0, received_deviation = 0, sent_average = 0;
  void count_received(size_t size);
  void count_sent(size_t size);
};

// Options of the driver itself; an accepted socket inherits them.
struct Settings {
  DataForm form;
  packet::Type packet = packet::Type::Raw;
  bool exit_on_close = true;
  bool deliver_as_port = false;  // {S, {data, Data}}, not {tcp, S, Data}
  bool buffer_set = false;       // by the user: recbuf no longer raises it
  bool show_econnreset = false;
  bool linger_zero = false;
  bool send_timeout_close = false;
  uint32_t buffer = 1460;
  uint32_t packet_size = 0;
  size_t high_watermark = 8192, low_watermark = 4096;
  int32_t send_timeout = -1;     // milliseconds; -1 is infinity
};

class InetDriver : public PortDriver {
 public:
  explicit InetDriver(sys::SocketType type) : type_(type) {}
  ~InetDriver() override;
  void opened(Port& port) override;
  bool control(Port& port, unsigned operation, std::string_view in, std::string* out) final;
  void ready(Port& port, unsigned events) final;

 protected:
  // ---- what a kind of socket does
  // A request that is not common to all.
  virtual void request(Port& port, unsigned operation, WireReader in, Reply& out) = 0;
  virtual void readable(Port& port) = 0;
  virtual void writable(Port& port) = 0;
  virtual void deadline_over(Port& port, DeadlineKind kind, unsigned id) = 0;
  // Closes the descriptor after telling who waits; the port lives on.
  virtual void shut(Port& port) = 0;
  // Options were set. before: what `active` and the packet type had been.
  virtual void options_changed(Port& port, Active active_before, packet::Type packet_before) = 0;
  // Active was asked for when the socket is closed. False: the port ends.
  virtual bool activated_when_closed(Port& port) { return true; }
  virtual size_t queued() const { return 0; }

  bool is_open() const { return state_ & state_open; }
  bool is_connected() const { return (state_ & state_connected) == state_connected; }
  void common_request(Port& port, unsigned operation, WireReader in, Reply& out);
  unsigned next_ref() { return next_ref_++ & 0xffff; }
  // Waits for the events (again and again), or no longer.
  void select(Port& port, unsigned events, bool on);
  bool is_selected(unsigned events) const { return (selected_ & events) == events; }
  // Takes the descriptor away from the poll thread and closes it, unless it was given by fdopen.
  void close_descriptor();
  // [Family, Port, Address …]; false with an error in `out`.
  bool read_address(WireReader* in, sys::SocketAddress* address, Reply& out) const;
  // One message was delivered: active once and active N come nearer to passive.
  void count_active(Port& port);
  // {S, {data, Data}} to the owner.
  void deliver_to_port(Port& port, std::string_view bytes) const;
  const char* passive_tag() const { return type_ == sys::SocketType::Stream ? "tcp_passive" : "udp_passive"; }
  void tell_subscribers(Port& port);

  int fd_ = -1;
  unsigned state_ = 0;
  sys::AddressFamily family_ = sys::AddressFamily::Unspec;
  sys::SocketType type_;
  bool prebound_ = false;        // from fdopen: never closed here
  bool ignored_ = false;         // ignorefd: somebody else uses the descriptor
  unsigned ignored_selection_ = 0;  // what to wait for when it is ours again
  bool delay_send_ = false;
  Active active_ = active_false;
  int active_left_ = 0;
  char delimiter_ = '\n';
  unsigned read_packets_ = 5;
  bool receive_ancillary_[3] = {};  // by sys::Ancillary
  Settings settings_;
  Statistics statistics_;
  Deadlines deadlines_;

 private:
  void open(WireReader in, Reply& out);
  void open_descriptor(WireReader in, Reply& out);
  void bind(WireReader in, Reply& out);
  void name_request(unsigned operation, WireReader in, Reply& out);
  void statistics_request(Port& port, WireReader in, Reply& out);
  void subscribe_request(Port& port, WireReader in, Reply& out);
  void ignore_request(Port& port, WireReader in, Reply& out);
  // options.cpp
  void set_options(Port& port, WireReader in, Reply& out);
  bool set_own_option(Port& port, Option option, int32_t value, WireReader* in, bool* known);
  bool set_socket_option(Option option, int32_t value, WireReader* in);
  bool change_membership(Option option, int32_t family, WireReader* in);
  bool set_active(Port& port, int32_t value, WireReader* in);
  void get_options(WireReader in, Reply& out);
  bool get_own_option(Option option, Reply& out) const;
  bool get_socket_option(Option option, WireReader* in, Reply& out) const;
  void arm();

  Port* port_ = nullptr;
  sys::PollWatch* watch_ = nullptr;
  unsigned selected_ = 0, armed_ = 0;
  unsigned next_ref_ = 0;
  bool debug_ = false;
  std::unique_ptr<std::string> netns_;  // the network namespace that was asked for, or null
  std::unique_ptr<sys::SocketAddress> given_name_, given_peer_;  // what sockname and peername are to say
  std::vector<Term> subscribers_;
};

// interfaces.cpp: requests about the machine's network interfaces.
void interface_request(int fd, unsigned operation, WireReader in, Reply& out);
// An address as prim_inet reads it; false when it is none.
bool put_address(const sys::SocketAddress& address, Reply& out);

}  // namespace joist::inet
