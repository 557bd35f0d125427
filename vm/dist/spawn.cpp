// Spawning between nodes.
//
// Who asks keeps a record of the request (SpawnRequest) until the answer comes, and the connection a tie to it, so that it is told when the
// connection ends. The answer is a signal to that process, which turns the record into link and monitor before it sees anything else of
// the child.
//
// When the asker exits before that, a child with a link must hear of it with the asker's reason. The answer may come before or after the
// asker gives up its record: whichever comes first leaves what it knows with the bereaved, the other sends the exit signal.
//
// Here, a child is made for the node that asks, and runs erts_internal:dist_spawn_init/1, which waits for the arguments as its first message:
// so it decodes them itself if they are large.
#include "vm/dist/spawn.h"

#include <algorithm>

#include "vm/dist/nodes.h"
#include "vm/process/hooks.h"
#include "vm/process/process_table.h"
#include "vm/process/receive.h"
#include "vm/process/send.h"
#include "vm/process/trace_hooks.h"
#include "vm/sched/spawn_options.h"
#include "vm/term/identity.h"
#include "vm/term/list_util.h"

namespace joist::dist {

namespace {

void send_exit_of_link(Connection& c, Term parent, Term child, Term reason) {
  c.relations.remove_link(parent, child);
  c.send(parent, ScratchControl().tuple(Control::PayloadExit, parent, child), reason);
}

// ---- askers that exit

// What is known of a request with a link whose asker exits: its reason, or the child.
struct Bereaved {
  RefKey key;
  Connection* connection;  // has a reference
  bool answered;
  KeptTerm what;           // the reason, or when it is answered the child
};
sys::Mutex bereaved_lock{sys::LockRank::Leaf};
std::vector<Bereaved*>& bereaved() {
  static std::vector<Bereaved*> all;
  return all;
}

void destroy(Bereaved* b) {
  b->connection->release();
  delete b;
}

// What the other side left, which the caller destroys; or null, and `what` is left for it.
Bereaved* meet(Connection& c, RefKey key, bool answered, Term what) {
  std::vector<Bereaved*> over;
  Bereaved* other = nullptr;
  {
    sys::Locked lock(bereaved_lock);
    auto& all = bereaved();
    auto at = std::find_if(all.begin(), all.end(), [&](Bereaved* b) { return b->key == key && b->answered != answered; });
    if (at != all.end()) {
      other = *at;
      all.erase(at);
    } else {
      // Those of connections that are over wait for nothing.
      auto gone = std::partition(all.begin(), all.end(), [](Bereaved* b) { return b->connection->state() != ConnectionState::Ended; });
      over.assign(gone, all.end());
      all.erase(gone, all.end());
      c.retain();
      auto* mine = new Bereaved{key, &c, answered, {}};
      mine->what.set(what);
      all.push_back(mine);
    }
  }
  for (Bereaved* b : over) destroy(b);
  return other;
}

void asker_exits(Process& process, const SpawnRequest& request) {
  Connection* c = find_connection(request.node);
  if (!c || c->state() == ConnectionState::Ended) return;
  c->relations.remove_monitor(request.key);
  if (!request.link) return;
  static const Term abandoned = make_atom("abandoned");
  Term reason = request.abandoned ? abandoned : process.exit_reason;
  if (Bereaved* answer = meet(*c, request.key, false, reason)) {
    send_exit_of_link(*c, process.pid, answer->what.term, reason);
    destroy(answer);
  }
}

// ---- answers

// payload: the child, or an atom for what failed.
struct Answer final : RequestSignal {
  Connection& connection;
  RefKey key;
  Term ref, parent;  // ref: in the fragment, when there is one
  bool link, monitor;
  Answer(Connection& c, Term ref, Term parent, bool link, bool monitor)
      : connection(c), key(ref_key(ref)), ref(ref), parent(parent), link(link), monitor(monitor) {
    connection.retain();
  }
  ~Answer() override { connection.release(); }

  bool run(Process& p) override {
    SpawnRequest* request = find_spawn_request(p, key);
    if (!request) {  // abandoned
      if (link) connection.relations.remove_link(p.pid, payload);
      return true;
    }
    p.state.fetch_or(process_state::Active, std::memory_order_seq_cst);
    if (payload.is_atom()) {
      connection.relations.remove_monitor(key);
      fail_spawn_request(p, request, payload);
      return true;
    }
    p.relations->spawn_requests.remove(request);
    if (request->abandoned) {
      connection.relations.remove_monitor(key);
      static const Term abandoned = make_atom("abandoned");
      if (link) send_exit_of_link(connection, p.pid, payload, abandoned);
    } else {
      if (link && !p.relations->links.find(pid_key(payload))) {
        add_link(p, payload);
        trace_process_event(p, "link", payload);
      }
      if (request->monitor) {
        Term tag = request->monitor_tag.term;
        add_monitor(p, request->ref.term, MonitorType::Process, payload, Term(), connection.node, tag)->is_alias = request->is_alias;
      } else {
        connection.relations.remove_monitor(key);
      }
      answer_spawn_request(p, *request, payload);
    }
    delete request;
    return true;
  }

