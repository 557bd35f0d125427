// Who is told of nodes that come and go: erlang:monitor_node/2,3 and process_flag(monitor_nodes, …).
#pragma once
#include "vm/dist/connection.h"

namespace joist::dist {

// erlang:monitor_node(Node, true): {nodedown, Node} comes once for every call when the connection ends. The process runs this.
void monitor_connection(Process& process, Connection& connection);
// Takes one back, if there is any.
void demonitor_node(Process& process, Term node);
// process_flag({monitor_nodes, Options}, On): how many such requests of the process there were; -1: badarg.
int64_t monitor_nodes(Process& process, bool on, Term options);
// The requests of process_flag(monitor_nodes, …), each as often as it was made, the
// newest first; for erts_debug. types: visible, hidden, all, or the non-value.
struct NodesWatcher {
  Term pid, types;
  bool reason;
};
std::vector<NodesWatcher> nodes_watchers();
// The end of a record of either.
void drop_node_monitor(Process& process, const Monitor& monitor);

struct NodeChange {
  bool up;
  Term node;
  bool visible;
  int64_t connection_id;  // -1: undefined
  Term reason;            // when not up
};
// Tells all who asked for such changes. Calls exclude each other (nodes.cpp's lock), so that everybody hears of them in one order.
void announce(const NodeChange& change);

}  // namespace joist::dist
