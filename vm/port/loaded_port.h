// A port of a loaded driver: calls the driver's functions, and keeps what the driver has asked for (loaded_driver_*.cpp are the functions
// that the driver calls). What a driver holds as ErlDrvPort is a LoadedPort*.
//
// The driver's functions run in the port's turns, one at a time: under the driver's lock, or at the same time as those of its other
// ports when it has port locking. `stop` is called as soon as the port closes, even from inside another of its functions, as in OTP; the
// reference to the driver goes when the outermost call has returned.
#pragma once
#include <atomic>
#include <utility>
#include <vector>

#include "vm/port/driver_queue.h"
#include "vm/port/framing.h"
#include "vm/port/loaded_driver.h"
#include "vm/port/port.h"
#include "vm/sched/timers.h"

namespace joist {

struct SelectedEvent;
struct PortDataLock;

// Readiness of a port's own making, beside those of the poll thread.
enum : unsigned { timer_event = 4, select_event = 8 };

struct LoadedPort final : PortDriver {
  // Takes over the reference to the driver that its acquisition gave.
  explicit LoadedPort(LoadedDriver& d) : driver(d) {}
  ~LoadedPort() override;

  // PortDriver
  const char* name() const override { return driver.name.c_str(); }
  void opened(Port& p) override { port = &p; }
  void output(Port& port, std::string bytes) override;
  bool takes_pieces() const override { return driver.entry->outputv; }
  void output_pieces(Port& port, IoVector pieces) override;
  bool holds_commands() const override { return true; }
  bool takes_force() const override { return driver.has_flag(driver_abi::soft_busy); }
  void ready(Port& port, unsigned events) override;
  bool control(Port& port, unsigned operation, std::string_view in, std::string* out) override;
  bool call(Port& port, unsigned operation, std::string_view in, std::string* out) override;
  void process_down(Port& port, RefKey monitor) override;
  bool stop(Port& port) override;
  void emergency_close() override;
  void port_gone() override;
  Word os_pid() const override { return child_pid; }
  bool is_loaded() const override { return true; }
  bool locks_driver() const override { return !driver.has_flag(driver_abi::port_locking); }

  // Whether the driver may still do something with the port.
  bool is_open() const { return port && !stopped; }
  size_t queue_size();
  // Closes the port with this reason; what is queued is dropped. unlinked: its owner does not hear of it.
  void fail(Term reason, bool unlinked = false);
  void run_job_done(void* job);
  // Calls the driver's `start`; what open_port fails with, or the non-value.
  Term start(const std::string& command);
  void start_acknowledged(void* result);
  // 0; 1: there is no such process; -1: the driver has no process_exit.
  int monitor_process(Term pid, RefKey* monitor);
  bool demonitor_process(RefKey monitor);
  Term monitored_process(RefKey monitor) const;  // the non-value: none

  LoadedDriver& driver;
  Port* port = nullptr;
  void* data = nullptr;                // what `start` returned
  // ---- only the turn
  bool started = false;                // `start` returned data
  bool stopped = false;                // `stop` was called
  bool released = false;               // the reference to the driver is gone
  std::atomic<bool> flushing{false};   // the port is closed, but for what is queued: nothing more goes to Erlang
  bool failed = false;                 // what is queued is not waited for
  bool binary_control = false;
  bool waits_for_start = false;        // until erl_drv_init_ack
  unsigned depth = 0;                  // of calls into the driver
  Word child_pid = 0;
  Framing framing;                     // lines
  struct Watched {
    RefKey monitor;
    Term pid;
  };
  std::vector<Watched> monitors;
  std::vector<Port*> created;          // by the driver in the call that is made; they may run after it
  std::vector<int> selected;           // descriptors; other ports may have some of them by now
  std::atomic<SelectedEvent*> ready_events{nullptr};  // pushed by the poll thread
  struct PortTimer : CallTimer {
    Term port;
  } timer;
  bool timer_set = false;
  // ---- under the port data lock when there is one; else only the turn
  DriverQueue queue;
  PortDataLock* data_lock = nullptr;

 private:
  friend class DriverCall;
  void stop_driver();
  void run_ready_events();  // loaded_driver_select.cpp
  void deselect_all();      // there as well
  bool take_answer(SWord size, char* buffer, char* given, bool binary, std::string* out);
};

// What driver_create_port returns when it cannot, and drivers may hand on.
inline LoadedPort* const no_loaded_port = reinterpret_cast<LoadedPort*>(-1L);
inline bool is_open(const LoadedPort* port) { return port && port != no_loaded_port && port->is_open(); }

// While it lives, code of the driver may run on this thread for this port.
class DriverCall {
 public:
  explicit DriverCall(LoadedPort& port);
  // The outermost one settles what the driver did: its queue, the end of a port that is closing.
  ~DriverCall();
  DriverCall(const DriverCall&) = delete;
  DriverCall& operator=(const DriverCall&) = delete;

 private:
  LoadedPort& port_;
};

// Opens a port on a loaded driver, which comes from acquire_driver. waits: the driver says later whether it is open, and {Ref, Port | Reason}
// comes. Without a port: what open_port fails with.
struct OpenedPort {
  Term port = Term();
  bool waits = false;
  Term error = Term();
};
OpenedPort open_loaded_port(LoadedDriver& driver, const std::string& command, PortOptions options, Process& opener, RefKey ref);
// Every port of the driver fails with driver_unloaded. No locks held.
void kill_ports_of(LoadedDriver& driver);

}  // namespace joist
