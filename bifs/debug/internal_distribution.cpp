#include "bifs/debug/internal_distribution.h"

#include "bifs/list_builder.h"
#include "vm/dist/node_monitors.h"
#include "vm/dist/nodes.h"
#include "vm/term/node.h"

namespace joist {
namespace {

bool is(Term item, const char* name) { return item.is_atom() && atom_text(item) == name; }

// {Entry, References, [{system, [{Kind, References}]}]}: what refers to it, as far as that is counted by kind.
Term entry_row(Heap& heap, Term entry, int64_t references, const char* kind) {
  static const Term system = make_atom("system");
  HeapWriter w = heap.reserve(Words(3 + 2 + 3 + 2 + 4));
  Term count = Term::small(references);
  Term kinds = w.cons(w.tuple(make_atom(kind), count), nil);
  Term referrers = w.cons(w.tuple(system, kinds), nil);
  return w.tuple(entry, count, referrers);
}

// Nothing but terms refers to entries of the node table; connections are referred to by the table of connections, by dist handles and
// by what goes on with them.
Term references(Heap& heap) {
  struct Row {
    Term name;
    uint32_t creation;
    int64_t references;
  };
  std::vector<Row> found;
  each_node([](const NodeEntry& node, void* to) {
    static_cast<std::vector<Row>*>(to)->push_back({node.name, node.creation, node.references.load(std::memory_order_relaxed)});
  }, &found);
  std::vector<Term> nodes, connections;
  for (const Row& row : found) {
    Term entry = heap.reserve(Words(3)).tuple(row.name, Term::small(row.creation));
    nodes.push_back(entry_row(heap, entry, row.references, "terms"));
  }
  found.clear();
  dist::each_connection([](dist::Connection& c, void* to) {
    static_cast<std::vector<Row>*>(to)->push_back({c.node, 0, c.references.load(std::memory_order_relaxed)});
  }, &found);
  for (const Row& row : found) connections.push_back(entry_row(heap, row.name, row.references, "connection"));
  static const Term node_references = make_atom("node_references"), dist_references = make_atom("dist_references");
  Term a = list_of(heap, nodes), b = list_of(heap, connections);
  HeapWriter w = heap.reserve(Words(3 * 3));
  Term first = w.tuple(node_references, a), second = w.tuple(dist_references, b);
  return w.tuple(first, second);
}

// [{Pid, Options}].
Term watchers(Heap& heap) {
  std::vector<Term> rows;
  for (const dist::NodesWatcher& watcher : dist::nodes_watchers()) {
    static const Term node_type = make_atom("node_type"), nodedown_reason = make_atom("nodedown_reason");
    HeapWriter w = heap.reserve(Words(2 + 3 + 2 + 3));
    Term options = nil;
    if (watcher.types.is_value()) options = w.cons(w.tuple(node_type, watcher.types), nil);
    if (watcher.reason) options = w.cons(nodedown_reason, options);
    rows.push_back(w.tuple(watcher.pid, options));
    heap.commit(w);
  }
  return list_of(heap, rows);
}

Term controller_of(Term node) {
  dist::Connection* connection = node.is_atom() ? dist::find_connection(node) : nullptr;
  bool connected = connection && connection->state() == dist::ConnectionState::Connected;
  return connected ? connection->controller() : atom::undefined;
}

}  // namespace

bool get_distribution_state(NativeCall& c, Term item, NativeResult* result) {
  if (is(item, "node_and_dist_references")) return *result = references(c.heap()), true;
  if (is(item, "monitoring_nodes")) return *result = watchers(c.heap()), true;
  if (is(item, "max_atom_out_cache_index")) return *result = Term::small(SWord(dist::OutgoingAtomCache::places) - 1), true;
  auto pair = item.as<Tuple>();
  if (!pair || pair->arity() != 2) return false;
  if (is(pair->at(0), "dist_ctrl")) return *result = controller_of(pair->at(1)), true;
  if (!is(pair->at(0), "atom_out_cache_index") || !pair->at(1).is_atom()) return false;
  *result = Term::small(dist::OutgoingAtomCache::place_of(pair->at(1)));
  return true;
}

bool set_distribution_state(Term item, Term value, NativeResult* result) {
  static const int64_t at_start = dist::known_node_milliseconds;
  if (!is(item, "node_tab_delayed_delete") || !value.is_small()) return false;
  // Below 0: as it was.
  dist::known_node_milliseconds = value.small_value() < 0 ? at_start : value.small_value();
  *result = atom::ok;
  return true;
}

}  // namespace joist
