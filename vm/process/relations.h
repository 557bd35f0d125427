// What ties processes together: links, monitors (made and received) and aliases. Owner's thread only; everyone else sends signals.
#pragma once
#include "vm/process/process.h"

namespace joist {

// Open-addressing table of pointers to T, which has `RefKey key`. Owns nothing.
template <class T>
class KeyTable {
 public:
  ~KeyTable() { delete[] slots_; }
  size_t size() const { return size_; }
  T* find(RefKey key) const {
    if (!size_) return nullptr;
    for (size_t i = hash(key) & mask_;; i = (i + 1) & mask_) {
      if (!slots_[i]) return nullptr;
      if (slots_[i]->key == key) return slots_[i];
    }
  }
  void insert(T* t) {  // key must be absent
    if (size_ + size_ / 2 >= capacity()) resize(capacity() ? capacity() * 2 : 4);
    place(t);
    size_++;
  }
  void remove(T* t) {
    size_t i = hash(t->key) & mask_;
    while (slots_[i] != t) i = (i + 1) & mask_;
    size_--;
    for (size_t j = i;;) {  // close the gap
      slots_[i] = nullptr;
      for (;;) {
        j = (j + 1) & mask_;
        if (!slots_[j]) return;
        size_t home = hash(slots_[j]->key) & mask_;
        if (((j - home) & mask_) >= ((j - i) & mask_)) break;
      }
      slots_[i] = slots_[j];
      i = j;
    }
  }
  // Takes any one out, or null when empty. For tearing down in slices.
  T* take_any() {
    if (!size_) return nullptr;
    while (!slots_[walk_ & mask_]) walk_++;
    T* t = slots_[walk_ & mask_];
    remove(t);
    return t;
  }
  template <class F>
  void each(F&& f) const {
    for (size_t i = 0; i < capacity(); i++)
      if (slots_[i]) f(*slots_[i]);
  }

