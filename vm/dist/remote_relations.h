// Links and monitors between processes of this node and of another: who must be told when the connection ends.
#pragma once
#include "vm/process/relations.h"
#include "vm/sys/lock.h"

namespace joist::dist {

// What a process has of its own (Relations) decides; one too many here does no harm, for who is told of its end knows of none. Any thread.
class RemoteRelations {
 public:
  RemoteRelations() = default;
  ~RemoteRelations();
  RemoteRelations(const RemoteRelations&) = delete;
  RemoteRelations& operator=(const RemoteRelations&) = delete;

  // A link of a local process to one there.
  void add_link(Term local, Term remote);
  void remove_link(Term local, Term remote);
  // The local process ends the link, which the other side will acknowledge with that id.
  void begin_unlink(Term local, Term remote, Word id);
  void end_unlink(Term local, Term remote, Word id);
  // A monitor of a local process on one there.
  void add_monitor(Term local, RefKey ref);
  void remove_monitor(RefKey ref);
  // A monitor of one there on a local process.
  void add_monitored(Term local, RefKey ref);
  // The local process, or the non-value.
  Term remove_monitored(RefKey ref);

  // Tells at most so many that there is no connection, and forgets them. True when there are no more. After it was called once, what is
  // added is told at once.
  bool tell_noconnection(size_t most);

 private:
  struct Tie {
    RefKey key;
    Term local;
    KeptTerm remote;     // of links
    Word unlink_id = 0;
    Tie(RefKey k, Term l) : key(k), local(l) {}
  };
  enum Kind { Linked, Unlinking, Monitoring, Monitored, kinds };
  void add(Kind kind, Tie* tie);
  Tie* remove(Kind kind, RefKey key);
  static void tell(Kind kind, const Tie& tie);

  sys::Mutex lock_{sys::LockRank::Links};
  KeyTable<Tie> ties_[kinds];
  bool ended_ = false;
};

}  // namespace joist::dist
