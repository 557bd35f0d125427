#include "vm/dist/remote_relations.h"

#include "vm/dist/signals.h"
#include "vm/process/process_table.h"
#include "vm/process/send.h"

namespace joist::dist {

namespace {

RefKey link_key(Term local, Term remote) { return {pid_key(remote).a, local.raw()}; }

}  // namespace

RemoteRelations::~RemoteRelations() {
  for (auto& table : ties_)
    while (Tie* tie = table.take_any()) delete tie;
}

void RemoteRelations::add(Kind kind, Tie* tie) {
  {
    sys::Locked lock(lock_);
    if (Tie* old = ties_[kind].find(tie->key)) {
      ties_[kind].remove(old);
      delete old;
    }
    if (!ended_) return ties_[kind].insert(tie);
  }
  tell(kind, *tie);
  delete tie;
}

RemoteRelations::Tie* RemoteRelations::remove(Kind kind, RefKey key) {
  sys::Locked lock(lock_);
  Tie* tie = ties_[kind].find(key);
  if (tie) ties_[kind].remove(tie);
  return tie;
}

void RemoteRelations::add_link(Term local, Term remote) {
  Tie* tie = new Tie(link_key(local, remote), local);
  tie->remote.set(remote);
  add(Linked, tie);
}
void RemoteRelations::remove_link(Term local, Term remote) { delete remove(Linked, link_key(local, remote)); }

void RemoteRelations::begin_unlink(Term local, Term remote, Word id) {
  remove_link(local, remote);
  Tie* tie = new Tie(link_key(local, remote), local);
  tie->remote.set(remote);
  tie->unlink_id = id;
  add(Unlinking, tie);
}
void RemoteRelations::end_unlink(Term local, Term remote, Word id) {
  sys::Locked lock(lock_);
  Tie* tie = ties_[Unlinking].find(link_key(local, remote));
  if (!tie || tie->unlink_id != id) return;
  ties_[Unlinking].remove(tie);
  delete tie;
}

void RemoteRelations::add_monitor(Term local, RefKey ref) { add(Monitoring, new Tie(ref, local)); }
void RemoteRelations::remove_monitor(RefKey ref) { delete remove(Monitoring, ref); }

void RemoteRelations::add_monitored(Term local, RefKey ref) { add(Monitored, new Tie(ref, local)); }
Term RemoteRelations::remove_monitored(RefKey ref) {
  Tie* tie = remove(Monitored, ref);
  Term local = tie ? tie->local : Term();
  delete tie;
  return local;
}

void RemoteRelations::tell(Kind kind, const Tie& tie) {
  Process* process = find_process(tie.local);
  if (!process) return;
  switch (kind) {
    case Linked: return send_link_exit(*process, tie.remote.term, atom::noconnection);
    case Unlinking: return send_unlink(*process, tie.remote.term, tie.unlink_id, SignalKind::UnlinkAck);
    case Monitoring: return send_monitor_down(*process, tie.key, atom::noconnection);
    case Monitored: {
      auto* s = new MonitorSignal;
      s->kind = SignalKind::Demonitor;
      s->ref = tie.key;
      return send_signal(*process, s);
    }
    case kinds: break;
  }
}

bool RemoteRelations::tell_noconnection(size_t most) {
  for (int kind = 0; kind < kinds; kind++) {
    for (;;) {
      Tie* tie;
      {
        sys::Locked lock(lock_);
        ended_ = true;
        tie = ties_[kind].take_any();
      }
      if (!tie) break;
      tell(Kind(kind), *tie);
      delete tie;
      if (--most == 0) return false;
    }
  }
  return true;
}

}  // namespace joist::dist
