// Ports: what Erlang sees of files descriptors, child processes and drivers.
//
// A port is an actor like a process: everything done to it is a PortSignal in its queue, and its turn (a SchedulerTask) runs on one
// scheduler at a time. The poll thread only marks readiness and schedules a turn; reads and writes happen in the turn.
#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "vm/port/io_vector.h"
#include "vm/process/relations.h"
#include "vm/sched/scheduler.h"
#include "vm/sys/memory.h"
#include "vm/term/shared_bytes.h"

namespace joist {

namespace sys {
class PollWatch;
}
struct Port;
class Heap;

enum class PortSignalKind : uint8_t {
  Command, Control, Call, Close, Connect, Info, Link, Unlink, UnlinkAck, Exit, Monitor, Demonitor, MonitorDown, ChildStarted, ChildExited, Event
};

// What somebody else's thread has for the port's driver: run in a turn, also in those of a port that is closing; or destroyed, when the
// port is gone.
struct PortEvent {
  virtual ~PortEvent() = default;
  virtual void run(Port& port) = 0;
  // A turn for it is told to who traces the port's turns.
  virtual bool is_traced() const { return true; }
};

struct PacketBatch;  // vm/port/packet_batch.h

// Who has a port to itself: it gets what the port receives, in the owner's stead, and has packets written (vm/dist). All calls come
// from the port's turn.
class PortUser {
 public:
  virtual ~PortUser() = default;
  // A packet came.
  virtual void received(Port& port, std::string_view packet) = 0;
  // It was woken (wake_port_user), or the port is no longer busy.
  virtual void ready(Port& port) = 0;
  // The port closes: the last call.
  virtual void closed(Port& port, Term reason) = 0;
};

struct PortSignal {
  PortSignal* next = nullptr;
  PortSignalKind kind;
  Term from;                    // local pid: who sent it (links, monitors, replies); or the non-value
  Term sender;                  // local pid: who sent Port ! {Owner, …}; `from` is the owner it names
  bool force = false;           // a command that a busy port takes as well
  bool reply = false;           // natives wait for {Ref, Result}
  bool send_form = false;       // came as Port ! {Owner, …}: answers are messages, a bad one is exit badsig
  RefKey ref;                   // of the reply or the monitor
  Word id = 0;                  // unlink id; control operation; child status; connect: new owner's raw pid
  Term term;                    // info item, exit reason, monitored name: immediate, or in `kept`
  KeptTerm kept;
  std::string bytes;            // command, control, call (a term in external format)
  std::unique_ptr<IoVector> pieces;  // command to a driver that takes pieces, instead of bytes
  std::unique_ptr<PortEvent> event;
  bool from_link = false;
  // A native that runs the turn itself takes the answer here, not as a message.
  Heap* heap = nullptr;
  Term* answer = nullptr;

