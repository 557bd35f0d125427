// spawn/3, spawn_link/3, spawn_opt/4, erts_internal:spawn_request/4, spawn_system_process/3. Everything else named spawn is Erlang
// code on top of these.
#include "vm/process/spawn.h"

#include "bifs/bif.h"
#include "bifs/erlang/spawn_options.h"
#include "bifs/list_builder.h"
#include "gc/collect.h"
#include "vm/process/receive.h"
#include "vm/process/relations.h"
#include "vm/process/send.h"
#include "vm/process/trace_hooks.h"
#include "vm/sched/scheduler.h"
#include "vm/term/map.h"

namespace joist {

bool parse_max_heap(Term t, uint64_t* size, bool* kill, bool* log) {
  *kill = spawn_defaults.max_heap_kill.load(std::memory_order_relaxed);
  *log = spawn_defaults.max_heap_log.load(std::memory_order_relaxed);
  if (t.is_small() && t.small_value() >= 0) {
    *size = uint64_t(t.small_value());
    return *size == 0 || *size >= 233;
  }
  if (!is_map(t)) return false;
  Term s = map::get(t, atom::size), k = map::get(t, atom::kill), l = map::get(t, atom::error_logger);
  if (!s.is_value() || !s.is_small() || s.small_value() < 0) return false;
  *size = uint64_t(s.small_value());
  if (k.is_value()) {
    if (!k.same(atom::true_) && !k.same(atom::false_)) return false;
    *kill = k.same(atom::true_);
  }
  if (l.is_value()) {
    if (!l.same(atom::true_) && !l.same(atom::false_)) return false;
    *log = l.same(atom::true_);
  }
  return *size == 0 || *size >= 233;
}

namespace {
uint32_t least_size(SWord words, uint32_t least, size_t (*next)(size_t)) {
  constexpr SWord most = INT32_MAX;
  return words <= SWord(least) ? least : uint32_t(next(size_t(words < most ? words : most)));
}
}  // namespace

uint32_t least_heap_size(SWord words) { return least_size(words, spawn_defaults.min_heap.load(), next_heap_size); }
uint32_t least_virtual_heap_size(SWord words) {
  return least_size(words, spawn_defaults.min_virtual_heap.load(), next_virtual_heap_size);
}

bool parse_priority(Term t, Priority* out) {
  if (t.same(atom::normal)) *out = Priority::Normal;
  else if (t.same(atom::low)) *out = Priority::Low;
  else if (t.same(atom::high)) *out = Priority::High;
  else if (t.same(atom::max)) *out = Priority::Max;
  else return false;
  return true;
}

bool parse_monitor_options(Term list, Term* tag, bool* is_alias, uint8_t* mode) {
  for (; list.is_cons(); list = list.as_cons()->tail) {
    auto t = list.as_cons()->head.as<Tuple>();
    if (!t || t->arity() != 2) return false;
    if (t->at(0).same(atom::tag)) {
      *tag = t->at(1);
    } else if (t->at(0).same(atom::alias)) {
      *is_alias = true;
      Term m = t->at(1);
      if (m.same(atom::explicit_unalias)) *mode = uint8_t(AliasMode::Explicit);
      else if (m.same(atom::demonitor)) *mode = uint8_t(AliasMode::Demonitor);
      else if (m.same(atom::reply_demonitor)) *mode = uint8_t(AliasMode::ReplyDemonitor);
      else return false;
    } else {
      return false;
    }
  }
  return list.is_nil();
}

bool parse_spawn_options(Term list, SpawnOptions* o, SpawnReply* reply) {
  for (; list.is_cons(); list = list.as_cons()->tail) {
    Term option = list.as_cons()->head;
    if (option.same(atom::link)) {
      o->link = true;
      continue;
    }
    if (option.same(atom::monitor)) {
      o->monitor = true;
      o->monitor_is_alias = false;
      o->monitor_tag = Term();
      continue;
    }
    auto t = option.as<Tuple>();
    if (!t || t->arity() != 2) return false;
    Term key = t->at(0), value = t->at(1);
    bool natural = value.is_small() && value.small_value() >= 0;
    if (key.same(atom::monitor)) {
      o->monitor = true;
      if (!parse_monitor_options(value, &o->monitor_tag, &o->monitor_is_alias, &o->alias_mode)) return false;
    } else if (key.same(atom::priority)) {
      if (!parse_priority(value, &o->priority)) return false;
    } else if (key.same(atom::message_queue_data)) {
      if (value.same(atom::off_heap)) o->off_heap_messages = true;
      else if (!value.same(atom::on_heap)) return false;
    } else if (key.same(atom::min_heap_size)) {
      if (!natural || value.small_value() > (SWord(1) << 31)) return false;
      o->min_heap = least_heap_size(value.small_value());
    } else if (key.same(atom::min_bin_vheap_size)) {
      if (!natural || value.small_value() > (SWord(1) << 31)) return false;
      o->min_virtual_heap = uint32_t(value.small_value());
    } else if (key.same(atom::max_heap_size)) {
      o->max_heap_given = true;
      if (!parse_max_heap(value, &o->max_heap, &o->max_heap_kill, &o->max_heap_log)) return false;
    } else if (key.same(atom::fullsweep_after)) {
      if (!natural) return false;
      o->fullsweep_after = value.small_value() > 65535 ? 65535 : int32_t(value.small_value());
    } else if (key.same(atom::scheduler)) {
      if (!natural || value.small_value() > SWord(scheduler_count())) return false;
      o->scheduler = uint16_t(value.small_value());
    } else if (reply && key.same(atom::reply)) {
      if (value.same(atom::yes)) reply->on_success = reply->on_error = true;
      else if (value.same(atom::no)) reply->on_success = reply->on_error = false;
      else if (value.same(atom::error_only)) reply->on_success = false, reply->on_error = true;
      else if (value.same(atom::success_only)) reply->on_success = true, reply->on_error = false;
      else return false;
    } else if (reply && key.same(atom::reply_tag)) {
      reply->tag = value;
    } else {
      return false;
    }
  }
  return list.is_nil();
}

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
  if (proper_length(c.arg(3)) < 0) return atom::badarg;
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

// Local requests are answered at once, so there is none to abandon.
BIF(erlang, spawn_request_abandon, 1) {
  if (!is_ref(c.arg(0))) return badarg();
  return atom::false_;
}

}  // namespace joist
