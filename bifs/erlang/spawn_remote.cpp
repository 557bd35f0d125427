// Spawn requests to other nodes: erts_internal:dist_spawn_request/4, spawn_request_abandon/1. The calls of erlang.erl wait for the answers.
#include <memory>

#include "bifs/bif.h"
#include "bifs/dist/busy.h"
#include "bifs/list_builder.h"
#include "vm/dist/nodes.h"
#include "vm/dist/spawn.h"
#include "vm/process/receive.h"
#include "vm/process/relations.h"
#include "vm/sched/spawn_options.h"
#include "vm/term/node.h"

namespace joist {

namespace {

struct Call {
  Term module, function, arguments;
  size_t arity;
};

bool parse_call(Term t, Call* out) {
  auto mfa = t.as<Tuple>();
  if (!mfa || mfa->arity() != 3 || !mfa->at(0).is_atom() || !mfa->at(1).is_atom()) return false;
  SWord arity = proper_length(mfa->at(2));
  if (arity < 0) return false;
  *out = {mfa->at(0), mfa->at(1), mfa->at(2), size_t(arity)};
  return true;
}

// What of the options is this node's business; the other one judges the rest.
struct Options {
  bool link = false, monitor = false, is_alias = false;
  uint8_t alias_mode = 0;
  Term monitor_tag;
  SpawnReply reply;
  size_t local = 0;           // options that the other node does not see
  bool plain_monitor = false;  // must be asked for there
};
enum class Parsed : uint8_t { Good, BadArgument, BadOption };

Parsed parse_options(Term list, bool answers_asked, Options* o) {
  Parsed bad = answers_asked ? Parsed::BadOption : Parsed::BadArgument;
  for (; list.is_cons(); list = list.as_cons()->tail) {
    Term option = list.as_cons()->head;
    if (option.same(atom::link)) o->link = true;
    if (option.same(atom::monitor)) o->monitor = true;
    auto t = option.as<Tuple>();
    if (!t || t->arity() != 2) continue;
    Term key = t->at(0), value = t->at(1);
    if (key.same(atom::monitor)) {
      o->monitor = o->plain_monitor = true;
      o->is_alias = false;
      o->monitor_tag = Term();
      if (!parse_monitor_options(value, &o->monitor_tag, &o->is_alias, &o->alias_mode)) return bad;
    } else if (key.same(atom::reply_tag)) {
      o->reply.tag = value;
      if (!answers_asked) return bad;
    } else if (key.same(atom::reply)) {
      if (!parse_reply_option(value, &o->reply) || !answers_asked) return bad;
    } else {
      continue;
    }
    o->local++;
  }
  return Parsed::Good;
}

bool is_local_option(Term option) {
  auto t = option.as<Tuple>();
  return t && t->arity() == 2 && (t->at(0).same(atom::monitor) || t->at(0).same(atom::reply_tag) || t->at(0).same(atom::reply));
}

// As the other node is to read them: monitor without options, and nothing about answers.
Term options_to_send(Heap& heap, Term list, const Options& o) {
  if (!o.local) return list;
  ListBuilder sent(heap, size_t(proper_length(list)) + 1);
  if (o.plain_monitor) sent.push(atom::monitor);
  for (; list.is_cons(); list = list.as_cons()->tail)
    if (!is_local_option(list.as_cons()->head)) sent.push(list.as_cons()->head);
  return sent.finish();
}

SpawnRequest* new_request(Process& p, Term ref, Term node, const Options& o) {
  auto* r = new SpawnRequest;
  r->key = ref_key(ref);
  r->node = node;
  r->link = o.link;
  r->monitor = o.monitor;
  r->is_alias = o.is_alias;
  r->tell_success = o.reply.on_success;
  r->tell_error = o.reply.on_error;
  r->ref.set(ref);
  r->reply_tag.set(o.reply.tag.is_value() ? o.reply.tag : atom::spawn_reply);
  if (o.monitor_tag.is_value()) r->monitor_tag.set(o.monitor_tag);
  relations_of(p).spawn_requests.insert(r);
  if (o.is_alias) add_alias(p, r->key, AliasMode(o.alias_mode));
  return r;
}

// A request whose arguments are large, between slices.
struct Sending final : NativeState {
  std::unique_ptr<dist::SlicedSend> send;
  RefKey key;
  Term result;
  Sending(dist::SlicedSend* s, RefKey k, Term r) : send(s), key(k), result(r) {}
  void visit_roots(RootVisitor& visitor) override {
    send->visit_roots(visitor);
    visitor.visit(result);
  }
};

NativeResult sent(NativeCall& c, Term node, SendStatus status, RefKey key, Term result) {
  if (status == SendStatus::Yield) return c.again();
  if (status == SendStatus::Done) return after_signal_to(c, node, result);
  if (SpawnRequest* request = find_spawn_request(c.process, key)) {
    if (dist::Connection* connection = dist::find_connection(node)) connection->relations.remove_monitor(key);
    fail_spawn_request(c.process, request, atom::system_limit);
  }
  return result;
}

}  // namespace

// What goes wrong from here on is told with the answer, as what goes wrong there.
BIF(erts_internal, dist_spawn_request, 4) {
  static const Term spawn_request = make_atom("spawn_request");
  Process& p = c.process;
  if (auto* sending = c.state<Sending>()) return sent(c, c.arg(0), sending->send->go_on(p), sending->key, sending->result);
  Term node = c.arg(0);
  Call call;
  if (!node.is_atom() || node.same(local_node_name()) || !parse_call(c.arg(1), &call) || proper_length(c.arg(2)) < 0) return atom::badarg;
  bool answers_asked = c.arg(3).same(spawn_request);
  Options o;
  Parsed parsed = parse_options(c.arg(2), answers_asked, &o);
  if (parsed == Parsed::BadArgument) return atom::badarg;
  dist::Connection* connection = parsed == Parsed::Good ? dist::connect_to(node) : nullptr;
  Term ref = o.is_alias ? make_pid_ref(p) : make_ref(c.heap());
  Term result = answers_asked ? ref : c.heap().reserve(Words(3)).tuple(ref, boolean(o.monitor));
  SpawnRequest* request = new_request(p, ref, node, o);
  c.charge(40);
  if (parsed == Parsed::BadOption) {
    fail_spawn_request(p, request, atom::badopt);
  } else if (!connection) {
    fail_spawn_request(p, request, atom::noconnection);
  } else {
    Term options = options_to_send(c.heap(), c.arg(2), o);
    Term mfa = c.heap().reserve(Words(4)).tuple(call.module, call.function, Term::small(SWord(call.arity)));
    dist::SlicedSend* rest = nullptr;
    SendStatus status = dist::send_spawn_request(p, *connection, *request, mfa, call.arguments, options, &rest);
    if (rest) c.set_state(new Sending(rest, request->key, result));
    return sent(c, node, status, request->key, result);
  }
  return result;
}

BIF(erlang, spawn_request_abandon, 1) {
  if (!is_ref(c.arg(0))) return badarg();
  return boolean(is_local_ref(c.arg(0)) && dist::abandon_spawn_request(c.process, ref_key(c.arg(0))));
}

}  // namespace joist
