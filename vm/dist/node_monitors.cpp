// A request is a record of the process's own (Monitor), which counts how often it was made and so how many messages come. The connection,
// or the list here for those who want to hear of all nodes, has one entry for each record; what it sends is dropped when the process has no
// such record any more, so nothing comes after a request was taken back.
//
// Records have keys that no reference has, whose second word's upper half is 0 on this node's references and is 0 here never.
#include "vm/dist/node_monitors.h"

#include <algorithm>

#include "vm/dist/nodes.h"
#include "vm/process/process_table.h"
#include "vm/process/receive.h"
#include "vm/process/send.h"
#include "vm/term/map.h"

namespace joist::dist {

namespace {

RefKey node_key(Term pid, Term node, uint32_t id) { return {pid.raw(), Word(node.atom_index()) << 32 | id}; }
RefKey nodes_key(Term pid, unsigned options) { return {pid.raw(), ~Word(0) << 32 | options}; }

Monitor* find(Process& process, RefKey key) { return process.relations ? process.relations->monitors.find(key) : nullptr; }

// One more of what the record says. True: the record is new.
bool count_up(Process& process, RefKey key, MonitorType type, Term node) {
  if (Monitor* m = find(process, key)) {
    m->count++;
    return false;
  }
  auto* m = new Monitor;
  m->key = key;
  m->type = type;
  m->node = node;
  relations_of(process).monitors.insert(m);
  return true;
}

}  // namespace

void monitor_connection(Process& process, Connection& connection) {
  RefKey key = node_key(process.pid, connection.node, connection.id);
  if (count_up(process, key, MonitorType::Node, connection.node)) connection.relations.add_monitor(process.pid, key);
}

void demonitor_node(Process& process, Term node) {
  if (!process.relations) return;
  Connection* connection = find_connection(node);
  Monitor* m = connection ? find(process, node_key(process.pid, node, connection->id)) : nullptr;
  // That of an earlier connection, whose end it has not heard of yet.
  if (!m)
    process.relations->monitors.each([&](Monitor& each) {
      if (each.type == MonitorType::Node && each.node.same(node)) m = &each;
    });
  if (m && --m->count == 0) drop_monitor(process, m->key);
}

namespace {

enum : unsigned { Visible = 1, Hidden = 2, Reason = 4, AsMap = 8, ConnectionId = 16 };

// What the options ask for; false: badarg.
bool parse(Term options, unsigned* out) {
  *out = 0;
  if (options.is_nil()) return true;
  if (!is_map(options)) return false;
  static const Term list = make_atom("list"), connection_id = make_atom("connection_id"), node_type = make_atom("node_type"),
                    nodedown_reason = make_atom("nodedown_reason"), visible = make_atom("visible"), hidden = make_atom("hidden"),
                    all = make_atom("all");
  size_t known = 0;
  auto flag = [&](Term key, unsigned bit) {
    Term value = map::get(options, key);
    if (!value.is_value()) return true;
    known++;
    if (value.same(atom::true_)) *out |= bit;
    return value.same(atom::true_) || value.same(atom::false_);
  };
  *out = AsMap;
  if (!flag(connection_id, ConnectionId) || !flag(nodedown_reason, Reason)) return false;
  if (Term value = map::get(options, list); value.is_value()) {
    known++;
    if (!value.same(atom::true_)) return false;
    *out &= ~unsigned(AsMap);
  }
  if (Term value = map::get(options, node_type); value.is_value()) {
    known++;
    if (value.same(visible)) *out |= Visible;
    else if (value.same(hidden)) *out |= Hidden;
    else if (value.same(all)) *out |= Visible | Hidden;
    else return false;
  }
  return known == map::size(options);
}

struct Watcher {
  Term pid;
  unsigned options;
  uint32_t count;  // as the record's
};
sys::Mutex watchers_lock{sys::LockRank::Leaf};
std::vector<Watcher>& watchers() {
  static std::vector<Watcher> all;
  return all;
}

// Under watchers_lock.
std::vector<Watcher>::iterator find_watcher(Term pid, unsigned options) {
  return std::find_if(watchers().begin(), watchers().end(), [&](const Watcher& w) { return w.pid.same(pid) && w.options == options; });
}

// On its way to a watcher: payload is the message.
struct Announcement final : RequestSignal {
  unsigned options = 0;
  bool run(Process& p) override {
    Monitor* m = find(p, nodes_key(p.pid, options));
    if (!m) return true;
    for (uint32_t i = 1; i < m->count; i++) {
      FragmentTerm copy = copy_to_fragment(payload);
      append_message(p, Term(), copy.term, copy.fragment);
    }
    append_message(p, Term(), payload, fragment);
    fragment = nullptr;
    p.state.fetch_or(process_state::Active, std::memory_order_seq_cst);
    return true;
  }
  void receiver_gone() override {}
};

bool wants(unsigned options, bool visible) {
  if (!options) return visible;
  unsigned types = options & (Visible | Hidden);
  return visible ? !types || (types & Visible) : types & Hidden;
}

// The third element of the message.
Term write_info(MessageBuilder& b, unsigned options, const NodeChange& change) {
  static const Term connection_id = make_atom("connection_id"), node_type = make_atom("node_type"),
                    nodedown_reason = make_atom("nodedown_reason"), visible = make_atom("visible"), hidden = make_atom("hidden");
  Term keys[3], values[3];  // in the order of terms
  size_t n = 0;
  auto add = [&](Term key, Term value) {
    keys[n] = key;
    values[n++] = value;
  };
  if (options & ConnectionId) add(connection_id, change.connection_id < 0 ? atom::undefined : Term::small(change.connection_id));
  if (options & (Visible | Hidden)) add(node_type, change.visible ? visible : hidden);
  if ((options & Reason) && !change.up) add(nodedown_reason, b.copy(change.reason));
  HeapWriter& w = b.writer();
  if (options & AsMap) {
    if (!n) return map::empty();
    Tuple* names = w.tuple_of(n);
    for (size_t i = 0; i < n; i++) names->elements[i] = keys[i];
    Word* map = w.take(2 + n);
    map[0] = make_header(Kind::FlatMap, 1 + n);
    map[1] = names->term().raw();
    for (size_t i = 0; i < n; i++) map[2 + i] = values[i].raw();
    return Term::boxed(map);
  }
  // The connection's id first, then the reason.
  Term list = nil;
  auto push = [&](Term key) {
    for (size_t i = 0; i < n; i++)
      if (keys[i].same(key)) {
        Term pair = w.tuple(key, values[i]);
        list = w.cons(pair, list);
      }
  };
  push(node_type);
  push(nodedown_reason);
  push(connection_id);
  return list;
}

}  // namespace

int64_t monitor_nodes(Process& process, bool on, Term term) {
  unsigned options;
  if (!parse(term, &options)) return -1;
  RefKey key = nodes_key(process.pid, options);
  Monitor* m = find(process, key);
  int64_t before = m ? m->count : 0;
  if (!on) {
    drop_monitor(process, key);
    return before;
  }
  bool is_new = count_up(process, key, MonitorType::Nodes, Term());
  sys::Locked lock(watchers_lock);
  if (is_new) watchers().push_back({process.pid, options, 1});
  else find_watcher(process.pid, options)->count++;
  return before;
}

std::vector<NodesWatcher> nodes_watchers() {
  static const Term visible = make_atom("visible"), hidden = make_atom("hidden"), all = make_atom("all");
  std::vector<NodesWatcher> rows;
  sys::Locked lock(watchers_lock);
  for (size_t i = watchers().size(); i-- > 0;) {
    const Watcher& w = watchers()[i];
    bool both = (w.options & Visible) && (w.options & Hidden);
    Term types = both ? all : w.options & Visible ? visible : w.options & Hidden ? hidden : Term();
    rows.insert(rows.end(), w.count, {w.pid, types, (w.options & Reason) != 0});
  }
  return rows;
}

void drop_node_monitor(Process& process, const Monitor& m) {
  if (m.type == MonitorType::Node) {
    if (Connection* connection = find_connection(m.node)) connection->relations.remove_monitor(m.key);
    return;
  }
  sys::Locked lock(watchers_lock);
  watchers().erase(find_watcher(process.pid, unsigned(m.key.b & 0xff)));
}

void announce(const NodeChange& change) {
  static const Term nodeup = make_atom("nodeup"), nodedown = make_atom("nodedown");
  Term what = change.up ? nodeup : nodedown;
  std::vector<Watcher> all;
  {
    sys::Locked lock(watchers_lock);
    all = watchers();
  }
  size_t reason_words = change.up ? 0 : copy_size(change.reason);
  for (const Watcher& watcher : all) {
    Process* process = find_process(watcher.pid);
    if (!process || !wants(watcher.options, change.visible)) continue;
    constexpr size_t info_words = 3 * (3 + 2);  // more than a map takes
    MessageBuilder b(4 + info_words + reason_words);
    auto* s = new Announcement;
    s->options = watcher.options;
    if (watcher.options) {
      Term info = write_info(b, watcher.options, change);
      s->payload = b.writer().tuple(what, change.node, info);
    } else {
      s->payload = b.writer().tuple(what, change.node);
    }
    s->fragment = b.finish();
    send_signal(*process, s);
  }
}

}  // namespace joist::dist
