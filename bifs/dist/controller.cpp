// erlang:dist_ctrl_*: what processes that carry a connection's packets, or bring what came, call; erlang:dist_get_stat/1.
#include "bifs/bif.h"
#include "vm/dist/nodes.h"
#include "vm/dist/process_channel.h"
#include "vm/process/process_state.h"
#include "vm/term/arith.h"
#include "vm/term/bits.h"

namespace joist {
namespace {

using dist::Connection;
using dist::ConnectionState;
using dist::ProcessChannel;

constexpr size_t bytes_a_reduction = 1024;

// Whom a controller's handle, args[0], stands for.
struct Controlled {
  Connection* connection = nullptr;
  ProcessChannel* channel = nullptr;
  NativeResult error = badarg();  // when channel is null
};

Controlled controlled(NativeCall& c) {
  Controlled found;
  if (!(c.process.load_state() & process_state::Distribution)) {
    found.error = NativeResult::Notsup;
    return found;
  }
  found.connection = dist::connection_of_handle(c.arg(0));
  ProcessChannel* channel = found.connection ? dist::process_channel_of(*found.connection) : nullptr;
  if (channel && channel->controller().same(c.process.pid)) found.channel = channel;
  return found;
}

// The list of a packet's binaries. Takes the packet's references over.
Term binaries(NativeCall& c, dist::Packet& packet) {
  HeapWriter w = c.heap().reserve(Words(2 * (RefcBits::words + 2)));
  Term list = nil;
  if (packet.body) list = w.cons(bits::from_shared(w, std::exchange(packet.body, nullptr), packet.offset, 8 * packet.size), list);
  if (packet.header) list = w.cons(bits::from_shared(w, std::exchange(packet.header, nullptr), 0, 8 * packet.header_size), list);
  c.heap().commit(w);
  return list;
}

}  // namespace

// The next packet: a list of binaries, with get_size {Size, List}; or none.
BIF(erlang, dist_ctrl_get_data, 1) {
  Controlled ctrl = controlled(c);
  if (!ctrl.channel) return ctrl.error;
  dist::Packet packet;
  if (!ctrl.channel->take(*ctrl.connection, &packet)) return atom::none;
  size_t size = packet.bytes();
  c.charge(1 + size / bytes_a_reduction);
  c.heap().charge_virtual(Bytes(size));
  Term list = binaries(c, packet);
  if (!ctrl.channel->wants_size) return list;
  HeapWriter w = c.heap().reserve(Words(3));
  Term pair = w.tuple(Term::small(SWord(size)), list);
  c.heap().commit(w);
  return pair;
}

// dist_data comes when there is something to get.
BIF(erlang, dist_ctrl_get_data_notification, 1) {
  Controlled ctrl = controlled(c);
  if (!ctrl.channel) return ctrl.error;
  ctrl.channel->ask_for_notification();
  return atom::ok;
}

// (Handle, Packet), by the connection's input handler. erts_internal makes a binary of a list. kind: Yielding
BIF(erlang, dist_ctrl_put_data, 2) {
  static Export* const of_list = get_export(make_atom("erts_internal"), make_atom("dist_ctrl_put_data"), 2);
  Term packet = c.arg(1);
  if (packet.is_cons()) return c.trap(of_list, c.arg(0), packet);
  BitSpan span{};
  if (!packet.same(nil)) {
    if (!is_bits(packet)) return badarg();
    span = bits::span(packet);
  }
  Connection* connection = dist::connection_of_handle(c.arg(0));
  if (!connection) return badarg();
  ProcessChannel* channel = dist::process_channel_of(*connection);
  bool connected = connection->state() == ConnectionState::Connected;
  if (!connected || !channel || !channel->input_handler().same(c.process.pid)) return NativeResult::Notsup;
  size_t size = span.size / 8;  // as in OTP, bits behind the last byte do not count
  std::string aligned;
  const uint8_t* bytes = nullptr;
  if (size && span.offset % 8 == 0) {
    bytes = span.bytes();
  } else if (size) {
    aligned.resize(size);
    bits::copy(reinterpret_cast<uint8_t*>(aligned.data()), 0, span.data, span.offset, 8 * size);
    bytes = reinterpret_cast<const uint8_t*>(aligned.data());
  }
  if (!channel->receive(*connection, bytes, size)) return c.again();
  c.charge(5 + size / bytes_a_reduction);
  return atom::ok;
}

// (Handle, Pid): who brings what comes.
BIF(erlang, dist_ctrl_input_handler, 2) {
  Controlled ctrl = controlled(c);
  if (!ctrl.channel) return ctrl.error;
  if (!c.arg(1).is_local_pid()) return badarg();
  ctrl.channel->set_input_handler(c.arg(1));
  return atom::ok;
}

namespace {

// (Handle, get_size, …): the old value; null value: it stays.
NativeResult option(NativeCall& c, const Term* value) {
  static const Term get_size = make_atom("get_size");
  Controlled ctrl = controlled(c);
  if (!ctrl.channel) return ctrl.error;
  if (!c.arg(1).same(get_size)) return badarg();
  bool old = ctrl.channel->wants_size;
  if (value) {
    if (!value->same(atom::true_) && !value->same(atom::false_)) return badarg();
    ctrl.channel->wants_size = value->same(atom::true_);
  }
  return old ? atom::true_ : atom::false_;
}

}  // namespace

BIF(erlang, dist_ctrl_set_opt, 3) { return option(c, &c.args[2]); }
BIF(erlang, dist_ctrl_get_opt, 2) { return option(c, nullptr); }

// {ok, PacketsIn, PacketsOut, BytesQueued}
BIF(erlang, dist_get_stat, 1) {
  Connection* connection = dist::connection_of_handle(c.arg(0));
  if (!connection) return badarg();
  // Of a connection that is over, nothing; of one that has a successor not even that.
  Connection* current = dist::find_connection(connection->node);
  if (current && current != connection) return badarg();
  bool connected = connection->state() == ConnectionState::Connected;
  auto integer = [&](uint64_t n) { return arith::make_integer(c.heap(), connected ? int64_t(n) : 0); };
  Term in = integer(connection->packets_in.load(std::memory_order_relaxed));
  Term out = integer(connection->packets_out.load(std::memory_order_relaxed));
  Term queued = integer(connection->queued_bytes());
  HeapWriter w = c.heap().reserve(Words(5));
  Term result = w.tuple(atom::ok, in, out, queued);
  c.heap().commit(w);
  return result;
}

}  // namespace joist
