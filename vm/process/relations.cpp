// Links, monitors, aliases: the owner's side.
//
// Unlinking is two-phase, as OTP 25's: the record stays with an id until the peer acknowledges it; while it does, exit and link
// signals from that peer were sent before it knew, and are ignored.
#include "vm/process/relations.h"

#include "vm/process/alias_table.h"
#include "vm/process/hooks.h"
#include "vm/process/process_table.h"
#include "vm/process/receive.h"
#include "vm/process/send.h"
#include "vm/process/trace_hooks.h"
#include "vm/term/magic.h"
#include "vm/term/node.h"

namespace joist {

RefKey pid_key(Term t) {
  if (t.is_local_pid() || t.is_local_port()) return {t.raw(), 0};
  auto* e = reinterpret_cast<External*>(t.boxed_words());
  return {e->data[0], reinterpret_cast<Word>(e->node)};
}

RefKey ref_key(Term ref) {
  if (auto r = ref.as<Ref>()) return {r->words[0], r->words[1]};
  if (auto m = ref.as<MagicRef>()) return {m->object->ref_words[0], m->object->ref_words[1]};
  auto* e = reinterpret_cast<External*>(ref.boxed_words());
  return {e->data[0], e->data[1] ^ reinterpret_cast<Word>(e->node)};
}

Relations::~Relations() {
  while (Link* l = links.take_any()) delete l;
  while (Monitor* m = monitors.take_any()) delete m;
  while (MonitoredBy* m = monitored_by.take_any()) delete m;
  while (Alias* a = aliases.take_any()) {
    forget_alias(a->key);
    delete a;
  }
  while (Suspension* s = suspended.take_any()) delete s;
  while (SpawnRequest* r = spawn_requests.take_any()) delete r;
}

Word fresh_unlink_id() {
  static std::atomic<Word> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

Link* add_link(Process& process, Term peer) {
  Link* link = new Link(peer);
  relations_of(process).links.insert(link);
  return link;
}

bool link_to(Process& process, Term peer) {
  Link* link = relations_of(process).links.find(pid_key(peer));
  if (link && !link->unlink_id) return true;
  if (peer.is_local_pid()) {
    Process* other = find_process(peer);
    if (!other) return false;
    if (process.trace) [[unlikely]] trace_hooks.linking(process, *other);
    if (link) link->unlink_id = 0;
    else add_link(process, peer);
    Signal* s = new Signal;
    s->kind = SignalKind::Link;
    s->from = process.pid;
    send_signal(*other, s);
    return true;
  }
  if (link) link->unlink_id = 0;
  else add_link(process, peer);
  if (is_port(peer)) {
    if (process_hooks.port_link) process_hooks.port_link(process, peer);
  } else if (process_hooks.remote_link) {
    process_hooks.remote_link(process, peer);
  }
  return true;
}

void unlink_from(Process& process, Term peer) {
  if (!process.relations) return;
  Link* link = process.relations->links.find(pid_key(peer));
  if (!link || link->unlink_id) return;
  link->unlink_id = fresh_unlink_id();
  if (peer.is_local_pid()) {
    if (Process* other = find_process(peer)) {
      UnlinkSignal* s = new UnlinkSignal;
      s->kind = SignalKind::Unlink;
      s->from = process.pid;
      s->id = link->unlink_id;
      send_signal(*other, s);
    } else {
      process.relations->links.remove(link);
      delete link;
    }
  } else if (is_port(peer)) {
    if (process_hooks.port_unlink) process_hooks.port_unlink(process.pid, peer, link->unlink_id);
  } else if (process_hooks.remote_unlink) {
    process_hooks.remote_unlink(process, peer, link->unlink_id);
  }
}

Monitor* add_monitor(Process& process, Term ref, MonitorType type, Term target, Term name, Term node, Term tag) {
  auto keep = [](KeptTerm& kept, Term t) {
    if (!t.is_value()) return;
    kept.set(t);
  };
  Monitor* m = new Monitor;
  m->key = ref_key(ref);
  m->type = type;
  m->name = name;
  m->node = node;
  keep(m->target, target);
  keep(m->ref, ref);
  keep(m->tag, tag);
  relations_of(process).monitors.insert(m);
  return m;
}

void add_monitored_by(Process& process, RefKey ref, Term watcher, Term name, Term ref_term) {
  MonitoredBy* m = new MonitoredBy;
  m->key = ref;
  m->watcher.set(watcher);
  if (ref_term.is_value()) m->ref.set(ref_term);
  m->name = name;
  relations_of(process).monitored_by.insert(m);
}

bool drop_monitor(Process& process, RefKey ref) {
  if (!process.relations) return false;
  Monitor* m = process.relations->monitors.find(ref);
  if (!m) return false;
  process.relations->monitors.remove(m);
  Term target = m->target.term;
  if (m->type == MonitorType::Port) {
    if (process_hooks.port_demonitor && target.is_value()) process_hooks.port_demonitor(target, ref);
  } else if (m->type == MonitorType::Node || m->type == MonitorType::Nodes) {
    process_hooks.node_demonitor(process, *m);
  } else if (m->type == MonitorType::Process) {
    if (target.is_value() && target.is_local_pid()) {
      if (Process* other = find_process(target)) {
        MonitorSignal* s = new MonitorSignal;
        s->kind = SignalKind::Demonitor;
        s->from = process.pid;
        s->ref = ref;
        send_signal(*other, s);
      }
    } else if (process_hooks.remote_demonitor) {
      process_hooks.remote_demonitor(process, target.is_value() ? target : m->name, m->node, ref);
    }
  }
  delete m;
  return true;
}

void add_alias(Process& process, RefKey ref, AliasMode mode) {
  Alias* a = new Alias{ref, mode};
  relations_of(process).aliases.insert(a);
}

bool drop_alias(Process& process, RefKey ref) {
  if (!process.relations) return false;
  Alias* a = process.relations->aliases.find(ref);
  if (!a) return false;
  process.relations->aliases.remove(a);
  forget_alias(ref);
  delete a;
  return true;
}

void answer_spawn_request(Process& process, const SpawnRequest& request, Term result) {
  bool spawned = !result.is_atom();
  if (request.abandoned || !(spawned ? request.tell_success : request.tell_error)) return;
  MessageBuilder b(5 + copy_size(request.reply_tag.term) + copy_size(request.ref.term) + copy_size(result));
  Term tag = b.copy(request.reply_tag.term), ref = b.copy(request.ref.term), what = b.copy(result);
  append_message(process, Term(), b.writer().tuple(tag, ref, spawned ? atom::ok : atom::error, what), b.finish());
}

void fail_spawn_request(Process& process, SpawnRequest* request, Term reason) {
  process.relations->spawn_requests.remove(request);
  if (request->is_alias) drop_alias(process, request->key);
  answer_spawn_request(process, *request, reason);
  delete request;
}

void deliver_down(Process& process, RefKey ref, Term reason) {
  if (!process.relations) return;
  if (SpawnRequest* request = process.relations->spawn_requests.find(ref)) {
    fail_spawn_request(process, request, reason);
    return;
  }
  Monitor* m = process.relations->monitors.find(ref);
  if (!m) return;
  process.relations->monitors.remove(m);
  if (m->type == MonitorType::Node) {
    static const Term nodedown = make_atom("nodedown");
    for (; m->count; m->count--) {
      MessageBuilder b(3);
      append_message(process, Term(), b.writer().tuple(nodedown, m->node), b.finish());
    }
    delete m;
    return;
  }
  if (m->is_alias) {
    Alias* a = process.relations->aliases.find(ref);
    if (a && (a->mode == AliasMode::Demonitor || a->mode == AliasMode::ReplyDemonitor)) drop_alias(process, ref);
  }
  Term tag = m->tag.term.is_value() ? m->tag.term : atom::DOWN;
  Term target = m->target.term.is_value() ? m->target.term : atom::undefined;
  MessageBuilder b(6 + 3 + copy_size(tag) + copy_size(m->ref.term) + copy_size(target) + copy_size(reason));
  Term t = b.copy(tag), r = b.copy(m->ref.term), why = b.copy(reason);
  Term object;
  if (m->name.is_value()) object = b.writer().tuple(m->name, m->node);
  else object = b.copy(target);
  Term type = m->type == MonitorType::Port ? atom::port : atom::process;
  Term message = b.writer().tuple(t, r, type, object, why);
  append_message(process, m->target.term.is_value() && m->target.term.is_local_pid() ? m->target.term : Term(), message, b.finish());
  delete m;
}

RefKey fresh_ref_key() {
  Word w[2];
  new_ref_numbers(w);
  return {w[0], w[1]};
}

Term write_ref(HeapWriter& w, RefKey key) {
  Word* p = w.take(ref_words);
  p[0] = make_header(Kind::Ref, 2);
  p[1] = key.a;
  p[2] = key.b;
  return Term::boxed(p);
}

Term write_pid_ref(HeapWriter& w, RefKey key, Term pid) {
  Word* p = w.take(pid_ref_words);
  p[0] = make_header(Kind::Ref, 3);
  p[1] = key.a;
  p[2] = key.b;
  p[3] = pid.raw();
  return Term::boxed(p);
}

Term make_ref(Heap& heap) {
  HeapWriter w = heap.reserve(Words(ref_words));
  return write_ref(w, fresh_ref_key());
}

Term make_pid_ref(Process& process) {
  HeapWriter w = process.heap.reserve(Words(pid_ref_words));
  return write_pid_ref(w, fresh_ref_key(), process.pid);
}

}  // namespace joist
