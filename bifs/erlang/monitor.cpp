// monitor/2,3, demonitor/1,2, alias/1, unalias/1.
#include "bifs/bif.h"
#include "bifs/dist/alive.h"
#include "bifs/dist/busy.h"
#include "vm/process/hooks.h"
#include "vm/process/process_table.h"
#include "vm/process/receive.h"
#include "vm/process/registry.h"
#include "vm/process/relations.h"
#include "vm/process/send.h"
#include "vm/sched/spawn_options.h"
#include "vm/sched/time_offset_monitors.h"
#include "vm/term/node.h"

namespace joist {

namespace {

struct Options {
  Term tag;
  bool is_alias = false;
  uint8_t mode = 0;
};

Monitor* record(NativeCall& c, Term ref, const Options& o, MonitorType type, Term target, Term name, Term node) {
  Monitor* m = add_monitor(c.process, ref, type, target, name, node, o.tag);
  m->is_alias = o.is_alias;
  return m;
}

// A local process, or none: then it is down at once.
void monitor_local(NativeCall& c, Term ref, const Options& o, Term pid, Term name) {
  record(c, ref, o, MonitorType::Process, pid, name, name.is_value() ? local_node_name() : Term());
  Process* p = pid.is_value() && pid.is_local_pid() ? find_process(pid) : nullptr;
  if (!p) {
    send_monitor_down(c.process, ref_key(ref), atom::noproc);
    return;
  }
  auto* s = new MonitorSignal;
  s->kind = SignalKind::Monitor;
  s->from = c.process.pid;
  s->ref = ref_key(ref);
  s->name = name;
  send_signal(*p, s);
}

NativeResult monitor_process(NativeCall& c, Term item, const Options& o) {
  Term name, node, target;
  if (item.is_atom()) {
    name = item;
    node = local_node_name();
  } else if (auto t = item.as<Tuple>(); t && t->arity() == 2 && t->at(0).is_atom() && t->at(1).is_atom()) {
    name = t->at(0);
    node = t->at(1);
    if (!node.same(local_node_name()) && !is_or_will_be_alive()) return badarg();
  } else if (is_pid(item)) {
    target = item;
  } else {
    return badarg();
  }
  Term ref = o.is_alias ? make_pid_ref(c.process) : make_ref(c.heap());
  if (o.is_alias) add_alias(c.process, ref_key(ref), AliasMode(o.mode));
  if (name.is_value()) {
    if (node.same(local_node_name())) {
      Term pid = whereis(name);
      if (pid.is_value() && pid.same(c.process.pid)) return ref;
      monitor_local(c, ref, o, pid.is_value() && pid.is_local_pid() ? pid : Term(), name);
    } else {
      record(c, ref, o, MonitorType::Process, Term(), name, node);
      if (process_hooks.remote_monitor) process_hooks.remote_monitor(c.process, name, node, ref_key(ref));
      else send_monitor_down(c.process, ref_key(ref), atom::noconnection);
      return after_signal_to(c, node, ref);
    }
    return ref;
  }
  if (target.same(c.process.pid)) return ref;
  if (target.is_local_pid()) {
    monitor_local(c, ref, o, target, Term());
    return ref;
  }
  auto* e = reinterpret_cast<External*>(target.boxed_words());
  record(c, ref, o, MonitorType::Process, target, Term(), e->node->name);
  if (e->node->name.same(local_node_name())) send_monitor_down(c.process, ref_key(ref), atom::noproc);
  else if (process_hooks.remote_monitor) process_hooks.remote_monitor(c.process, target, e->node->name, ref_key(ref));
  else send_monitor_down(c.process, ref_key(ref), atom::noconnection);
  return after_signal_to(c, e->node->name, ref);
}

NativeResult monitor_port(NativeCall& c, Term item, const Options& o) {
  Term name, port, gone;
  if (item.is_atom()) {
    name = item;
  } else if (auto t = item.as<Tuple>(); t && t->arity() == 2 && t->at(0).is_atom() && t->at(1).is_atom()) {
    if (!t->at(1).same(local_node_name())) return badarg();
    name = t->at(0);
  } else if (item.is_local_port()) {
    port = item;
  } else if (auto e = item.as<ExternalPort>(); e && e->node->name.same(local_node_name())) {
    gone = item;  // of an earlier incarnation of this node
  } else {
    return badarg();
  }
  if (name.is_value()) {
    Term found = whereis(name);
    if (found.is_value() && found.is_local_port()) port = found;
  }
  Term ref = o.is_alias ? make_pid_ref(c.process) : make_ref(c.heap());
  if (o.is_alias) add_alias(c.process, ref_key(ref), AliasMode(o.mode));
  record(c, ref, o, MonitorType::Port, gone.is_value() ? gone : port, name, name.is_value() ? local_node_name() : Term());
  if (!port.is_value() || !process_hooks.port_monitor || !process_hooks.port_monitor(c.process, port, ref_key(ref), name))
    send_monitor_down(c.process, ref_key(ref), atom::noproc);
  return ref;
}

NativeResult monitor(NativeCall& c, const Options& o) {
  Term type = c.arg(0), item = c.arg(1);
  c.charge(5);
  if (type.same(atom::process)) return monitor_process(c, item, o);
  if (type.same(atom::port)) return monitor_port(c, item, o);
  if (type.same(atom::time_offset)) {
    if (!item.same(atom::clock_service)) return badarg();
    Term ref = o.is_alias ? make_pid_ref(c.process) : make_ref(c.heap());
    if (o.is_alias) add_alias(c.process, ref_key(ref), AliasMode(o.mode));
    record(c, ref, o, MonitorType::TimeOffset, item, Term(), Term());
    add_time_offset_monitor(c.process.pid, ref_key(ref));
    return ref;
  }
  static const Term badtype = make_atom("badtype");
  return c.badarg(badtype);
}

}  // namespace

BIF(erlang, monitor, 2) { return monitor(c, {}); }

BIF(erlang, monitor, 3) {
  Options o;
  if (!parse_monitor_options(c.arg(2), &o.tag, &o.is_alias, &o.mode)) {
    return c.badarg(atom::badopt);
  }
  return monitor(c, o);
}

namespace {

// One of this node's, perhaps of an earlier incarnation.
bool may_be_own_ref(Term t) {
  if (auto e = t.as<ExternalRef>()) return e->node->name.same(local_node_name());
  return is_ref(t);
}

// Drops the monitor, and the alias it may be if that ends with it. False: there was none.
bool demonitor(Process& p, Term ref) {
  RefKey key = ref_key(ref);
  if (find_spawn_request(p, key)) return false;  // cannot be taken back (spawn_request_abandon can)
  if (p.relations) {
    Alias* a = p.relations->aliases.find(key);
    if (a && (a->mode == AliasMode::Demonitor || a->mode == AliasMode::ReplyDemonitor)) drop_alias(p, key);
  }
  return drop_monitor(p, key);
}

}  // namespace

BIF(erlang, demonitor, 1) {
  if (!may_be_own_ref(c.arg(0))) return badarg();
  c.charge(5);
  demonitor(c.process, c.arg(0));
  return atom::true_;
}

BIF(erlang, demonitor, 2) {
  bool flush = false, info = false;
  Term options = c.arg(1);
  for (; options.is_cons(); options = options.as_cons()->tail) {
    Term o = options.as_cons()->head;
    if (o.same(atom::flush)) flush = true;
    else if (o.same(atom::info)) info = true;
    else return badarg();
  }
  if (!options.is_nil() || !may_be_own_ref(c.arg(0))) return badarg();
  c.charge(5);
  bool found = demonitor(c.process, c.arg(0));
  Term result = boolean(!info || found);
  if (flush && !found) {
    return c.trap(get_export(atom::erts_internal, atom::flush_monitor_messages, 3), c.arg(0), atom::false_, result);
  }
  return result;
}

BIF(erlang, alias, 1) {
  AliasMode mode = AliasMode::Explicit;
  Term options = c.arg(0);
  for (; options.is_cons(); options = options.as_cons()->tail) {
    Term o = options.as_cons()->head;
    if (o.same(atom::reply)) mode = AliasMode::Reply;
    else if (o.same(atom::explicit_unalias)) mode = AliasMode::Explicit;
    else return badarg();
  }
  if (!options.is_nil()) return badarg();
  Term ref = make_pid_ref(c.process);
  add_alias(c.process, ref_key(ref), mode);
  return ref;
}

BIF(erlang, unalias, 1) {
  Term ref = c.arg(0);
  if (!is_ref(ref)) return badarg();
  if (ref.is<ExternalRef>()) return atom::false_;
  return boolean(drop_alias(c.process, ref_key(ref)));
}

}  // namespace joist
