// The node's name, other nodes, and watching one. process_flag(monitor_nodes, …) is in process_flag.cpp.
#include <algorithm>

#include "bifs/bif.h"
#include "bifs/dist/alive.h"
#include "bifs/erlang/system_info.h"
#include "bifs/list_builder.h"
#include "vm/dist/node_monitors.h"
#include "vm/dist/nodes.h"
#include "vm/term/identity.h"
#include "vm/term/map.h"
#include "vm/term/node.h"

namespace joist {
namespace {

// Node that a pid, port or reference belongs to.
NativeResult node_name_of(Term t) {
  if (!is_pid(t) && !is_port(t) && !is_ref(t)) return badarg();
  return node_of(t).name;
}

bool is_boolean(Term t) { return t.same(atom::true_) || t.same(atom::false_); }

// Kinds of nodes that nodes/1,2 is asked for.
struct Wanted {
  bool visible = false, hidden = false, known = false, self = false;
};

bool parse_wanted(Term what, Wanted* out) {
  static const Term visible = make_atom("visible"), hidden = make_atom("hidden"), connected = make_atom("connected"),
                    this_ = make_atom("this"), known = make_atom("known");
  auto one = [&](Term t) {
    bool all = t.same(known), both = all || t.same(connected);
    if (!both && !t.same(this_) && !t.same(visible) && !t.same(hidden)) return false;
    out->visible |= both || t.same(visible);
    out->hidden |= both || t.same(hidden);
    out->known |= all;
    out->self |= all || t.same(this_);
    return true;
  };
  if (!what.is_list()) return one(what);
  for (; what.is_cons(); what = what.as_cons()->tail)
    if (!one(what.as_cons()->head)) return false;
  return what.is_nil();
}

// What is to be told of each node by nodes/2.
struct Info {
  bool connection_id = false, node_type = false;
};

bool parse_info(Term options, Info* out) {
  if (!is_map(options)) return false;
  static const Term connection_id = make_atom("connection_id"), node_type = make_atom("node_type");
  size_t good = 0;
  auto read = [&](Term key, bool* to) {
    Term value = map::get(options, key);
    if (!value.is_value()) return;
    good += is_boolean(value);
    *to = value.same(atom::true_);
  };
  read(connection_id, &out->connection_id);
  read(node_type, &out->node_type);
  return good == map::size(options);
}

struct Node {
  Term name, type;
  Term connection_id;  // undefined when there is none
};

// OTP's order: what was not connected, hidden ones, visible ones, this.
std::vector<Node> all_nodes(const Wanted& wanted) {
  static const Term visible = make_atom("visible"), hidden = make_atom("hidden"), this_ = make_atom("this"), known = make_atom("known");
  std::vector<Node> others, hidden_ones, visible_ones;
  std::vector<Term> connected;
  for (dist::Connection* c : dist::connected_nodes()) {
    connected.push_back(c->node);
    if (c->is_visible()) visible_ones.push_back({c->node, visible, Term::small(c->id)});
    else hidden_ones.push_back({c->node, hidden, Term::small(c->id)});
  }
  if (wanted.known)
    for (Term name : dist::known_nodes())
      if (std::none_of(connected.begin(), connected.end(), [&](Term c) { return c.same(name); }))
        others.push_back({name, known, atom::undefined});
  if (wanted.hidden) others.insert(others.end(), hidden_ones.begin(), hidden_ones.end());
  if (wanted.visible) others.insert(others.end(), visible_ones.begin(), visible_ones.end());
  if (wanted.self) others.push_back({local_node_name(), this_, atom::undefined});
  return others;
}

Term node_list(Heap& heap, const std::vector<Node>& nodes) {
  ListBuilder list(heap, nodes.size());
  for (const Node& node : nodes) list.push(node.name);
  return list.finish();
}

Term with_info(Heap& heap, const Node& node, const Info& info) {
  static const Term connection_id = make_atom("connection_id"), node_type = make_atom("node_type");
  Term pairs[4];
  size_t n = 0;
  auto add = [&](Term key, Term value) {
    pairs[n++] = key;
    pairs[n++] = value;
  };
  if (info.connection_id) add(connection_id, node.connection_id);
  if (info.node_type) add(node_type, node.type);
  Term map = map::from_pairs(heap, pairs, n / 2);
  return heap.reserve(Words(3)).tuple(node.name, map);
}

NativeResult notalive(NativeCall& c) {
  static const Term reason = make_atom("notalive");
  return c.error(reason);
}

}  // namespace

BIF(erlang, node, 0) { return local_node_name(); }
BIF(erlang, node, 1) { return node_name_of(c.arg(0)); }
BIF(erlang, nodes, 0) {
  Wanted wanted;
  wanted.visible = true;
  return node_list(c.heap(), all_nodes(wanted));
}
BIF(erlang, nodes, 1) {
  Wanted wanted;
  if (!parse_wanted(c.arg(0), &wanted)) return badarg();
  return node_list(c.heap(), all_nodes(wanted));
}
BIF(erlang, nodes, 2) {
  Wanted wanted;
  Info info;
  if (!parse_wanted(c.arg(0), &wanted) || !parse_info(c.arg(1), &info)) return badarg();
  std::vector<Term> rows;
  for (const Node& node : all_nodes(wanted)) rows.push_back(with_info(c.heap(), node, info));
  ListBuilder list(c.heap(), rows.size());
  for (Term row : rows) list.push(row);
  return list.finish();
}

BIF(erlang, setnode, 2) {
  Term creation = c.arg(1);
  if (!creation.is_small() || creation.small_value() < 0 || creation.small_value() > SWord(UINT32_MAX)) return badarg();
  return dist::become_alive(c.arg(0), uint32_t(creation.small_value())) ? NativeResult(atom::true_) : badarg();
}

// passive: the other node is to set up the connection if there is none, which net_kernel waits for.
static NativeResult monitor_node(NativeCall& c, Term options, bool passive) {
  Term node = c.arg(0), on = c.arg(1);
  if (!node.is_atom()) return badarg();
  if (!node.same(atom::nonode_nohost) && !is_or_will_be_alive()) return notalive(c);
  if (!is_boolean(on)) return badarg();
  c.charge(5);
  if (on.same(atom::false_)) {
    dist::demonitor_node(c.process, node);
    return atom::true_;
  }
  if (node.same(local_node_name())) return atom::true_;
  dist::Connection* connection = dist::connect_to(node, passive);
  if (!connection || (passive && connection->state() != dist::ConnectionState::Connected)) {
    static const Term dmonitor_node = make_atom("dmonitor_node");
    return c.trap(get_export(atom::erlang, dmonitor_node, 3), node, on, options);
  }
  dist::monitor_connection(c.process, *connection);
  return atom::true_;
}
BIF(erlang, monitor_node, 2) { return monitor_node(c, nil, false); }
BIF(erlang, monitor_node, 3) {
  static const Term allow_passive_connect = make_atom("allow_passive_connect");
  Term options = c.arg(2);
  bool passive = false;
  for (; options.is_cons(); options = options.as_cons()->tail) {
    if (!options.as_cons()->head.same(allow_passive_connect)) break;
    passive = true;
  }
  return options.is_nil() ? monitor_node(c, c.arg(2), passive) : c.badarg(atom::badopt);
}

// [{Node, PortOrPid}], visible ones first.
static Term controllers(Heap& heap) {
  std::vector<dist::Connection*> connected = dist::connected_nodes();
  HeapWriter w = heap.reserve(Words(5 * connected.size()));
  Term list = nil;
  for (bool visible : {false, true})
    for (size_t i = connected.size(); i-- > 0;) {
      if (connected[i]->is_visible() != visible) continue;
      Term pair = w.tuple(connected[i]->node, connected[i]->controller());
      list = w.cons(pair, list);
    }
  return list;
}

bool node_system_info(NativeCall& c, Term item, Term* result) {
  static const Term dist_ctrl = make_atom("dist_ctrl"), dist_buf_busy_limit = make_atom("dist_buf_busy_limit"),
                    delayed_node_table_gc = make_atom("delayed_node_table_gc");
  int64_t known_for = dist::known_node_milliseconds;
  if (item.same(dist_ctrl)) *result = controllers(c.heap());
  else if (item.same(dist_buf_busy_limit)) *result = Term::small(SWord(dist::buffer_limit.load()));
  else if (item.same(delayed_node_table_gc)) *result = known_for < 0 ? atom::infinity : Term::small(known_for / 1000);
  else return false;
  return true;
}

BIF(erts_internal, get_creation, 0) {
  uint32_t creation = local_node_creation();
  return creation ? Term::small(creation) : atom::undefined;
}

// Whether the process's node understands Unicode of the I/O protocol.
BIF(net_kernel, dflag_unicode_io, 1) {
  if (!is_pid(c.arg(0))) return badarg();
  if (c.arg(0).is_local_pid()) return atom::true_;
  Term node = node_of(c.arg(0)).name;
  if (node.same(local_node_name())) return atom::true_;
  dist::Connection* connection = dist::find_connection(node);
  return boolean(connection && connection->state() == dist::ConnectionState::Connected && (connection->flags() & dist::flag::unicode_io));
}

// Without dynamic trace probes these have nothing to tag; OTP built without them answers the same.
BIF(erlang, dt_get_tag, 0) { return atom::undefined; }
BIF(erlang, dt_get_tag_data, 0) { return atom::undefined; }
BIF(erlang, dt_put_tag, 1) { return atom::undefined; }
BIF(erlang, dt_prepend_vm_tag_data, 1) { return c.arg(0); }
BIF(erlang, dt_append_vm_tag_data, 1) { return c.arg(0); }
BIF(erlang, dt_spread_tag, 1) {
  return c.arg(0).same(atom::true_) || c.arg(0).same(atom::false_) ? NativeResult(atom::true_) : badarg();
}
BIF(erlang, dt_restore_tag, 1) { return c.arg(0).same(atom::true_) ? NativeResult(atom::true_) : badarg(); }

}  // namespace joist
