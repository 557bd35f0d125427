// The table of connections, and this node's own coming and going.
//
// A row for each name that a connection was ever tried to; rows are never removed (the atom stays as well), so a look-up takes no lock. A
// row has the connection that is not over yet; once it is, and all have been told, the row lets go of it, and the pointer stays good until
// the next quiescent point of whoever read it.
//
// This node is alive from become_alive() on. When net_kernel ends, all connections are ended; when the last one is, this node has no name.
#include "vm/dist/nodes.h"

#include <algorithm>

#include "vm/dist/node_monitors.h"
#include "vm/dist/signals.h"
#include "vm/dist/spawn.h"
#include "vm/process/hooks.h"
#include "vm/process/process_table.h"
#include "vm/process/registry.h"
#include "vm/process/send.h"
#include "vm/sched/quiescence.h"
#include "vm/sys/clock.h"
#include "vm/term/node.h"

namespace joist::dist {

namespace {

constexpr size_t buckets = 1024;
constexpr uint32_t id_mask = 0xffffff;

struct Row {
  Term name;
  Row* next;                             // constant
  std::atomic<Connection*> current{nullptr};  // has a reference; table_lock writes
  // ---- table_lock
  uint32_t last_id;
  int64_t ended = 0;                     // when current went, or this node's name was another; 0: there was none
};

sys::Mutex table_lock{sys::LockRank::Nodes};
std::atomic<Row*> table[buckets];

// ---- under change_lock, which is held while those who watch nodes are told
enum class Alive : uint8_t { No, Yes, Ending };
sys::Mutex change_lock{sys::LockRank::NodeMonitors};
std::atomic<Alive> alive{Alive::No};
std::atomic<Word> net_kernel{0};         // the pid that makes this node alive; raw
Term end_reason;                         // an atom, while Ending
// Connected, oldest first, each with a reference. `announced` unless an earlier connection to that node is not over yet.
struct Up {
  Connection* connection;
  bool announced;
};
std::vector<Up>& up() {
  static std::vector<Up> all;
  return all;
}

std::vector<Up>::iterator find_up(Connection& c) {
  return std::find_if(up().begin(), up().end(), [&](Up& u) { return u.connection == &c; });
}

Term net_kernel_name() {
  static const Term name = make_atom("net_kernel");
  return name;
}

std::atomic<Row*>& bucket_of(Term name) { return table[name.atom_index() % buckets]; }

Row* find_row(Term name) {
  Row* row = bucket_of(name).load(std::memory_order_acquire);
  while (row && !row->name.same(name)) row = row->next;
  return row;
}

// Under table_lock.
Row& make_row(Term name) {
  if (Row* row = find_row(name)) return *row;
  auto& first = bucket_of(name);
  auto* row = new Row;
  row->name = name;
  row->last_id = uint32_t(sys::monotonic_time()) & id_mask;
  row->next = first.load(std::memory_order_relaxed);
  first.store(row, std::memory_order_release);
  return *row;
}

void release_connection(void* connection) { static_cast<Connection*>(connection)->release(); }

Connection* current_or_new(Term node, bool* fresh) {
  Connection* old;
  Connection* connection;
  {
    sys::Locked lock(table_lock);
    Row& row = make_row(node);
    old = row.current.load(std::memory_order_relaxed);
    if (old && old->state() != ConnectionState::Ended) {
      *fresh = false;
      return old;
    }
    row.last_id = (row.last_id + 1) & id_mask;
    connection = new Connection(node, row.last_id);
    row.current.store(connection, std::memory_order_release);
  }
  if (old) retire(old, release_connection);
  *fresh = true;
  return connection;
}

void forget(Connection& connection) {
  {
    sys::Locked lock(table_lock);
    Row* row = find_row(connection.node);
    if (row->current.load(std::memory_order_relaxed) != &connection) return;
    row->current.store(nullptr, std::memory_order_release);
    row->ended = sys::monotonic_time();
  }
  retire(&connection, release_connection);
}

// A name that this node had stays known for a while, as other nodes' do.
void rename_this_node(Term name, uint32_t creation) {
  Term old = local_node_name();
  set_local_node(name, creation);
  sys::Locked lock(table_lock);
  make_row(old).ended = sys::monotonic_time();
}

NodeChange change_of(Connection& c, bool is_up, Term reason = Term()) { return {is_up, c.node, c.is_visible(), c.id, reason}; }

// Under change_lock.
void end_if_last() {
  if (alive.load(std::memory_order_relaxed) != Alive::Ending || !up().empty()) return;
  Term name = local_node_name();
  rename_this_node(atom::nonode_nohost, 0);
  alive.store(Alive::No, std::memory_order_seq_cst);
  announce({false, name, true, -1, end_reason});
}

// What it holds, which stays while it does.
struct Held {
  std::vector<Connection*> all;
  void add(Connection& c) {
    c.retain();
    all.push_back(&c);
  }
  ~Held() {
    for (Connection* c : all) c->release();
  }
};

void net_kernel_ends(Term reason) {
  static const Term no_network = make_atom("no_network"), net_kernel_terminated = make_atom("net_kernel_terminated");
  Held held;
  {
    sys::Locked lock(change_lock);
    net_kernel.store(0, std::memory_order_seq_cst);
    alive.store(Alive::Ending, std::memory_order_seq_cst);
    end_reason = reason.same(no_network) ? no_network : net_kernel_terminated;
    for (Up& u : up()) held.add(*u.connection);
  }
  for (Connection* c : held.all) c->close(end_reason);
  each_connection([](Connection& c, void*) { c.abort(); }, nullptr);
  sys::Locked lock(change_lock);
  end_if_last();
}

// A process exits that was net_kernel or controlled a connection.
bool exit_step(Process& process) {
  if (!(process.load_state() & process_state::Distribution)) return true;
  if (net_kernel.load(std::memory_order_seq_cst) == process.pid.raw()) {
    net_kernel_ends(process.exit_reason);
    return true;
  }
  Held held;
  {
    sys::Locked lock(change_lock);
    for (Up& u : up())
      if (u.connection->controller().same(process.pid)) held.add(*u.connection);
  }
  // Supervised controllers end with {shutdown, Reason}.
  static const Term shutdown = make_atom("shutdown");
  Term reason = process.exit_reason;
  if (auto t = reason.as<Tuple>(); t && t->arity() == 2 && t->at(0).same(shutdown)) reason = t->at(1);
  for (Connection* c : held.all) c->end(reason);
  return true;
}

}  // namespace

bool is_node_name(Term atom) {
  if (!atom.is_atom()) return false;
  std::string_view text = atom_text(atom);
  size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size() || text.find('@', at + 1) != std::string_view::npos) return false;
  return std::all_of(text.begin(), text.begin() + std::ptrdiff_t(at), [](unsigned char c) {
    return c == '-' || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
}

bool is_alive() { return alive.load(std::memory_order_seq_cst) != Alive::No; }

bool become_alive(Term name, uint32_t creation) {
  if (!is_node_name(name) || name.same(atom::nonode_nohost)) return false;
  sys::Locked lock(change_lock);
  if (alive.load(std::memory_order_relaxed) != Alive::No) return false;
  Term pid = whereis(net_kernel_name());
  Process* process = pid.is_value() && pid.is_local_pid() ? find_process(pid) : nullptr;
  // One that controls a connection cannot be net_kernel as well.
  if (!process || (process->state.fetch_or(process_state::Distribution, std::memory_order_seq_cst) & process_state::Distribution))
    return false;
  net_kernel.store(pid.raw(), std::memory_order_seq_cst);
  // Its exit comes past exit_step from now on, or it has begun to already.
  if (process->exiting()) {
    net_kernel.store(0, std::memory_order_seq_cst);
    return false;
  }
  rename_this_node(name, creation);
  alive.store(Alive::Yes, std::memory_order_seq_cst);
  announce({true, name, true, -1, Term()});
  return true;
}

Connection* find_connection(Term node) {
  Row* row = find_row(node);
  return row ? row->current.load(std::memory_order_acquire) : nullptr;
}

Connection* new_connection(Term node) {
  bool fresh;
  return current_or_new(node, &fresh);
}

Connection* connect_to(Term node, bool no_connect) {
  if (!is_alive() || node.same(local_node_name())) return nullptr;
  Connection* connection = find_connection(node);
  if (connection && connection->state() != ConnectionState::Ended) return connection;
  if (no_connect) return nullptr;
  bool fresh;
  connection = current_or_new(node, &fresh);
  if (!fresh) return connection;
  Term pid = whereis(net_kernel_name());
  Process* process = pid.is_value() && pid.is_local_pid() ? find_process(pid) : nullptr;
  if (!process) {
    connection->abort();
    return nullptr;
  }
  static const Term auto_connect = make_atom("auto_connect");
  MessageBuilder b(4 + handle_words);
  Term handle = write_handle(b.writer(), *connection);
  Term message = b.writer().tuple(auto_connect, node, handle);
  b.send(*process, Term(), message);
  return connection;
}

Connection* connection_of_handle(Term handle) {
  auto t = handle.as<Tuple>();
  if (!t || t->arity() != 2 || !t->at(0).is_small()) return nullptr;
  auto ref = t->at(1).as<MagicRef>();
  if (!ref || ref->object->type != &Connection::magic_type) return nullptr;
  auto* connection = static_cast<Connection*>(ref->object);
  return t->at(0).small_value() == SWord(connection->id) ? connection : nullptr;
}

Term write_handle(HeapWriter& w, Connection& connection) {
  connection.retain();
  Term ref = make_magic_ref(w, &connection);
  return w.tuple(Term::small(connection.id), ref);
}

void each_connection(void (*f)(Connection& connection, void* context), void* context) {
  for (auto& first : table)
    for (Row* row = first.load(std::memory_order_acquire); row; row = row->next) {
      Connection* c = row->current.load(std::memory_order_acquire);
      if (c && c->state() != ConnectionState::Ended) f(*c, context);
    }
}

bool waits_for_connection(Term pid) {
  if (!waiting_processes.load(std::memory_order_relaxed)) return false;
  struct Asked {
    Term pid;
    bool found;
  } asked{pid, false};
  each_connection([](Connection& c, void* context) {
    auto& asked = *static_cast<Asked*>(context);
    asked.found |= c.has_waiter(asked.pid);
  }, &asked);
  return asked.found;
}

std::vector<Connection*> connected_nodes() {
  std::vector<Connection*> all;
  sys::Locked lock(change_lock);
  for (Up& u : up())
    if (u.connection->state() == ConnectionState::Connected) all.push_back(u.connection);
  return all;
}

std::vector<Term> known_nodes() {
  std::vector<Term> names;
  int64_t now = sys::monotonic_time(), delay = known_node_milliseconds.load(std::memory_order_relaxed);
  auto remembered = [&](Row& row) { return row.ended && (delay < 0 || (now - row.ended) / 1'000'000 < delay); };
  {
    sys::Locked lock(table_lock);
    for (auto& first : table)
      for (Row* row = first.load(std::memory_order_relaxed); row; row = row->next)
        if (row->current.load(std::memory_order_relaxed) || remembered(*row)) names.push_back(row->name);
  }
  each_node([](const NodeEntry& node, void* all) { static_cast<std::vector<Term>*>(all)->push_back(node.name); }, &names);
  std::sort(names.begin(), names.end(), [](Term a, Term b) { return a.raw() < b.raw(); });
  names.erase(std::unique(names.begin(), names.end(), [](Term a, Term b) { return a.same(b); }), names.end());
  Term self = local_node_name();
  names.erase(std::remove_if(names.begin(), names.end(), [&](Term name) { return name.same(self); }), names.end());
  return names;
}

void tell_node_up(Connection& c) {
  bool too_late;
  {
    sys::Locked lock(change_lock);
    if (auto at = find_up(c); at != up().end()) {  // its end overtook it
      up().erase(at);
      return;
    }
    bool again = std::any_of(up().begin(), up().end(), [&](Up& u) { return u.connection->node.same(c.node); });
    c.retain();
    up().push_back({&c, !again});
    if (!again) announce(change_of(c, true));
    too_late = alive.load(std::memory_order_relaxed) != Alive::Yes;
  }
  static const Term net_kernel_terminated = make_atom("net_kernel_terminated");
  if (too_late) c.close(net_kernel_terminated);
  // Its end looks for connections in exit_step, which may have been before.
  Term controller = c.controller();
  if (controller.is_local_pid() && !find_process(controller)) c.end(atom::noproc);
}

void tell_node_down(Connection& c, bool was_up, Term reason) {
  forget(c);
  if (!was_up) return;
  static const Term connection_closed = make_atom("connection_closed");
  sys::Locked lock(change_lock);
  auto at = find_up(c);
  if (at == up().end()) {
    up().push_back({&c, false});  // until tell_node_up, which is under way
    return;
  }
  up().erase(at);
  announce(change_of(c, false, reason.same(atom::normal) ? connection_closed : reason));
  for (Up& u : up())
    if (u.connection->node.same(c.node) && !u.announced) {
      u.announced = true;
      announce(change_of(*u.connection, true));
      break;
    }
  c.release();
  end_if_last();
}

void install() {
  process_hooks.exit_steps[size_t(ExitStep::Distribution)] = exit_step;
  process_hooks.node_demonitor = drop_node_monitor;
  install_spawn();
  install_signals();
}

}  // namespace joist::dist
