#include "vm/dist/channel_request.h"

#include "vm/dist/nodes.h"
#include "vm/process/process_table.h"
#include "vm/process/registry.h"
#include "vm/process/send.h"

namespace joist::dist {
namespace {

// {dist_ctrlr, Controller, Node, Asker}
void tell_net_kernel(const ChannelRequest& request, Term controller) {
  static const Term net_kernel = make_atom("net_kernel"), dist_ctrlr = make_atom("dist_ctrlr");
  Term pid = whereis(net_kernel);
  Process* to = pid.is_value() && pid.is_local_pid() ? find_process(pid) : nullptr;
  if (!to) return;  // it has just ended, and ends all connections
  MessageBuilder message(5);
  message.send(*to, Term(), message.writer().tuple(dist_ctrlr, controller, request.node, request.asker));
}

}  // namespace

bool awaits_channel(const ChannelRequest& request) {
  Connection* connection = find_connection(request.node);
  return connection && connection->state() == ConnectionState::Pending;
}

Connection* connect_channel(const ChannelRequest& request, std::unique_ptr<Channel> channel) {
  Connection* connection = find_connection(request.node);
  if (!connection) return nullptr;
  Term controller = channel->controller();
  if (!connection->connected(channel.get(), request.flags, request.creation)) return nullptr;
  channel.release();
  tell_net_kernel(request, controller);
  return connection;
}

void answer_channel_request(const ChannelRequest& request, RefKey ref, Connection* connection) {
  Process* to = find_process(request.asker);
  if (!to) return;
  MessageBuilder message(ref_words + handle_words + 3);
  HeapWriter& w = message.writer();
  Term key = write_ref(w, ref);
  Term result = connection ? write_handle(w, *connection) : atom::badarg;
  message.send(*to, Term(), w.tuple(key, result));
}

}  // namespace joist::dist
