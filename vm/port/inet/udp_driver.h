// Datagram sockets: the driver udp_inet, over IPv4, IPv6 and local names.
#pragma once
#include "vm/port/inet/inet_driver.h"

namespace joist::inet {

class UdpDriver final : public InetDriver {
 public:
  UdpDriver() : InetDriver(sys::SocketType::Datagram) {}
  const char* name() const override { return "udp_inet"; }
  void output(Port& port, std::string bytes) override;
  bool stop(Port& port) override;

 private:
  struct Datagram {
    sys::SocketAddress from;
    std::vector<sys::AncillaryItem> ancillary;
    bool has_ancillary = false;  // it was asked for
    std::string_view bytes;
  };

  void request(Port& port, unsigned operation, WireReader in, Reply& out) override;
  void readable(Port& port) override;
  void writable(Port& port) override {}
  void deadline_over(Port& port, DeadlineKind kind, unsigned id) override;
  void shut(Port& port) override;
  void options_changed(Port& port, Active active_before, packet::Type packet_before) override;

  void connect(Port& port, WireReader in, Reply& out);
  void receive_request(Port& port, WireReader in, Reply& out);
  // Reads a few datagrams, in passive mode one. False: none was there.
  bool receive(Port& port);
  void deliver(Port& port, const Datagram& datagram);

  Term receiver_;         // of the receive under way, or the non-value
  unsigned receive_ref_ = 0;
  sys::SocketAddress peer_;  // of a connected socket
};

}  // namespace joist::inet