  void receiver_gone() override {
    connection.relations.remove_monitor(key);
    if (payload.is_atom()) return;
    if (monitor) connection.send(parent, ScratchControl().tuple(Control::Demonitor, parent, payload, ref));
    if (!link) return;
    if (Bereaved* asker = meet(connection, key, true, payload)) {
      send_exit_of_link(connection, parent, payload, asker->what.term);
      destroy(asker);
    }
  }
};

// ---- children for other nodes

// The arguments of a child, too large to be decoded for it.
struct Arguments final : RequestSignal {
  Connection& connection;
  Payload arguments;
  Arguments(Connection& c, Payload&& p) : connection(c), arguments(std::move(p)) { connection.retain(); }
  ~Arguments() override { connection.release(); }
  bool run(Process& p) override {
    p.reductions -= SWord(arguments.size() / 64);
    FragmentTerm list;
    if (!arguments.decode(&list)) {
      connection.close(atom::killed);
      send_exit(p, p.pid, atom::kill);
      return true;
    }
    append_message(p, from, list.term, list.fragment, token);
    p.state.fetch_or(process_state::Active, std::memory_order_seq_cst);
    return true;
  }
  void receiver_gone() override {}
};

// As the first message, before anyone else's. The child has not run, and is in no queue: it is the caller's. False: malformed.
bool give_arguments(Process& child, Connection& connection, IncomingSignal& signal, Term from, Term token) {
  if (signal.payload.size() <= fragment_bytes) {
    FragmentTerm list;
    Term own_token;
    if (!signal.payload.decode(&list, token, &own_token)) return false;
    append_message(child, Term(), list.term, list.fragment, own_token);
    return true;
  }
  auto* s = new Arguments(connection, std::move(signal.payload));
  s->from = from;
  s->token = token;
  s->fragment = std::exchange(signal.fragment, nullptr);
  child.deferred = child.deferred_last = s;
  child.state.fetch_or(process_state::Signals, std::memory_order_seq_cst);
  return true;
}

struct Request {
  Term ref, from, leader, call, options, token;  // token: nil for none
};

void answer(Connection& connection, Term sender, const Request& r, unsigned flags, Term result) {
  ScratchControl scratch;
  Term small = Term::small(SWord(flags));
  Term control = r.token.is_nil() ? scratch.tuple(Control::SpawnReply, r.ref, r.from, small, result)
                                  : scratch.tuple(Control::SpawnReplyTraced, r.ref, r.from, small, result, r.token);
  connection.send(sender, control);
}

}  // namespace

bool spawn_requested(Connection& connection, IncomingSignal& signal) {
  Tuple& t = *signal.control.as<Tuple>();
  bool traced = Control(t.at(0).small_value()) == Control::SpawnRequestTraced;
  if (t.arity() != (traced ? 7 : 6) || signal.payload.is_empty()) return false;
  Request r{t.at(1), t.at(2), t.at(3), t.at(4), t.at(5), traced ? t.at(6) : nil};
  auto call = r.call.as<Tuple>();
  if (!r.ref.is<ExternalRef>() || !is_external_pid(r.from) || !is_pid(r.leader) || !call || call->arity() != 3 || !call->at(0).is_atom() ||
      !call->at(1).is_atom() || !call->at(2).is_small() || list::proper_length(r.options) < 0)
    return false;
  SpawnOptions o;
  if (!parse_spawn_options(r.options, &o, nullptr)) {
    answer(connection, Term(), r, 0, atom::badopt);
    return true;
  }
  static const Term dist_spawn_init = make_atom("dist_spawn_init");
  Word cell[2];
  OffHeap* none = nullptr;
  o.module = atom::erts_internal;
  o.function = dist_spawn_init;
  o.args = HeapWriter(cell, cell + 2, &none).cons(r.call, nil);
  o.arity = 1;
  o.group_leader = r.leader;
  o.parent = r.from;
  Process* child = prepare_process(nullptr, o);
  if (!child) {
    answer(connection, Term(), r, 0, atom::system_limit);
    return true;
  }
  child->initial_module = call->at(0);
  child->initial_function = call->at(1);
  child->initial_arity = uint32_t(call->at(2).small_value());
  if (o.link) {
    add_link(*child, r.from);
    connection.relations.add_link(child->pid, r.from);
  }
  if (o.monitor) {
    add_monitored_by(*child, ref_key(r.ref), r.from, Term(), r.ref);
    connection.relations.add_monitored(child->pid, ref_key(r.ref));
  }
  answer(connection, child->pid, r, (o.link ? spawned_with_link : 0) | (o.monitor ? spawned_with_monitor : 0), child->pid);
  bool good = give_arguments(*child, connection, signal, r.from, r.token);
  if (!good) send_exit(*child, child->pid, atom::kill);
  start_process(*child);
  return good;
}

bool spawn_replied(Connection& connection, IncomingSignal& signal) {
  Tuple& t = *signal.control.as<Tuple>();
  bool traced = Control(t.at(0).small_value()) == Control::SpawnReplyTraced;
  if (t.arity() != (traced ? 6 : 5) || !signal.payload.is_empty()) return false;
  Term ref = t.at(1), parent = t.at(2), result = t.at(4);
  if (!is_ref(ref) || !is_pid(parent) || !t.at(3).is_small() || !(is_external_pid(result) || result.is_atom())) return false;
  SWord flags = t.at(3).small_value();
  if (flags < 0 || flags >= SWord(1) << 27) return false;
  if (!parent.is_local_pid() || !is_local_ref(ref)) return node_of(parent).name.same(local_node_name());  // of an earlier this
  bool spawned = !result.is_atom();
  bool link = spawned && (flags & spawned_with_link);
  auto* s = new Answer(connection, ref, parent, link, spawned && (flags & spawned_with_monitor));
  s->payload = result;
  s->fragment = std::exchange(signal.fragment, nullptr);
  if (link) connection.relations.add_link(parent, result);
  if (Process* p = find_process(parent)) {
    send_signal(*p, s);
  } else {
    s->receiver_gone();
    destroy_signal(s);
  }
  return true;
}

void not_understood(Connection& connection, Term control) {
  auto t = control.as<Tuple>();
  SWord operation = t->at(0).small_value();
  if (operation != SWord(Control::SpawnRequest) && operation != SWord(Control::SpawnRequestTraced)) return;
  static const Term notsup = make_atom("notsup");
  auto* s = new Answer(connection, t->at(1), t->at(2), false, false);
  s->payload = notsup;
  if (Process* p = find_process(t->at(2))) send_signal(*p, s);
  else destroy_signal(s);
}

SendStatus send_spawn_request(Process& process, Connection& connection, const SpawnRequest& request, Term call, Term arguments, Term options,
                              SlicedSend** rest) {
  connection.relations.add_monitor(process.pid, request.key);
  HeapWriter w = process.heap.reserve(Words(pid_ref_words + 8));
  Term ref = copy_into(request.ref.term, w);
  Term control;
  if (process.sequence_token.is_nil()) {
    control = w.tuple(Term::small(SWord(Control::SpawnRequest)), ref, process.pid, process.group_leader, call, options);
  } else {
    // Two messages, for sequence tracing: the request, and the arguments.
    static const Term spawn_request = make_atom("spawn_request");
    ScratchControl scratch;
    Term message = scratch.writer().tuple(spawn_request, ref, process.pid, process.group_leader, call, options);
    sequence_token_sent(process, connection.node, message);
    Term token = sequence_token_sent(process, connection.node, arguments);
    control = w.tuple(Term::small(SWord(Control::SpawnRequestTraced)), ref, process.pid, process.group_leader, call, options, token);
  }
  if (connection.state() != ConnectionState::Connected || !(connection.flags() & flag::spawn))
    return connection.send(process.pid, control, arguments) ? SendStatus::Done : SendStatus::SystemLimit;
  auto* send = new SlicedSend(connection, control, arguments);
  SendStatus status = send->go_on(process);
  if (status == SendStatus::Yield) *rest = send;
  else delete send;
  return status;
}

bool abandon_spawn_request(Process& process, RefKey ref) {
  SpawnRequest* request = find_spawn_request(process, ref);
  if (!request || request->abandoned) return false;
  if (request->link) {
    request->abandoned = true;  // the answer says who must be told
    return true;
  }
  if (Connection* c = find_connection(request->node)) c->relations.remove_monitor(ref);
  process.relations->spawn_requests.remove(request);
  if (request->is_alias) drop_alias(process, ref);
  delete request;
  return true;
}

void install_spawn() { process_hooks.spawn_request_left = asker_exits; }

}  // namespace joist::dist
