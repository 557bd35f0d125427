// enif_select: a message when a descriptor is ready, once for each time that it was asked for.
//
// A Selection says what waits for one descriptor, from the first time that a library asks until it stops. It keeps the resource that
// the descriptor belongs to, and the messages, which are made when they are asked for. The poll thread sends them.
#include <climits>
#include <memory>
#include <unordered_map>
#include <utility>

#include "vm/nif/resource.h"
#include "vm/process/send.h"
#include "vm/sched/quiescence.h"
#include "vm/sys/lock.h"
#include "vm/sys/poll.h"
#include "vm/term/magic_ref.h"

namespace joist::nif {

namespace {

struct Ready {
  SelectFlags flag;
  unsigned event;
  SelectResult cancelled;
  const char* atom;
};
constexpr Ready kinds[] = {{select_read, sys::poll_read, read_cancelled, "ready_input"},
                           {select_write, sys::poll_write, write_cancelled, "ready_output"},
                           {select_error, sys::poll_error, error_cancelled, "ready_error"}};
constexpr size_t kind_count = std::size(kinds);

struct Request {
  Term to;  // pid; the non-value: nobody asked
  Term message;
  HeapFragment* fragment = nullptr;

  void drop() {
    if (fragment) HeapFragment::destroy_chain(fragment);
    *this = {};
  }
};

struct Selection {
  Resource* resource = nullptr;  // a reference
  sys::PollWatch* watch = nullptr;
  sys::Mutex lock{sys::LockRank::Leaf};
  Request requests[kind_count];  // lock

  ~Selection() {
    for (Request& r : requests) r.drop();
  }
};

// On the poll thread.
void tell(void* argument, unsigned ready) {
  auto* selection = static_cast<Selection*>(argument);
  QuiescentSection section;
  for (size_t i = 0; i < kind_count; i++) {
    if (!(ready & kinds[i].event)) continue;
    Request request;
    {
      sys::Locked locked(selection->lock);
      request = std::exchange(selection->requests[i], {});
    }
    Process* to = request.to.is_value() ? process_of(request.to) : nullptr;
    if (to) send_fragment(*to, Term(), request.message, request.fragment);
    else request.drop();
  }
}

// Selections by descriptor. What a lock guards is never released under it: that may call a library.
struct Shard {
  sys::Mutex lock{sys::LockRank::NifModule};
  std::unordered_map<int, Selection*> all;  // lock
};
Shard& shard_of(int descriptor) {
  constexpr size_t count = 64;
  static auto* shards = new Shard[count];
  return shards[size_t(descriptor) % count];
}

// A selection that nobody finds any more.
void end(Selection* selection) {
  Resource* resource = selection->resource;
  sys::poll_unwatch(selection->watch, [](void* s) { delete static_cast<Selection*>(s); }, selection);
  resource->release();
}

Selection* start(int descriptor, Resource* resource) {
  auto fresh = std::make_unique<Selection>();
  fresh->watch = sys::poll_watch(descriptor, tell, fresh.get());
  if (!fresh->watch) return nullptr;
  resource->retain();
  fresh->resource = resource;
  return fresh.release();
}

// {select, Resource, Ref, ready_…}, or the library's own.
Request make_request(Term to, const Ready& kind, Resource* resource, bool own_message, Term term) {
  MessageBuilder b(own_message ? copy_size(term) : 5 + magic_ref_words + copy_size(term));
  Term message = b.copy(term);
  if (!own_message) {
    static const Term select_atom = make_atom("select");
    resource->retain();
    Term reference = make_magic_ref(b.writer(), resource);
    message = b.writer().tuple(select_atom, reference, message, make_atom(kind.atom));
  }
  return {to, message, b.finish()};
}

int stop(int descriptor, Resource* resource) {
  Selection* selection = nullptr;
  int result = stop_called;
  {
    Shard& shard = shard_of(descriptor);
    sys::Locked locked(shard.lock);
    if (auto found = shard.all.find(descriptor); found != shard.all.end()) {
      selection = found->second;
      shard.all.erase(found);
    }
  }
  for (size_t i = 0; selection && i < kind_count; i++) {
    sys::Locked locked(selection->lock);
    if (selection->requests[i].to.is_value()) result |= kinds[i].cancelled;
  }
  OwnEnv env(resource->library());
  if (auto* call = resource->callbacks().stop) call(&env, resource->data, descriptor, 1);
  if (selection) end(selection);
  return result;
}

int cancel(int descriptor, int flags) {
  Request cancelled[kind_count];
  int result = 0;
  {
    Shard& shard = shard_of(descriptor);
    sys::Locked locked(shard.lock);
    auto found = shard.all.find(descriptor);
    if (found == shard.all.end()) return 0;
    Selection& selection = *found->second;
    for (size_t i = 0; i < kind_count; i++) {
      if (!(flags & kinds[i].flag)) continue;
      sys::poll_disarm(selection.watch, kinds[i].event);
      sys::Locked requests(selection.lock);
      cancelled[i] = std::exchange(selection.requests[i], {});
    }
  }
  for (size_t i = 0; i < kind_count; i++) {
    if (cancelled[i].to.is_value()) result |= kinds[i].cancelled;
    cancelled[i].drop();
  }
  return result;
}

int ask(int descriptor, int flags, Resource* resource, Term to, Term term) {
  Request before[kind_count];
  Selection *stolen = nullptr, *bad = nullptr;
  {
    Shard& shard = shard_of(descriptor);
    sys::Locked locked(shard.lock);
    Selection*& selection = shard.all[descriptor];
    // Another resource had it: its library has closed the descriptor without a word, or gives it away.
    if (selection && selection->resource != resource) stolen = std::exchange(selection, nullptr);
    if (!selection) selection = start(descriptor, resource);
    unsigned events = 0;
    for (size_t i = 0; selection && i < kind_count; i++) {
      if (!(flags & kinds[i].flag)) continue;
      events |= kinds[i].event;
      Request request = make_request(to, kinds[i], resource, flags & select_custom_message, term);
      sys::Locked requests(selection->lock);
      before[i] = std::exchange(selection->requests[i], request);
    }
    if (!selection || !sys::poll_try_arm(selection->watch, events)) {
      bad = selection;
      shard.all.erase(descriptor);
    } else {
      flags = 0;
    }
  }
  for (Request& r : before) r.drop();
  if (stolen) end(stolen);
  if (bad) end(bad);
  return flags ? INT_MIN | select_failed : 0;
}

int select(Env* env, int descriptor, int flags, void* object, const Pid* pid, Term term, Env* message_env) {
  Resource* resource = Resource::of(object);
  if (descriptor < 0) return INT_MIN | invalid_event;
  if (flags & select_stop) return stop(descriptor, resource);
  if (flags & select_cancel) return cancel(descriptor, flags);
  int result = ask(descriptor, flags, resource, pid ? pid->term : env->process->pid, term);
  if (message_env) static_cast<OwnEnv*>(message_env)->clear();
  return result;
}

}  // namespace

ENIF(int, select)(Env* env, int descriptor, int flags, void* object, const Pid* pid, Term reference) {
  return select(env, descriptor, flags & ~int(select_custom_message), object, pid, reference, nullptr);
}
ENIF(int, select_x)(Env* env, int descriptor, int flags, void* object, const Pid* pid, Term message, Env* message_env) {
  return select(env, descriptor, flags, object, pid, message, message_env);
}

}  // namespace joist::nif
