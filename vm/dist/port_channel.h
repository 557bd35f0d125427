// Ports that carry the packets of a connection.
//
// The port has a user (vm/port/port.h), which lives with it and holds the connection; the connection has a channel, which knows the port by
// its id. So either may end first. Everything happens in the port's turns: what came in goes to Connection::receive; what Connection::take
// has goes out in batches for as long as the driver is not busy.
#pragma once
#include "vm/dist/channel_request.h"

namespace joist {
struct Port;
}

namespace joist::dist {

// Makes the port, in whose turn this is, the channel. Null when it cannot be, or no connection waits for one.
Connection* carry_over_port(Port& port, const ChannelRequest& request);

}  // namespace joist::dist
