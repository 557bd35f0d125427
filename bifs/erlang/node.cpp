// The node's name and other nodes, as far as they go without distribution: this node alone.
#include "bifs/bif.h"
#include "bifs/list_builder.h"
#include "vm/process/process_table.h"
#include "vm/term/arith.h"
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

// Whether `this` is among the kinds that nodes/1 is asked for; -1: bad argument.
int includes_this_node(Term what) {
  static const Term visible = make_atom("visible"), hidden = make_atom("hidden"), connected = make_atom("connected"),
                    this_ = make_atom("this"), known = make_atom("known");
  auto one = [&](Term t) {
    if (t.same(this_) || t.same(known)) return 1;
    return t.same(visible) || t.same(hidden) || t.same(connected) ? 0 : -1;
  };
  if (!what.is_list()) return one(what);
  int result = 0;
  for (; what.is_cons(); what = what.as_cons()->tail) {
    int r = one(what.as_cons()->head);
    if (r < 0) return r;
    result |= r;
  }
  return what.is_nil() ? result : -1;
}

// What is to be told of each node by nodes/2.
bool good_node_options(Term options) {
  if (!is_map(options)) return false;
  static const Term items[] = {make_atom("connection_id"), make_atom("node_type")};
  size_t good = 0;
  for (Term item : items) {
    Term wanted = map::get(options, item);
    good += wanted.is_value() && (wanted.same(atom::true_) || wanted.same(atom::false_));
  }
  return good == map::size(options);
}

NativeResult notalive(NativeCall& c) {
  static const Term reason = make_atom("notalive");
  return c.error(reason);
}

}  // namespace

BIF(erlang, node, 0) { return local_node_name(); }
BIF(erlang, node, 1) { return node_name_of(c.arg(0)); }
BIF(erlang, nodes, 0) { return nil; }
BIF(erlang, nodes, 1) {
  int self = includes_this_node(c.arg(0));
  if (self < 0) return badarg();
  return self ? c.heap().reserve(Words(2)).cons(local_node_name(), nil) : nil;
}
BIF(erlang, nodes, 2) {
  int self = includes_this_node(c.arg(0));
  if (self < 0 || !good_node_options(c.arg(1))) return badarg();
  if (!self) return nil;
  HeapWriter w = c.heap().reserve(Words(5));
  Term pair = w.tuple(local_node_name(), map::empty());
  return w.cons(pair, nil);
}

// Without a name this node cannot watch others.
static NativeResult monitor_node(NativeCall& c) {
  if (!c.arg(0).is_atom()) return badarg();
  if (!c.arg(0).same(local_node_name())) return notalive(c);
  return c.arg(1).same(atom::true_) || c.arg(1).same(atom::false_) ? NativeResult(atom::true_) : badarg();
}
BIF(erlang, monitor_node, 2) { return monitor_node(c); }
BIF(erlang, monitor_node, 3) {
  static const Term allow_passive_connect = make_atom("allow_passive_connect");
  Term options = c.arg(2);
  for (; options.is_cons(); options = options.as_cons()->tail) {
    if (!options.as_cons()->head.same(allow_passive_connect)) break;
  }
  return options.is_nil() ? monitor_node(c) : c.badarg(atom::badopt);
}

BIF(erts_internal, get_creation, 0) {
  uint32_t creation = local_node_creation();
  return creation ? Term::small(creation) : atom::undefined;
}

// Nodes that are not connected understand what any node of this release does.
BIF(net_kernel, dflag_unicode_io, 1) { return is_pid(c.arg(0)) ? NativeResult(atom::true_) : badarg(); }

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
