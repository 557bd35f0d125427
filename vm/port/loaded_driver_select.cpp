// driver_select and timers.
#include <algorithm>
#include <unordered_map>

#include "vm/port/port_table.h"
#include "vm/port/selected_event.h"
#include "vm/sched/quiescence.h"
#include "vm/sys/clock.h"

namespace joist {
namespace {

struct Shard {
  sys::Mutex lock{sys::LockRank::NifModule};
  std::unordered_map<int, SelectedEvent*> events;  // lock
};
Shard shards[16];
Shard& shard_of(int fd) { return shards[unsigned(fd) % std::size(shards)]; }

// ---- with the shard's lock

SelectedEvent* find_event(Shard& shard, int fd) {
  auto found = shard.events.find(fd);
  return found != shard.events.end() ? found->second : nullptr;
}

void push_ready(SelectedEvent& event, unsigned events) {
  event.ready |= events;
  if (event.listed || event.port.is_non_value()) return;
  QuiescentSection section;
  Port* port = find_port(event.port);
  if (!port) return;
  event.listed = true;
  event.references.fetch_add(1, std::memory_order_relaxed);
  auto& list = static_cast<LoadedPort*>(port->driver)->ready_events;
  event.next_ready = list.load(std::memory_order_relaxed);
  while (!list.compare_exchange_weak(event.next_ready, &event, std::memory_order_release, std::memory_order_relaxed)) {}
  mark_ready(*port, select_event);
}

// Waits for what is wanted and not waited for yet.
void arm(SelectedEvent& event) {
  unsigned more = event.wanted & ~event.armed;
  if (!more || !event.is_open) return;
  event.armed |= more;
  if (event.watch) sys::poll_arm(event.watch, more);
  else push_ready(event, more);
}

void remove_event(Shard& shard, SelectedEvent& event) {
  shard.events.erase(event.fd);
  event.port = Term();
  if (event.watch) sys::poll_unwatch(event.watch, [](void* e) { static_cast<SelectedEvent*>(e)->release(); }, &event);
  event.release();
}

SelectedEvent* add_event(Shard& shard, int fd) {
  auto* event = new SelectedEvent(fd);
  auto on_ready = [](void* e, unsigned events) {
    auto& ready = *static_cast<SelectedEvent*>(e);
    sys::Locked lock(shard_of(ready.fd).lock);
    push_ready(ready, events);
  };
  event->watch = sys::poll_watch(fd, on_ready, event);
  if (event->watch) event->references++;
  return shard.events[fd] = event;
}

// What it was waited for by another port counts no longer. The descriptor may be another one than that port's was.
void give_to(SelectedEvent& event, LoadedPort& port) {
  event.port = port.port->id;
  event.wanted = event.armed = event.ready = 0;
  if (std::find(port.selected.begin(), port.selected.end(), event.fd) == port.selected.end()) port.selected.push_back(event.fd);
}

// ---- without it

// The event was in the list of `port`; what it is ready for there. Of one that another port has meanwhile that port hears.
unsigned take_ready(SelectedEvent& event, LoadedPort& port) {
  sys::Locked lock(shard_of(event.fd).lock);
  event.listed = false;
  if (event.port.same(port.port->id)) {
    event.armed &= ~event.ready;
    return std::exchange(event.ready, 0);
  }
  if (event.ready) push_ready(event, event.ready);
  return 0;
}

// Whether the driver is to be called. One that has no function for it is not asked again.
bool is_wanted(SelectedEvent& event, LoadedPort& port, unsigned kind, bool has_function) {
  sys::Locked lock(shard_of(event.fd).lock);
  if (!(event.wanted & kind) || !event.port.same(port.port->id)) return false;
  if (!has_function) event.wanted &= ~kind;
  return has_function;
}

void arm_again(SelectedEvent& event, LoadedPort& port) {
  sys::Locked lock(shard_of(event.fd).lock);
  if (event.port.same(port.port->id)) arm(event);
}

}  // namespace

// What becomes ready meanwhile is left to the next turn.
void LoadedPort::run_ready_events() {
  const struct {
    unsigned kind;
    void (*function)(void*, void*);
  } calls[] = {{sys::poll_read, driver.entry->ready_input}, {sys::poll_write, driver.entry->ready_output}};
  SelectedEvent* next = ready_events.exchange(nullptr, std::memory_order_acquire);
  while (SelectedEvent* event = next) {
    next = event->next_ready;
    unsigned ready = take_ready(*event, *this);
    for (auto [kind, function] : calls)
      if ((ready & kind) && !stopped && is_wanted(*event, *this, kind, function)) function(data, reinterpret_cast<void*>(Word(event->fd)));
    arm_again(*event, *this);
    event->release();
  }
}

void LoadedPort::deselect_all() {
  for (int fd : selected) {
    Shard& shard = shard_of(fd);
    sys::Locked lock(shard.lock);
    SelectedEvent* event = find_event(shard, fd);
    if (event && event->port.same(port->id)) remove_event(shard, *event);
  }
  selected.clear();
  // None of its own is left, so nothing comes to its list any more.
  SelectedEvent* next = ready_events.exchange(nullptr, std::memory_order_acquire);
  while (SelectedEvent* event = next) {
    next = event->next_ready;
    take_ready(*event, *this);
    event->release();
  }
}

extern "C" {

int driver_select(LoadedPort* port, void* handle, int mode, int on) {
  using namespace driver_abi;
  int fd = int(reinterpret_cast<SWord>(handle));
  if (!is_open(port) || fd < 0) return -1;
  unsigned events = (mode & select_read ? sys::poll_read : 0u) | (mode & select_write ? sys::poll_write : 0u);
  // Giving up the use of an event ends both kinds of waiting, unless the driver wants no call.
  bool give_up = !on && (mode & (select_use | select_no_callback)) == select_use;
  {
    Shard& shard = shard_of(fd);
    sys::Locked lock(shard.lock);
    SelectedEvent* event = find_event(shard, fd);
    if (on) {
      if (!event) event = add_event(shard, fd);
      if (!event->port.same(port->port->id)) give_to(*event, *port);
      event->wanted |= events;
      if (mode & select_use) event->in_use = true;
      arm(*event);
      return 0;
    }
    if (event) {
      if (event->port.same(port->port->id)) event->wanted &= give_up ? 0 : ~events;
      if (mode & select_use) event->in_use = false;
      if (!event->wanted && !event->in_use) remove_event(shard, *event);
      else give_up = false;
    }
  }
  // The descriptor is in no use of ours any more: the driver may close it.
  if (give_up && port->driver.entry->stop_select) port->driver.entry->stop_select(handle, nullptr);
  return 0;
}

int driver_set_timer(LoadedPort* port, unsigned long milliseconds) {
  if (!is_open(port) || !port->driver.entry->timeout) return -1;
  if (port->timer_set) stop_call_timer(port->timer);
  port->timer_set = true;
  port->timer.kind = TimerKind::Call;
  port->timer.port = port->port->id;
  port->timer.run = [](CallTimer* timer) {
    QuiescentSection section;
    if (Port* p = find_port(static_cast<LoadedPort::PortTimer*>(timer)->port)) mark_ready(*p, timer_event);
  };
  start_call_timer(port->timer, sys::monotonic_time() + int64_t(milliseconds) * 1000000);
  return 0;
}

int driver_cancel_timer(LoadedPort* port) {
  if (!is_open(port)) return -1;
  if (std::exchange(port->timer_set, false)) stop_call_timer(port->timer);
  return 0;
}

int driver_read_timer(LoadedPort* port, unsigned long* left) {
  if (!is_open(port)) return -1;
  int64_t nanoseconds = port->timer_set ? port->timer.due - sys::monotonic_time() : 0;
  *left = nanoseconds > 0 ? (unsigned long)(nanoseconds / 1000000) : 0;
  return 0;
}

}  // extern "C"
}  // namespace joist