  size_t output_size() const { return pieces ? pieces->bytes : bytes.size(); }
};

// What a kind of port does. All calls come from the port's turn.
class PortDriver : public sys::Counted<sys::Alloc::Driver> {
 public:
  virtual ~PortDriver() = default;
  virtual const char* name() const = 0;
  // What such a port is, as the break menu and crash dumps say it before the port's name.
  virtual const char* description() const { return "Port controls linked-in driver"; }
  // The port is published; nothing runs it yet.
  virtual void opened(Port& port) {}
  // Data to write; the driver queues what it cannot write now (Port::set_queued).
  virtual void output(Port& port, std::string bytes) = 0;
  // For drivers that would rather have the data in the pieces that it came in.
  virtual bool takes_pieces() const { return false; }
  virtual void output_pieces(Port& port, IoVector pieces) {}
  // Many packets of the port's user, whom nobody answers.
  virtual void output_packets(Port& port, PacketBatch& packets);
  // Whether commands that came before the port was set busy wait until it no longer is; else the driver takes them.
  virtual bool holds_commands() const { return false; }
  // Whether port_command(…, [force]) may write to it while it is busy.
  virtual bool takes_force() const { return false; }
  // Readiness that was armed.
  virtual void ready(Port& port, unsigned events) {}
  // port_control: false is badarg. port.caller is who asks. The answer is a list of bytes, or a binary if port.answer_binary was set.
  virtual bool control(Port& port, unsigned operation, std::string_view in, std::string* out) { return false; }
  // port_call: as control; both are terms in external format.
  virtual bool call(Port& port, unsigned operation, std::string_view in, std::string* out) { return false; }
  // A process that the driver monitors is gone.
  virtual void process_down(Port& port, RefKey monitor) {}
  virtual void child_started(Port& port, int error, int os_pid) {}
  virtual void child_exited(Port& port, int status, int signal) {}
  // Closing was asked for: called before destruction, once. False: queued output is to be written first; the driver calls
  // port.finish_close() when it is out.
  virtual bool stop(Port& port) { return true; }
  // The node is about to write a crash dump and end: what others should see closed at once. Not from a turn; the others stand still.
  virtual void emergency_close() {}
  // The last call: nobody can reach the port any more.
  virtual void port_gone() { delete this; }
  // Whether closing the port, and halting the node, wait until its output is written. A child may never read its own.
  virtual bool keeps_output() const { return true; }
  virtual Word os_pid() const { return 0; }
  virtual bool is_loaded() const { return false; }  // it is a LoadedPort
  // The port's turns exclude those of the driver's other ports.
  virtual bool locks_driver() const { return false; }
};

// Bytes above which senders are suspended, and below which they go on.
struct BusyLimits {
  size_t low = 4096, high = 8192;
  bool disabled = false;
};

struct PortOptions {
  bool binary = false;
  bool eof = false;
  bool exit_status = false;
  bool use_stdio = true;
  bool stderr_to_stdout = false;
  bool in = true, out = true;
  uint8_t packet = 0;           // 1, 2, 4 byte header; 0 none
  size_t line = 0;              // line mode: longest line; 0 off
  bool parallelism = false;
  BusyLimits queue_limits;      // bytes that the driver holds
  BusyLimits command_limits;    // bytes of commands that no turn has taken yet
  std::string name;             // as port_info(name) shows
};

enum class PortTurn : uint32_t { Idle, Queued, Running, RunningAgain };
enum BusyReason : uint8_t { busy_queue = 1, busy_commands = 2 };
inline constexpr unsigned user_event = 1u << 16;  // Port::ready_events: its user is to be called

// Who waits for the result of opening a port.
struct WaitingOpener {
  Term pid;
  RefKey ref;
};

struct Port : sys::Counted<sys::Alloc::Driver> {
  SchedulerTask task;           // first: the scheduler's handle of the port
  Term id;                      // local port
  uint64_t opening = 0;         // port_table.cpp
  std::atomic<PortSignal*> incoming{nullptr};
  std::atomic<PortTurn> turn{PortTurn::Idle};
  std::atomic<unsigned> ready_events{0}; // set by the poll thread
  std::atomic<uint8_t> busy{0};          // BusyReason bits
  std::atomic<size_t> waiting_bytes{0};  // of commands that no turn has taken yet
  std::atomic<Word> owner{0};            // raw local pid ("connected")
  std::atomic<Word> registered_name{0};
  std::atomic<Word> data{0};             // port_set_data: raw term, kept in data_fragment
  HeapFragment* data_fragment = nullptr; // under data_lock
  std::atomic<bool> data_lock{false};

  // ---- only the turn (or, before publishing, the opener)
  PortOptions options;
  PortDriver* driver = nullptr;
  PortSignal* taken = nullptr;  // out of `incoming`, oldest first: what no turn has served yet
  uint32_t turn_used = 0;       // percent of this turn's time
  bool closing = false;         // no more output to Erlang; waits for the driver
  bool closed = false;
  Term exit_reason;
  Term told_of_end;             // who gets {Port, closed}, or the non-value
  Term caller;                  // who sent the command or control that the driver acts on
  bool answer_binary = false;   // of the control that the driver acts on
  uint64_t bytes_in = 0, bytes_out = 0;
  size_t queued = 0;            // bytes not written yet
  // Commands that wait for the end of busy, and what their senders sent after them.
  PortSignal* held = nullptr;
  PortSignal** held_end = &held;
  KeyTable<Link> links;
  KeyTable<MonitoredBy> monitors;
  void* trace = nullptr;        // vm/trace: flags and tracer
  std::unique_ptr<WaitingOpener> opener;  // of a spawn's result, until it has it
  std::unique_ptr<PortUser> user;         // or null

