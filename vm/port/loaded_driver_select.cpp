// driver_select and timers.
#include <algorithm>
#include <unordered_map>

#include "vm/port/selected_event.h"
#include "vm/sched/quiescence.h"
#include "vm/sys/clock.h"

namespace joist {
namespace {

// Who has a descriptor: the port that selected it last. Others lose theirs.
struct Owner {
  Term port;
  uint64_t serial = 0;  // of its SelectedEvent
};
struct Shard {
  sys::Mutex lock{sys::LockRank::Leaf};
  std::unordered_map<int, Owner> owners;  // lock
};
Shard shards[16];
Shard& shard_of(int fd) { return shards[unsigned(fd) % std::size(shards)]; }

// From the poll thread, or from the turn for what is always ready.
void push_ready(SelectedEvent& event, unsigned events) {
  if (event.ready.fetch_or(events, std::memory_order_acq_rel)) return;
  QuiescentSection section;
  Port* port = find_port(event.port);
  if (!port) return;
  auto& loaded = *static_cast<LoadedPort*>(port->driver);
  event.references.fetch_add(1, std::memory_order_relaxed);
  SelectedEvent* head = loaded.ready_events.load(std::memory_order_relaxed);
  do event.next_ready = head;
  while (!loaded.ready_events.compare_exchange_weak(head, &event, std::memory_order_release, std::memory_order_relaxed));
  mark_ready(*port, select_event);
}

void remove_event(LoadedPort& port, SelectedEvent& event) {
  std::erase(port.events, &event);
  {
    Shard& shard = shard_of(event.fd);
    sys::Locked lock(shard.lock);
    if (auto found = shard.owners.find(event.fd); found != shard.owners.end() && found->second.serial == event.serial) shard.owners.erase(found);
  }
  event.wanted = 0;
  if (event.watch) sys::poll_unwatch(event.watch, [](void* e) { static_cast<SelectedEvent*>(e)->release(); }, &event);
  event.release();
}

// The port's event of the descriptor; one that it has lost goes.
SelectedEvent* find_event(LoadedPort& port, int fd) {
  for (SelectedEvent* event : port.events) {
    if (event->fd != fd) continue;
    if (event->is_owner()) return event;
    remove_event(port, *event);
    break;
  }
  return nullptr;
}

// So that a port whose descriptor went to another one watches it no longer.
struct LookAt final : PortEvent {
  int fd;
  explicit LookAt(int f) : fd(f) {}
  void run(Port& port) override { find_event(*static_cast<LoadedPort*>(port.driver), fd); }
};

void take_over(SelectedEvent& event) {
  Term before;
  {
    Shard& shard = shard_of(event.fd);
    sys::Locked lock(shard.lock);
    before = std::exchange(shard.owners[event.fd], Owner{event.port, event.serial}).port;
  }
  if (before.is_value()) post_to_port(before, std::make_unique<LookAt>(event.fd));
}

SelectedEvent* add_event(LoadedPort& port, int fd) {
  auto* event = new SelectedEvent;
  event->port = port.port->id;
  event->fd = fd;
  event->is_open = sys::descriptor_is_open(fd);
  static std::atomic<uint64_t> last_serial{0};
  event->serial = ++last_serial;
  take_over(*event);
  auto on_ready = [](void* e, unsigned events) { push_ready(*static_cast<SelectedEvent*>(e), events); };
  event->watch = sys::poll_watch(fd, on_ready, event);
  if (event->watch) event->references++;
  port.events.push_back(event);
  return event;
}

}  // namespace

bool SelectedEvent::is_owner() const {
  Shard& shard = shard_of(fd);
  sys::Locked lock(shard.lock);
  auto found = shard.owners.find(fd);
  return found != shard.owners.end() && found->second.serial == serial;
}

void SelectedEvent::arm() {
  unsigned more = wanted & ~armed;
  if (!more || !is_open) return;
  armed |= more;
  if (watch) sys::poll_arm(watch, more);
  else push_ready(*this, more);
}

void deselect_all(LoadedPort& port) {
  while (!port.events.empty()) remove_event(port, *port.events.back());
}

extern "C" {

int driver_select(LoadedPort* port, void* handle, int mode, int on) {
  using namespace driver_abi;
  int fd = int(reinterpret_cast<SWord>(handle));
  if (!is_open(port) || fd < 0) return -1;
  SelectedEvent* event = find_event(*port, fd);
  unsigned events = (mode & select_read ? sys::poll_read : 0u) | (mode & select_write ? sys::poll_write : 0u);
  if (on) {
    if (!event) event = add_event(*port, fd);
    event->wanted |= events;
    if (mode & select_use) event->in_use = true;
    event->arm();
    return 0;
  }
  // Giving up the use of an event ends both kinds of waiting, unless the driver wants no call.
  bool give_up = (mode & (select_use | select_no_callback)) == select_use;
  if (event) {
    event->wanted &= give_up ? 0 : ~events;
    if (mode & select_use) event->in_use = false;
    if (!event->wanted && !event->in_use) remove_event(*port, *event);
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
