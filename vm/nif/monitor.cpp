// Monitors that resources hold on processes.
//
// The watched process knows its watcher by a reference to a Watch, a magic object that lasts as long as either side needs it. A Watch ends
// once: by the process's exit, by demonitoring, or with the resource, whichever comes first takes the resource out of it.
#include <vector>

#include "vm/nif/library.h"
#include "vm/nif/resource.h"
#include "vm/process/relations.h"
#include "vm/process/send.h"
#include "vm/sched/quiescence.h"
#include "vm/sys/lock.h"
#include "vm/term/magic_ref.h"

namespace joist::nif {

namespace {

struct Watch final : MagicObject {
  RefKey key = fresh_ref_key();
  Term target;
  sys::Mutex lock{sys::LockRank::Leaf};
  Resource* resource;  // lock; null once it has ended
  Watch(Term pid, Resource* of) : target(pid), resource(of) {
    ref_words[0] = key.a;
    ref_words[1] = key.b;
  }
  // Null: it has ended already.
  Resource* end() {
    sys::Locked locked(lock);
    return std::exchange(resource, nullptr);
  }
  // The resource with one more reference; null when it has ended, or its last reference is gone.
  Resource* living(bool ends) {
    // Under the lock, for the resource's destructor waits for it.
    sys::Locked locked(lock);
    Resource* found = resource && resource->retain_living() ? resource : nullptr;
    if (ends) resource = nullptr;
    return found;
  }
};

Watch* watch_of(Term watcher) { return static_cast<Watch*>(watcher.as<MagicRef>()->object); }

Monitor monitor_of(RefKey key) { return {{key.a, key.b}, {}}; }

bool send_to_target(const Watch& watch, MonitorSignal* signal) {
  QuiescentSection section;
  Process* target = process_of(watch.target);
  if (target) send_signal(*target, signal);
  return target;
}

bool send_monitor(Watch* watch) {
  watch->retain();
  MessageBuilder watcher(magic_ref_words);
  auto* signal = new MonitorSignal;
  signal->kind = SignalKind::Monitor;
  signal->from = make_magic_ref(watcher.writer(), watch);
  signal->fragment = watcher.finish();
  signal->ref = watch->key;
  if (send_to_target(*watch, signal)) return true;
  destroy_signal(signal);
  return false;
}

void send_demonitor(const Watch& watch) {
  auto* signal = new MonitorSignal;
  signal->kind = SignalKind::Demonitor;
  signal->ref = watch.key;
  if (!send_to_target(watch, signal)) destroy_signal(signal);
}

}  // namespace

struct MonitorList {
  sys::Mutex lock{sys::LockRank::NifModule};
  std::vector<Watch*> watches;  // lock; a reference each
  Watch* take(RefKey key) {
    sys::Locked locked(lock);
    for (Watch*& w : watches) {
      if (!(w->key == key)) continue;
      Watch* taken = w;
      w = watches.back();
      watches.pop_back();
      return taken;
    }
    return nullptr;
  }
};

namespace {

MonitorList& monitors_of(Resource& resource) {
  MonitorList* list = resource.monitors.load(std::memory_order_acquire);
  if (list) return *list;
  auto* fresh = new MonitorList;
  if (resource.monitors.compare_exchange_strong(list, fresh, std::memory_order_acq_rel)) return *fresh;
  delete fresh;
  return *list;
}

}  // namespace

void drop_monitors(MonitorList* list) {
  for (Watch* watch : list->watches) {
    if (watch->end()) send_demonitor(*watch);
    watch->release();
  }
  delete list;
}

void process_down(Term watcher, Term pid) {
  auto* watch = watch_of(watcher);
  Resource* resource = watch->living(true);
  if (!resource) return;
  Watch* listed = monitors_of(*resource).take(watch->key);
  OwnEnv env(resource->library());
  Pid who{pid};
  Monitor monitor = monitor_of(watch->key);
  resource->callbacks().down(&env, resource->data, &who, &monitor);
  if (listed) listed->release();
  resource->release();
}

Term watching_resource(Heap& heap, Term watcher) {
  Resource* resource = watch_of(watcher)->living(false);
  if (!resource) return Term();
  HeapWriter w = heap.reserve(Words(magic_ref_words));
  return make_magic_ref(w, resource);
}

// 0: monitored; 1: there is no such process; -1: the type has no callback for it.
ENIF(int, monitor_process)(Env*, void* object, const Pid* target, Monitor* out) {
  Resource* resource = Resource::of(object);
  if (!resource->callbacks().down) return -1;
  auto* watch = new Watch(target->term, resource);
  MonitorList& list = monitors_of(*resource);
  {
    sys::Locked locked(list.lock);
    list.watches.push_back(watch);
  }
  Monitor monitor = monitor_of(watch->key);
  watch->retain();
  bool sent = send_monitor(watch);
  if (!sent)
    if (Watch* listed = list.take(watch->key)) listed->release();
  watch->release();
  if (sent && out) *out = monitor;
  return sent ? 0 : 1;
}
// 0: it will not call any more; 1: there is no such monitor, or it has called.
ENIF(int, demonitor_process)(Env*, void* object, const Monitor* monitor) {
  MonitorList* list = Resource::of(object)->monitors.load(std::memory_order_acquire);
  Watch* watch = list ? list->take({monitor->numbers[0], monitor->numbers[1]}) : nullptr;
  if (!watch) return 1;
  bool ended = watch->end();
  if (ended) send_demonitor(*watch);
  watch->release();
  return ended ? 0 : 1;
}
ENIF(int, compare_monitors)(const Monitor* a, const Monitor* b) {
  for (int i : {1, 0})
    if (a->numbers[i] != b->numbers[i]) return a->numbers[i] < b->numbers[i] ? -1 : 1;
  return 0;
}
ENIF(Term, make_monitor_term)(Env* env, const Monitor* monitor) {
  HeapWriter w = env->heap->reserve(Words(ref_words));
  return write_ref(w, {monitor->numbers[0], monitor->numbers[1]});
}

}  // namespace joist::nif
