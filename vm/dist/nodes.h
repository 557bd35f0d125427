// Which nodes there are, and who watches them.
#pragma once
#include "vm/dist/connection.h"
#include "vm/term/magic_ref.h"

namespace joist::dist {

// How long a node which is gone counts as known (+zdntgc); below 0: for ever.
inline std::atomic<int64_t> known_node_milliseconds{60'000};

// Sets the hooks by which processes reach other nodes. At start.
void install();

// name@host, where name is of letters, digits, - and _.
bool is_node_name(Term atom);

// Whether this node has a name: from become_alive until the last connection has ended after the end of net_kernel.
bool is_alive();
// erlang:setnode/2: this node is alive from now on, until the process registered as net_kernel exits. False: badarg.
bool become_alive(Term name, uint32_t creation);

// The connection to that node, which may be ended, or null. Valid until the caller's next quiescent point.
Connection* find_connection(Term node);
// The one that is pending or connected, else a new one, pending; as valid.
Connection* new_connection(Term node);
// For who has something to send: as new_connection, and net_kernel is asked to set a new one up. Null when this node is not alive, when
// it is the node, or (no_connect) when there is none that is pending or connected.
Connection* connect_to(Term node, bool no_connect = false);
// The dist handle's; null when the term is none. Valid while the term is.
Connection* connection_of_handle(Term handle);
// {Id, Ref}.
inline constexpr size_t handle_words = 3 + magic_ref_words;
Term write_handle(HeapWriter& w, Connection& connection);

// Every connection that is not ended, in no order. Under quiescence.
void each_connection(void (*f)(Connection& connection, void* context), void* context);
// Whether the process waits until one is no longer busy.
bool waits_for_connection(Term pid);
// Those that are connected, the oldest first. Under quiescence.
std::vector<Connection*> connected_nodes();
// Names of the other nodes that terms or connections refer to, or connections did until lately.
std::vector<Term> known_nodes();

// ---- called by connections
void tell_node_up(Connection& connection);
// Those who watch that node, or nodes at all; reason may be the non-value when it never was up.
void tell_node_down(Connection& connection, bool was_up, Term reason);

}  // namespace joist::dist
