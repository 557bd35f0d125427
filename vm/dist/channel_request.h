// What erts_internal:create_dist_channel/3 asks for, whatever carries the packets.
#pragma once
#include <memory>

#include "vm/dist/connection.h"

namespace joist::dist {

struct ChannelRequest {
  Term node;          // name
  uint64_t flags;     // what both nodes can do
  uint32_t creation;  // of the other node
  Term asker;         // local pid
};

// Whether a connection to that node waits for a channel.
bool awaits_channel(const ChannelRequest& request);
// Has that connection use the channel from now on; net_kernel hears of it. Null when none waits. Valid until the next quiescent point.
Connection* connect_channel(const ChannelRequest& request, std::unique_ptr<Channel> channel);

// {Ref, Handle}, or {Ref, badarg} when connection is null, to who asked with that reference.
void answer_channel_request(const ChannelRequest& request, RefKey ref, Connection* connection);

}  // namespace joist::dist
