// erts_internal:create_dist_channel/3, by which a connection that was agreed on gets the port or process that carries its packets; and what
// comes before it: which capabilities this node has, new and given up connections.
#include "bifs/bif.h"
#include "bifs/erlang/wait_reply.h"
#include "vm/dist/nodes.h"
#include "vm/dist/port_channel.h"
#include "vm/dist/process_channel.h"
#include "vm/port/port_table.h"
#include "vm/process/logger.h"
#include "vm/term/arith.h"
#include "vm/term/node.h"
#include "vm/term/print.h"

namespace joist {
namespace {

using dist::ChannelRequest;
using dist::Connection;

// Has the port carry the connection, in a turn. The result goes to *now, if that is there, else in a message.
struct CarryEvent final : PortEvent {
  ChannelRequest request;
  RefKey ref;
  Connection** now = nullptr;
  bool answered = false;
  explicit CarryEvent(const ChannelRequest& r) : request(r) {}
  void run(Port& port) override { answer(dist::carry_over_port(port, request)); }
  ~CarryEvent() override {
    if (!answered) answer(nullptr);  // the port is gone
  }
  void answer(Connection* connection) {
    answered = true;
    if (now) *now = connection;
    else dist::answer_channel_request(request, ref, connection);
  }
};

struct CarryRequest final : RequestSignal {
  ChannelRequest request;
  RefKey ref;
  CarryRequest(const ChannelRequest& r, RefKey key) : request(r), ref(key) {}
  bool run(Process& process) override {
    dist::answer_channel_request(request, ref, dist::carry_over_process(process, request));
    return true;
  }
  void receiver_gone() override { dist::answer_channel_request(request, ref, nullptr); }
};

// {ok, Handle}, or badarg when there is no connection.
Term connected(NativeCall& c, Connection* connection) {
  if (!connection) return atom::badarg;
  HeapWriter w = c.heap().reserve(Words(dist::handle_words + 3));
  Term handle = dist::write_handle(w, *connection);
  Term result = w.tuple(atom::ok, handle);
  c.heap().commit(w);
  return result;
}

// {message, Ref}: {Ref, Handle | badarg} comes.
Term will_answer(NativeCall& c, Term ref) {
  static const Term message = make_atom("message");
  HeapWriter w = c.heap().reserve(Words(3));
  Term result = w.tuple(message, ref);
  c.heap().commit(w);
  return result;
}

Term ask_port(NativeCall& c, const ChannelRequest& request, Term id) {
  Port* port = find_port(id);
  if (!port) return atom::badarg;
  auto event = std::make_unique<CarryEvent>(request);
  CarryEvent& carry = *event;
  Connection* connection = nullptr;
  carry.now = &connection;
  auto* signal = new PortSignal;
  signal->kind = PortSignalKind::Event;
  signal->event = std::move(event);
  Term no_answer;
  if (run_port_now(*port, signal, c.process, &no_answer)) return connected(c, connection);
  Term ref = make_ref(c.heap());
  carry.now = nullptr;
  carry.ref = ref_key(ref);
  send_to_port(*port, signal);
  return will_answer(c, ref);
}

Term ask_process(NativeCall& c, const ChannelRequest& request, Term pid) {
  if (pid.same(c.process.pid)) return connected(c, dist::carry_over_process(c.process, request));
  Process* process = find_process(pid);
  if (!process) return atom::badarg;
  Term ref = make_ref(c.heap());
  send_signal_as(*process, new CarryRequest(request, ref_key(ref)), c.process.priority);
  return will_answer(c, ref);
}

// The other node cannot do what every node must: the same words as OTP's, for who greps its log.
void log_refused(Process& process, Term node) {
  std::string text = print_term(process.pid);
  if (Word name = process.registered_name.load()) text += " (" + print_term(Term::from_raw(name)) + ")";
  text += " attempted to enable connection to node " + print_term(node) + " which does not support all mandatory capabilities.\n";
  HeapWriter w = process.heap.reserve(Words(2 * text.size() + 2));
  Term list = nil;
  for (size_t i = text.size(); i-- > 0;) list = w.cons(Term::small(uint8_t(text[i])), list);
  Term args = w.cons(list, nil);
  process.heap.commit(w);
  log_event(process, atom::error, "~s~n", args);
}

}  // namespace

// (Node, Port or pid, {Flags, Creation}); erlang:setnode/3 makes errors of the atoms.
BIF(erts_internal, create_dist_channel, 3) {
  ChannelRequest request{c.arg(0), 0, 0, c.process.pid};
  Term controller = c.arg(1);
  auto options = c.arg(2).as<Tuple>();
  if (!dist::is_alive() || !dist::is_node_name(request.node)) return atom::badarg;
  if ((!controller.is_local_port() && !controller.is_local_pid()) || !options || options->arity() != 2) return atom::badarg;
  Word creation;
  if (!arith::to_uint64(options->at(0), &request.flags) || !arith::to_uint64(options->at(1), &creation)) return atom::badarg;
  request.creation = uint32_t(creation);  // as in OTP, of larger ones the lower half
  if (~request.flags & dist::mandatory_flags) {
    log_refused(c.process, request.node);
    return atom::badarg;
  }
  if (request.node.same(local_node_name())) return atom::badarg;
  c.charge(5);
  return controller.is_local_port() ? ask_port(c, request, controller) : ask_process(c, request, controller);
}

// dist_util's record erts_dflags: what is offered, what the other must have, what may be added, left out, and what needs packets in order.
BIF(erts_internal, get_dflags, 0) {
  static const Term erts_dflags = make_atom("erts_dflags");
  auto integer = [&](uint64_t flags) { return arith::make_integer(c.heap(), int64_t(flags)); };
  Term offered = integer(dist::our_flags);
  HeapWriter w = c.heap().reserve(Words(7));
  Term result = w.tuple(erts_dflags, offered, integer(dist::mandatory_flags), offered, integer(dist::rejectable_flags),
                        integer(dist::strict_order_flags));
  c.heap().commit(w);
  return result;
}

// The handle of the connection to that node, which is a new one when there is none.
BIF(erts_internal, new_connection, 1) {
  Term node = c.arg(0);
  if (!dist::is_node_name(node) || node.same(local_node_name())) return badarg();
  HeapWriter w = c.heap().reserve(Words(dist::handle_words));
  Term handle = dist::write_handle(w, *dist::new_connection(node));
  c.heap().commit(w);
  return handle;
}

// (Node, Handle): false when it is connected by now.
BIF(erts_internal, abort_pending_connection, 2) {
  Connection* connection = dist::connection_of_handle(c.arg(1));
  if (!c.arg(0).is_atom() || !connection || !connection->node.same(c.arg(0))) return badarg();
  connection->abort();
  return connection->state() == dist::ConnectionState::Connected ? atom::false_ : atom::true_;
}

}  // namespace joist
