// driver_select and timers.
#include <algorithm>

#include "vm/port/selected_event.h"
#include "vm/sched/quiescence.h"
#include "vm/sys/clock.h"

namespace joist {
namespace {

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

SelectedEvent* find_event(LoadedPort& port, int fd) {
  for (SelectedEvent* event : port.events)
    if (event->fd == fd) return event;
  return nullptr;
}

SelectedEvent* add_event(LoadedPort& port, int fd) {
  auto* event = new SelectedEvent;
  event->port = port.port->id;
  event->fd = fd;
  auto on_ready = [](void* e, unsigned events) { push_ready(*static_cast<SelectedEvent*>(e), events); };
  event->watch = sys::poll_watch(fd, on_ready, event);
  if (event->watch) event->references++;
  port.events.push_back(event);
  return event;
}

void remove_event(LoadedPort& port, SelectedEvent& event) {
  std::erase(port.events, &event);
  event.wanted = 0;
  if (event.watch) sys::poll_unwatch(event.watch, [](void* e) { static_cast<SelectedEvent*>(e)->release(); }, &event);
  event.release();
}

}  // namespace

void SelectedEvent::arm() {
  unsigned more = wanted & ~armed;
  if (!more) return;
  armed |= more;
  if (watch) sys::poll_arm(watch, more);
  else push_ready(*this, more);
}

// Newest first: the poll thread tells of all that are ready before they are looked at again.
SelectedEvent* take_ready(LoadedPort& port) {
  SelectedEvent* first = port.ready_events.load(std::memory_order_acquire);
  while (first && !port.ready_events.compare_exchange_weak(first, first->next_ready, std::memory_order_acquire)) {
  }
  return first;
}

void deselect_all(LoadedPort& port) {
  while (!port.events.empty()) remove_event(port, *port.events.back());
}

extern "C" {

int driver_select(LoadedPort* port, void* handle, int mode, int on) {
  using namespace driver_abi;
  int fd = int(reinterpret_cast<SWord>(handle));
  if (!port || !port->is_open() || fd < 0) return -1;
  SelectedEvent* event = find_event(*port, fd);
  unsigned events = (mode & select_read ? sys::poll_read : 0u) | (mode & select_write ? sys::poll_write : 0u);
  if (on) {
    if (!event) event = add_event(*port, fd);
    event->wanted |= events;
    if (mode & select_use) event->in_use = true;
    event->arm();
    return 0;
  }
  // Giving up the use of an event ends both kinds of waiting.
  bool give_up = mode & select_use;
  if (event) {
    event->wanted &= give_up ? 0 : ~events;
    if (give_up || (!event->wanted && !event->in_use)) remove_event(*port, *event);
  }
  // The descriptor is in no use of ours any more: the driver may close it.
  if (give_up && (mode & select_no_callback) == 0 && port->driver.entry->stop_select) port->driver.entry->stop_select(handle, nullptr);
  return 0;
}

int driver_set_timer(LoadedPort* port, unsigned long milliseconds) {
  if (!port || !port->is_open() || !port->driver.entry->timeout) return -1;
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
  if (!port || !port->is_open()) return -1;
  if (std::exchange(port->timer_set, false)) stop_call_timer(port->timer);
  return 0;
}

int driver_read_timer(LoadedPort* port, unsigned long* left) {
  if (!port || !port->is_open()) return -1;
  int64_t nanoseconds = port->timer_set ? port->timer.due - sys::monotonic_time() : 0;
  *left = nanoseconds > 0 ? (unsigned long)(nanoseconds / 1000000) : 0;
  return 0;
}

}  // extern "C"
}  // namespace joist
