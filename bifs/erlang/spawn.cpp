// spawn/3, spawn_link/3, spawn_opt/4, erts_internal:spawn_request/4, spawn_system_process/3. Everything else named spawn is Erlang
// code on top of these.
#include "vm/process/spawn.h"

#include "bifs/bif.h"
#include "bifs/list_builder.h"
#include "gc/collect.h"
#include "vm/process/receive.h"
#include "vm/process/relations.h"
#include "vm/process/send.h"
#include "vm/process/trace_hooks.h"
#include "vm/sched/spawn_options.h"

namespace joist {

namespace {

bool parse_call(NativeCall& c, SpawnOptions* o) {
  if (!c.arg(0).is_atom() || !c.arg(1).is_atom()) return false;
  SWord arity = proper_length(c.arg(2));
  if (arity < 0) return false;
  o->module = c.arg(0);
  o->function = c.arg(1);
  o->args = c.arg(2);
  o->arity = size_t(arity);
  return true;
}

NativeResult spawn(NativeCall& c, SpawnOptions& o) {
  if (o.arity > 255) return system_limit();
  if (o.monitor) o.monitor_ref = o.monitor_is_alias ? make_pid_ref(c.process) : make_ref(c.heap());
  Process* child = spawn_process(&c.process, o);
  if (!child) return system_limit();
  c.charge(100);
  if (!o.monitor) return child->pid;
  return c.heap().reserve(Words(3)).tuple(child->pid, o.monitor_ref);
}

}  // namespace

BIF(erlang, spawn, 3) {
  SpawnOptions o;
  if (!parse_call(c, &o)) return badarg();
  return spawn(c, o);
}

BIF(erlang, spawn_link, 3) {
  SpawnOptions o;
  if (!parse_call(c, &o)) return badarg();
  o.link = true;
  Word cell[2];
  OffHeap* none = nullptr;
  o.options = HeapWriter(cell, cell + 2, &none).cons(atom::link, nil);
  return spawn(c, o);
}

BIF(erlang, spawn_opt, 4) {
  SpawnOptions o;
  if (!parse_spawn_options(c.arg(3), &o, nullptr)) return c.badarg(atom::badopt);
  if (!parse_call(c, &o)) return badarg();
  o.options = c.arg(3);
  return spawn(c, o);
}

BIF(erts_internal, spawn_system_process, 3) {
  SpawnOptions o;
  if (!parse_call(c, &o)) return badarg();
  o.system = true;
  o.priority = Priority::Normal;
  return spawn(c, o);
}

namespace {

// As parse_spawn_options. Where that fails, options that say how to answer count all the same.
bool parse_spawn_request_options(Term list, SpawnOptions* o, SpawnReply* reply) {
  if (parse_spawn_options(list, o, reply)) return true;
  for (; list.is_cons(); list = list.as_cons()->tail) {
    auto t = list.as_cons()->head.as<Tuple>();
    if (!t || t->arity() != 2) continue;
    if (t->at(0).same(atom::reply_tag)) reply->tag = t->at(1);
    if (t->at(0).same(atom::reply)) reply->on_error = !t->at(1).same(atom::no) && !t->at(1).same(atom::success_only);
  }
  return false;
}

}  // namespace

// {Tag, ReqId, ok, Pid} or {Tag, ReqId, error, Reason} comes as a message; a monitor's reference is the request id.
BIF(erts_internal, spawn_request, 4) {
  SpawnOptions o;
  SpawnReply reply;
  if (!parse_call(c, &o)) return atom::badarg;
  if (proper_length(c.arg(3)) < 0) return atom::badopt;
  bool understood = parse_spawn_request_options(c.arg(3), &o, &reply);
  Term id = o.monitor && o.monitor_is_alias ? make_pid_ref(c.process) : make_ref(c.heap());
  o.monitor_ref = id;
  Term tag = reply.tag.is_value() ? reply.tag : atom::spawn_reply;
  o.options = c.arg(3);
  o.reply_tag = tag;
  o.asynchronous = true;
  Process* child = o.arity > 255 || !understood ? nullptr : prepare_process(&c.process, o);
  c.charge(100);
  if (child ? reply.on_success : reply.on_error) {
    Word words[5];
    OffHeap* none = nullptr;
    Term result = child ? child->pid : understood ? atom::system_limit : atom::badopt;
    Term message = HeapWriter(words, words + 5, &none).tuple(tag, id, child ? atom::ok : atom::error, result);
    // From the child, before it does anything.
    Term token = child ? sequence_token_sent(*child, c.process.pid, message) : Term();
    send_message(c.process, child ? child->pid : c.process.pid, message, token);
  }
  if (child) start_process(*child);
  return id;
}

}  // namespace joist