 private:
  static size_t hash(RefKey k) {
    Word h = (k.a ^ (k.b << 29 | k.b >> 35)) * 0x9e3779b97f4a7c15ull;
    return h ^ (h >> 32);
  }
  size_t capacity() const { return slots_ ? size_t(mask_) + 1 : 0; }
  void place(T* t) {
    size_t i = hash(t->key) & mask_;
    while (slots_[i]) i = (i + 1) & mask_;
    slots_[i] = t;
  }
  void resize(size_t n) {
    T** old = slots_;
    size_t count = capacity();
    slots_ = new T*[n]();
    mask_ = uint32_t(n - 1);
    for (size_t i = 0; i < count; i++)
      if (old[i]) place(old[i]);
    delete[] old;
  }
  T** slots_ = nullptr;
  uint32_t mask_ = 0, size_ = 0, walk_ = 0;
};

// A term that outlives collections, and the literals it was made of, because it has a fragment of its own.
struct KeptTerm {
  Term term;
  HeapFragment* fragment = nullptr;
  KeptTerm() = default;
  explicit KeptTerm(Term t) { set(t); }
  // Once.
  void set(Term t) {
    FragmentTerm f = copy_to_fragment_with_literals(t);
    term = f.term;
    fragment = f.fragment;
  }
  KeptTerm(const KeptTerm&) = delete;
  KeptTerm& operator=(const KeptTerm&) = delete;
  ~KeptTerm() {
    if (fragment) HeapFragment::destroy_chain(fragment);
  }
};

// Key of a pid or port, also of other nodes'; of a reference.
RefKey pid_key(Term pid_or_port);
RefKey ref_key(Term ref);

struct Link {
  RefKey key;         // pid_key(peer)
  Term peer;          // immediate, or in `kept`
  Word unlink_id = 0; // not 0: unlinked by us, the peer's acknowledgement is awaited
  KeptTerm kept;
  explicit Link(Term p) : key(pid_key(p)), peer(p), kept(p) { peer = kept.term; }
};

// Node: erlang:monitor_node; Nodes: process_flag(monitor_nodes, …)
enum class MonitorType : uint8_t { Process, Port, TimeOffset, Node, Nodes };

// Made by the owner.
struct Monitor {
  RefKey key;
  MonitorType type = MonitorType::Process;
  bool is_alias = false;       // the reference is an alias as well (see Alias)
  uint32_t count = 1;          // Node, Nodes: how many times it was asked for, which is how many messages come
  Term name;                   // monitored by name: the atom
  Term node;                   // its node when by name; Node: the node
  KeptTerm target;             // pid or port; the non-value when by name and none was there
  KeptTerm ref;                // the reference term
  KeptTerm tag;                // 'DOWN' (or 'CHANGE') unless the tag option was given
};

// Asked of another node with spawn_request, not answered yet.
struct SpawnRequest {
  RefKey key;
  Term node;
  bool link = false, monitor = false, is_alias = false;
  bool tell_success = true, tell_error = true;
  bool abandoned = false;
  KeptTerm ref, reply_tag, monitor_tag;  // monitor_tag: the non-value: 'DOWN'
};

// Others' monitors on the owner.
struct MonitoredBy {
  RefKey key;
  KeptTerm watcher;   // pid or port
  KeptTerm ref;       // only for watchers of other nodes
  Term name;          // the name by which we were found, or the non-value
};

enum class AliasMode : uint8_t { Explicit, Reply, Demonitor, ReplyDemonitor };
struct Alias {
  RefKey key;
  AliasMode mode;
};

// A process that the owner has suspended.
struct Suspension {
  RefKey key;       // pid_key(pid)
  Term pid;         // local
  uint32_t count = 0;
  uint32_t pending = 0;  // asked for, not answered yet
};

struct Relations {
  KeyTable<Suspension> suspended;
  KeyTable<SpawnRequest> spawn_requests;
  KeyTable<Link> links;
  KeyTable<Monitor> monitors;
  KeyTable<MonitoredBy> monitored_by;
  KeyTable<Alias> aliases;
  ~Relations();
};
inline Relations& relations_of(Process& p) {
  if (!p.relations) p.relations = new Relations;
  return *p.relations;
}

// ---- operations of the owner. They change its own side and send the signal to the other.

// link/1 with a pid or port that is not self. False: a local one that does not exist (the caller decides what then).
bool link_to(Process& process, Term peer);
void unlink_from(Process& process, Term peer);
// Adds the owner's own record; no signal.
Link* add_link(Process& process, Term peer);
Monitor* add_monitor(Process& process, Term ref, MonitorType type, Term target, Term name, Term node, Term tag);
// ref_term: of watchers on other nodes, else the non-value.
void add_monitored_by(Process& process, RefKey ref, Term watcher, Term name, Term ref_term = Term());
// False when there is no such monitor (any more). *info_alias: whether it was an alias too.
bool drop_monitor(Process& process, RefKey ref);
// Alias records.
void add_alias(Process& process, RefKey ref, AliasMode mode);
bool drop_alias(Process& process, RefKey ref);
// Appends {Tag, Ref, process|port, Item, Reason}, or for a node {nodedown, Node}, and forgets the monitor, if it is still there.
void deliver_down(Process& process, RefKey ref, Term reason);

// Whether that is a reference of a spawn request that waits for its answer.
inline SpawnRequest* find_spawn_request(Process& process, RefKey ref) {
  return process.relations ? process.relations->spawn_requests.find(ref) : nullptr;
}
// Appends {Tag, Ref, ok, Pid} or {Tag, Ref, error, Reason} if it is wanted.
void answer_spawn_request(Process& process, const SpawnRequest& request, Term result);
// It is answered with an error, and forgotten.
void fail_spawn_request(Process& process, SpawnRequest* request, Term reason);

Word fresh_unlink_id();

// Local references. A plain one has two number words; make_pid_ref adds the process's pid, for aliases and process monitors.
Term make_ref(Heap& heap);
Term make_pid_ref(Process& process);
Term write_ref(HeapWriter& w, RefKey key);
Term write_pid_ref(HeapWriter& w, RefKey key, Term pid);
inline constexpr size_t ref_words = 3, pid_ref_words = 4;
RefKey fresh_ref_key();

}  // namespace joist
