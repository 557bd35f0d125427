#include "bifs/debug/internal_lists.h"

#include <vector>

#include "bifs/erlang/wait_reply.h"
#include "bifs/list_builder.h"
#include "vm/process/relations.h"

namespace joist {
namespace {

Term type_atom(MonitorType type) {
  switch (type) {
    case MonitorType::Process: return atom::process;
    case MonitorType::Port: return atom::port;
    case MonitorType::TimeOffset: return atom::time_offset;
    case MonitorType::Node: return make_atom("node");
    case MonitorType::Nodes: return make_atom("nodes");
  }
  return atom::process;
}

Term copied(Heap& heap, Term t) {
  HeapWriter w = heap.reserve(Words(copy_size(t)));
  return copy_into(t, w);
}

Term links(Process& p) {
  static const Term erl_link = make_atom("erl_link"), linked = make_atom("linked"), unlinking = make_atom("unlinking");
  std::vector<Term> items;
  if (p.relations)
    p.relations->links.each([&](Link& l) {
      Term peer = copied(p.heap, l.peer);
      Term type = peer.is_local_pid() || is_external_pid(peer) ? atom::process : atom::port;
      items.push_back(
          p.heap.reserve(Words(6)).tuple(erl_link, type, peer, l.unlink_id ? unlinking : linked, Term::small(SWord(l.unlink_id))));
    });
  return list_of(p.heap, items);
}

Term monitors(Process& p) {
  static const Term erl_monitor = make_atom("erl_monitor"), origin = make_atom("origin"), target = make_atom("target");
  std::vector<Term> items;
  Heap& h = p.heap;
  auto add = [&](Term type, Term side, Term ref, Term item, Term name) {
    if (!item.is_value()) item = atom::undefined;
    items.push_back(h.reserve(Words(7)).tuple(erl_monitor, type, side, ref, item, name.is_value() ? name : nil));
  };
  if (!p.relations) return nil;
  p.relations->monitors.each([&](Monitor& m) {
    Term ref = m.ref.term.is_value() ? copied(h, m.ref.term) : nil;
    Term item = m.type == MonitorType::Node ? m.node : m.target.term.is_value() ? copied(h, m.target.term) : Term();
    add(type_atom(m.type), origin, ref, item, m.name);
  });
  p.relations->monitored_by.each([&](MonitoredBy& m) {
    HeapWriter w = h.reserve(Words(ref_words));
    Term ref = write_ref(w, m.key);
    add(atom::process, target, ref, copied(h, m.watcher.term), m.name);
  });
  return list_of(h, items);
}

struct ListRequest final : AskRequest {
  RelationList which;
  explicit ListRequest(RelationList w) : which(w) { gone = nil; }
  Term answer(Process& p) override { return which == RelationList::Links ? links(p) : monitors(p); }
};

}  // namespace

NativeResult relation_list(NativeCall& c, Term pid, RelationList which) {
  if (pid.same(c.process.pid)) return which == RelationList::Links ? links(c.process) : monitors(c.process);
  if (!pid.is_local_pid()) return badarg();
  Process* p = find_process(pid);
  if (!p) return nil;
  return ask(c, *p, new ListRequest(which));
}

NativeResult continue_relation_list(NativeCall& c) {
  auto* w = waiting(c);
  return w->done ? NativeResult(w->result) : c.wait();
}

}  // namespace joist
