#include "vm/port/loaded_port.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "vm/port/port_data_lock.h"
#include "vm/port/port_table.h"
#include "vm/port/port_trace.h"
#include "vm/process/hooks.h"
#include "vm/process/process_table.h"
#include "vm/process/send.h"
#include "vm/sched/quiescence.h"
#include "vm/sys/clock.h"
#include "vm/sys/memory.h"
#include "vm/sys/stream.h"

namespace joist {
namespace {

constexpr size_t answer_room = 64;  // bytes that control and call may answer without allocating

struct DriverGone final : PortEvent {
  void run(Port& port) override { static_cast<LoadedPort*>(port.driver)->fail(make_atom("driver_unloaded")); }
};

}  // namespace

LoadedPort::~LoadedPort() {
  if (!released) release_port_of(driver);
}

DriverCall::DriverCall(LoadedPort& port) : port_(port) {
  if (port.locks_driver()) port.driver.lock.lock();
  port.depth++;
}

DriverCall::~DriverCall() {
  LoadedPort& p = port_;
  if (p.depth == 1 && !p.stopped) {
    size_t queued = p.queue_size();
    p.port->set_queued(queued);
    if (p.port->closing && !queued) {
      p.stop_driver();
      p.port->finish_close();
    }
  }
  p.depth--;
  std::vector<Port*> created;
  if (p.depth == 0) created.swap(p.created);
  if (p.locks_driver()) p.driver.lock.unlock();
  for (Port* port : created) schedule_opened(*port);
  if (p.depth == 0 && p.stopped && !p.released) {
    p.released = true;
    release_port_of(p.driver);
  }
}

size_t LoadedPort::queue_size() {
  PortDataGuard guard(data_lock);
  return queue.bytes();
}

void LoadedPort::output(Port&, std::string bytes) {
  if (!driver.entry->output) return;
  DriverCall call(*this);
  driver.entry->output(data, bytes.data(), bytes.size());
}

// The first piece is left to the driver, for a header.
void LoadedPort::output_pieces(Port&, IoVector given) {
  std::vector<driver_abi::Piece> pieces{{nullptr, 0}};
  std::vector<driver_abi::Binary*> binaries{nullptr};
  for (const IoVector::Piece& piece : given.pieces) {
    pieces.push_back({reinterpret_cast<char*>(piece.data), piece.size});
    binaries.push_back(&driver_binary::of(*piece.owner));
  }
  driver_abi::Vector vector{int(pieces.size()), given.bytes, pieces.data(), binaries.data()};
  DriverCall call(*this);
  driver.entry->outputv(data, &vector);
}

void LoadedPort::ready(Port& port, unsigned events) {
  DriverCall call(*this);
  if (events & select_event) run_ready_events();
  if ((events & timer_event) && timer_set && !stopped && timer.due <= sys::monotonic_time()) {
    timer_set = false;
    if (driver.entry->timeout) {
      if (port.trace) port_trace::tell(port, PortTraceEvent::Received, make_atom("receive"), atom::timeout);
      driver.entry->timeout(data);
    }
  }
}

// What control or call left at `given`: the room it was offered, memory from driver_alloc, or a binary.
bool LoadedPort::take_answer(SWord size, char* room, char* given, bool binary, std::string* out) {
  if (size < 0) return false;
  if (binary) {
    port->answer_binary = given;
    if (given == room) {
      out->assign(room, size_t(size));
    } else if (given) {
      auto& bytes = *reinterpret_cast<driver_abi::Binary*>(given);
      out->assign(bytes.bytes, size_t(bytes.size));
      driver_binary::shared(bytes).release();
    }
    return true;
  }
  if (size) out->assign(given, size_t(size));
  if (given && given != room) sys::release(given, sys::Alloc::Driver);
  return true;
}

bool LoadedPort::control(Port&, unsigned operation, std::string_view in, std::string* out) {
  if (!driver.entry->control) return false;
  DriverCall call(*this);
  char room[answer_room];
  char* given = room;
  SWord size = driver.entry->control(data, operation, const_cast<char*>(in.data()), in.size(), &given, sizeof room);
  return take_answer(size, room, given, binary_control, out);
}

bool LoadedPort::call(Port&, unsigned operation, std::string_view in, std::string* out) {
  if (!driver.entry->call) return false;
  DriverCall call(*this);
  char room[answer_room];
  char* given = room;
  unsigned flags = 0;
  SWord size = driver.entry->call(data, operation, const_cast<char*>(in.data()), in.size(), &given, sizeof room, &flags);
  if (size > 0 && (flags & driver_abi::keep_buffer)) return out->assign(given, size_t(size)), true;
  return take_answer(size, room, given, false, out);
}

void LoadedPort::process_down(Port&, RefKey monitor) {
  size_t count = monitors.size();
  std::erase_if(monitors, [&](const Watched& w) { return w.monitor == monitor; });
  if (monitors.size() == count || stopped) return;
  DriverCall call(*this);
  driver_abi::Monitor m{{monitor.a, monitor.b, 0, 0}};
  if (driver.entry->process_exit) driver.entry->process_exit(data, &m);
}

void LoadedPort::run_job_done(void* job) {
  DriverCall call(*this);
  if (!stopped && driver.entry->ready_async) driver.entry->ready_async(data, job);
}

void LoadedPort::stop_driver() {
  if (stopped) return;
  if (started && driver.entry->stop) driver.entry->stop(data);
  stopped = true;
  if (timer_set) stop_call_timer(timer);
  timer_set = false;
  deselect_all();
  while (!monitors.empty()) demonitor_process(monitors.back().monitor);
  PortDataGuard guard(data_lock);
  queue.clear();
}

bool LoadedPort::stop(Port&) {
  DriverCall call(*this);
  if (!failed && !port->exit_reason.same(atom::kill) && queue_size()) {
    flushing = true;
    if (driver.entry->flush) driver.entry->flush(data);
    // The end of this call, or of a later one, closes the port when the queue is empty.
    return false;
  }
  stop_driver();
  return true;
}

void LoadedPort::emergency_close() {
  if (started && !stopped && driver.entry->emergency_close) driver.entry->emergency_close(data);
}

void LoadedPort::fail(Term reason, bool unlinked) {
  if (stopped) return;
  DriverCall call(*this);
  failed = true;
  if (std::exchange(waits_for_start, false)) answer_opener(*port, port->id);
  {
    PortDataGuard guard(data_lock);
    queue.clear();
  }
  if (port->closing) {
    stop_driver();
    port->finish_close();
  } else if (unlinked) {
    port->close_unlinked(reason);
  } else {
    port->close(reason);
  }
}

// ---- monitors of processes

int LoadedPort::monitor_process(Term pid, RefKey* monitor) {
  if (!driver.entry->process_exit) return -1;
  Process* process = pid.is_local_pid() ? find_process(pid) : nullptr;
  if (!process) return 1;
  *monitor = fresh_ref_key();
  auto* s = new MonitorSignal;
  s->kind = SignalKind::Monitor;
  s->from = port->id;
  s->ref = *monitor;
  monitors.push_back({*monitor, pid});
  send_signal(*process, s);
  return 0;
}

bool LoadedPort::demonitor_process(RefKey monitor) {
  auto found = std::find_if(monitors.begin(), monitors.end(), [&](const Watched& w) { return w.monitor == monitor; });
  if (found == monitors.end()) return false;
  if (Process* process = find_process(found->pid)) {
    auto* s = new MonitorSignal;
    s->kind = SignalKind::Demonitor;
    s->from = port->id;
    s->ref = monitor;
    send_signal(*process, s);
  }
  monitors.erase(found);
  return true;
}

Term LoadedPort::monitored_process(RefKey monitor) const {
  for (const Watched& w : monitors)
    if (w.monitor == monitor) return w.pid;
  return Term();
}

// ---- opening

// What open_port fails with when `start` returned this; the non-value: it did not fail.
Term start_error(void* result, int error) {
  if (result == driver_abi::error_badarg) return atom::badarg;
  if (result == driver_abi::error_errno) return make_atom(sys::error_name(error));
  return result == driver_abi::error_general ? make_atom("einval") : Term();
}

Term LoadedPort::start(const std::string& command) {
  DriverCall call(*this);
  std::string text = command;
  errno = 0;
  void* result = driver.entry->start ? driver.entry->start(this, text.data()) : nullptr;
  Term error = start_error(result, errno);
  if (stopped) return error;
  started = error.is_non_value();
  if (started) data = result;
  else stop_driver();
  return error;
}

void LoadedPort::start_acknowledged(void* result) {
  if (!std::exchange(waits_for_start, false)) return;
  Term error = start_error(result, errno);
  if (error.is_non_value()) data = result;
  answer_opener(*port, error.is_value() ? error : port->id);
}

OpenedPort open_loaded_port(LoadedDriver& driver, const std::string& command, PortOptions options, Process& opener, RefKey ref) {
  if (driver.has_flag(driver_abi::no_command_limits)) options.command_limits.disabled = true;
  options.queue_limits.disabled = true;  // the driver sets it busy
  auto* loaded = new LoadedPort(driver);
  Port* port = create_port(loaded, options, opener.pid);
  if (!port) {
    delete loaded;
    return {.error = atom::system_limit};
  }
  loaded->opened(*port);
  loaded->waits_for_start = driver.has_flag(driver_abi::acknowledges_start);
  port->caller = opener.pid;
  port->opener.reset(new WaitingOpener{opener.pid, ref});
  bool waits = loaded->waits_for_start;
  if (Term error = loaded->start(command); error.is_value()) {
    discard_port(*port);
    return {.error = error};
  }
  Term id = port->id;
  if (port->closing) {
    add_link(opener, id);
    send_link_exit(opener, id, port->exit_reason);
  } else {
    link_opener(*port, opener);
  }
  schedule_opened(*port);
  return {.port = id, .waits = waits};
}

void kill_ports_of(LoadedDriver& driver) {
  std::vector<Term> ports;
  QuiescentSection section;
  auto collect = [&](Port& port) {
    auto* loaded = port.driver->is_loaded() ? static_cast<LoadedPort*>(port.driver) : nullptr;
    if (loaded && &loaded->driver == &driver) ports.push_back(port.id);
  };
  for_each_port([](Port& port, void* f) { (*static_cast<decltype(collect)*>(f))(port); }, &collect);
  for (Term port : ports) post_to_port(port, std::make_unique<DriverGone>());
}

}  // namespace joist
