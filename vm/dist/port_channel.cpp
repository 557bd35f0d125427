#include "vm/dist/port_channel.h"

#include <utility>

#include "vm/port/packet_batch.h"
#include "vm/port/port.h"
#include "vm/sched/statistics.h"

namespace joist::dist {
namespace {

// Batches in one turn of the port.
constexpr int most_batches = 4;

struct CloseEvent final : PortEvent {
  explicit CloseEvent(Term r) : reason(r) {}
  void run(Port& port) override { port.close(reason); }
  Term reason;
};

class PortChannel final : public Channel {
 public:
  explicit PortChannel(Term port) : port_(port) {}
  Term controller() const override { return port_; }
  void output_waits() override { wake_port_user(port_); }
  void close(Term reason) override { post_to_port(port_, std::make_unique<CloseEvent>(reason)); }

 private:
  const Term port_;
};

// Moves what the connection has into the batch.
void fill(PacketBatch& batch, Connection& connection) {
  Packet packet;
  while (!batch.full() && connection.take(&packet)) {
    PacketBatch::Packet& to = batch.packets[batch.count++];
    batch.bytes += packet.bytes();
    to.pieces[0] = {packet.header, packet.header ? packet.header->data : nullptr, packet.header_size};
    to.pieces[1] = {packet.body, packet.body ? packet.body->data + packet.offset : nullptr, packet.size};
    packet.header = packet.body = nullptr;
    packet.clear();
  }
}

class CarryingUser final : public PortUser {
 public:
  explicit CarryingUser(Connection& connection) : connection_(connection) { connection.retain(); }
  ~CarryingUser() override { connection_.release(); }
  CarryingUser(const CarryingUser&) = delete;
  CarryingUser& operator=(const CarryingUser&) = delete;

  void received(Port&, std::string_view packet) override {
    if (!broken_) broken_ = !connection_.receive(reinterpret_cast<const uint8_t*>(packet.data()), packet.size());
  }

  void ready(Port& port) override {
    for (int i = 0; i < most_batches; i++) {
      if (port.busy.load(std::memory_order_relaxed) & busy_queue) return;  // called again when it no longer is
      PacketBatch batch;
      fill(batch, connection_);
      if (!batch.count) return;
      io_statistics.bytes_out.fetch_add(batch.bytes, std::memory_order_relaxed);
      bool more = batch.full();
      port.driver->output_packets(port, batch);
      if (port.closing || !more) return;
    }
    mark_ready(port, user_event);  // others have their turns in between
  }

  void closed(Port&, Term reason) override { connection_.end(reason); }

 private:
  Connection& connection_;
  bool broken_ = false;  // something malformed came: the port is to close
};

}  // namespace

Connection* carry_over_port(Port& port, const ChannelRequest& request) {
  if (port.closing || port.user || !port.driver->takes_force() || !awaits_channel(request)) return nullptr;
  Connection* connection = connect_channel(request, std::make_unique<PortChannel>(port.id));
  if (connection) port.user = std::make_unique<CarryingUser>(*connection);
  return connection;
}

}  // namespace joist::dist