  // {Port, {data, …}} and so on to the owner. A header comes before the bytes as a list, whether or not the port is binary; without
  // has_tail nothing comes behind it.
  void deliver_data(std::string_view bytes, std::string_view header = {}, bool has_tail = true);
  void deliver_line(std::string_view line, bool complete);
  // As deliver_data with a tail; to a binary port these bytes themselves.
  void deliver_shared(std::string_view header, SharedBytes& bytes, size_t offset, size_t size);
  void deliver_exit_status(int status);
  // {Port, What}
  void tell_owner(Term what);
  // Answers a call made with a reference.
  void reply(const PortSignal& s, Term immediate);
  // Bytes the driver has queued; sets busy and wakes senders by the watermarks.
  void set_queued(size_t bytes);
  // For drivers that know themselves when senders must wait (queue_limits are disabled).
  void set_busy(bool now);
  // Ends the port with this reason once the driver lets it go. normal: EOF or close.
  void close(Term reason);
  // The same, for a driver that told the owner by other means: the owner's link goes first, so no exit signal reaches it.
  void close_unlinked(Term reason);
  void finish_close();
  // Input ended: {Port, eof} or the end of the port.
  void input_ended();
};

// ---- used by natives and hooks. Any thread inside quiescence.

// Sets the hooks by which processes reach ports (bifs/port).
void install_port_hooks();
// A new port with the given driver, not yet scheduled; takes over the driver. Null when the table is full.
Port* create_port(PortDriver* driver, const PortOptions& options, Term owner);
// The same, linked to its owner, who runs this; the driver is told.
Port* create_linked_port(PortDriver* driver, const PortOptions& options, Process& owner);
// The same from another port's turn: the owner hears of the link by a signal.
Port* create_port_for(PortDriver* driver, const PortOptions& options, Process& owner);
// Links a port just created to its owner, who runs this.
void link_opener(Port& port, Process& owner);
// A port just created, linked to nobody, did not open.
void discard_port(Port& port);
// The port's answer to its opener, if that waits, for {Ref, Result}.
void answer_opener(Port& port, Term result);
// Any thread; false when the port is gone.
bool post_to_port(Term id, std::unique_ptr<PortEvent> event);
Term port_of(Term id_or_name);  // local port id, or the non-value
// The term of port_info: one item, or for nil the list that port_info/1 shows. Only the port's turn.
size_t port_info_words(const Port& port);
Term port_info(Port& port, Term item, HeapWriter& w);
void send_to_port(Port& port, PortSignal* signal);
// The same from a scheduler that is in no port's turn: it serves the port at once when that is idle.
void serve_port_now(Port& port, PortSignal* signal);
// Runs a turn on the calling thread, with this signal last: true when the port was idle; *answer, which may lie on the caller's heap, is
// then the result. False: somebody else runs a turn or is about to; the signal is still the caller's.
bool run_port_now(Port& port, PortSignal* signal, Process& caller, Term* answer);
void schedule_port(Port& port);
// Of a port just created: its opener is done with it, turns may run.
void schedule_opened(Port& port);
void mark_ready(Port& port, unsigned events);
// Has the port's user called in a turn. Any thread.
void wake_port_user(Term id);
// Watches a descriptor for the port: its readiness comes as mark_ready.
sys::PollWatch* watch_for_port(const Port& port, int fd, bool is_socket = false);
void emergency_close_ports();
// Waits until every port has written what it queued: halt with flush.
void flush_ports();
// Wakes `process` when the port is no longer busy.
void wait_for_port(Process& process, Port& port);
bool waits_for_port(Term pid);
// A command's bytes are on their way to the port's queue; a turn took them.
void command_sent(Port& port, size_t bytes);
void command_taken(Port& port, size_t bytes);
// Whether the signal must wait with those held, and putting it there. The next one held that may be served, or null.
bool must_hold(const Port& port, const PortSignal& s);
void hold_signal(Port& port, PortSignal* s);
PortSignal* take_released(Port& port);
// The port is never busy again.
void end_busy(Port& port);
// Tells flush_ports that a turn has ended.
void turn_ended();

}  // namespace joist
