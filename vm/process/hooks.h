// What processes need of the layers above, as function pointers that those set once at start.
#pragma once
#include "vm/process/process.h"

namespace joist {

struct Monitor;       // vm/process/relations.h
struct SpawnRequest;  // vm/process/relations.h

// NotConnected: with no_connect, to a node that there is no connection with.
enum class SendStatus : uint8_t { Done, Badarg, Suspend, NotConnected, Yield, SystemLimit };

// What a process that exits gives up, in this order, before others hear of its end.
enum class ExitStep : uint8_t { Tables, Drivers, Sockets, MultiScheduling, Distribution, count };

struct ProcessHooks {
  // vm/node: the node cannot do without this process, which exits.
  void (*system_process_exit)(Process& process, Term reason) = nullptr;
  // vm/sched: puts a process that has just become Queued into a run queue. Any thread.
  void (*enqueue)(Process& process) = nullptr;
  // vm/sched: moves a queued process whose `raised` has become better. Any thread.
  void (*raise)(Process& process) = nullptr;
  // vm/sched: calls fn(object) once no thread can still hold a pointer read before.
  void (*retire)(void* object, void (*fn)(void*)) = nullptr;
  // vm/sched: cancels the receive timer, if any.
  void (*cancel_receive_timer)(Process& process) = nullptr;
  // vm/sched: cancels the BIF timers aimed at a process that exits.
  void (*cancel_timers)(Process& process) = nullptr;
  // vm/port: signals to a port. Each may be null: then the port does not exist.
  void (*port_link)(Process& from, Term port) = nullptr;
  void (*port_unlink)(Term from_pid, Term port, Word id) = nullptr;
  void (*port_unlink_ack)(Term from_pid, Term port, Word id) = nullptr;
  void (*port_exit)(Term from_pid, Term port, Term reason, bool from_link) = nullptr;
  // The exit signal of a link when the process exits: an idle port is served at once.
  void (*port_link_exit)(Term from_pid, Term port, Term reason) = nullptr;
  bool (*port_monitor)(Process& from, Term port, RefKey ref, Term name) = nullptr;  // false: no such port
  void (*port_demonitor)(Term port, RefKey ref) = nullptr;
  void (*port_monitor_down)(Term port, RefKey ref, Term target, Term reason) = nullptr;
  Term (*port_of_name)(Term name) = nullptr;  // registered port, or the non-value
  // Sends `message` to a port ({Owner, {command, …}} and so on). Suspend: it is busy; the process is woken when it no longer is.
  SendStatus (*port_send)(Process& from, Term port, Term message, bool no_suspend) = nullptr;
  // vm/nif: for watchers that are magic references.
  void (*resource_monitor_down)(Term watcher, Term pid) = nullptr;
  // vm/dist: signals to a process of another node; null while there is no distribution. A node that is not connected, and to which no
  // connection can be set up, has no processes: who links or monitors is told noconnection. `to`, when by_name: the name.
  SendStatus (*remote_send)(Process& from, Term to, Term node, Term message, bool by_name, bool no_suspend, bool no_connect) = nullptr;
  void (*remote_link)(Process& from, Term pid) = nullptr;
  void (*remote_unlink)(Process& from, Term pid, Word id) = nullptr;
  void (*remote_unlink_ack)(Term from, Term pid, Word id) = nullptr;
  bool (*remote_exit)(Process& from, Term pid, Term reason) = nullptr;                        // exit/2; false: too large
  void (*remote_link_exit)(Term from, Term pid, Term reason, Term token) = nullptr;           // a link's end
  void (*remote_monitor)(Process& from, Term target, Term node, RefKey ref) = nullptr;
  void (*remote_demonitor)(Process& from, Term target, Term node, RefKey ref) = nullptr;
  // The end of the process's own record of erlang:monitor_node or process_flag(monitor_nodes, …).
  void (*node_demonitor)(Process& from, const Monitor& monitor) = nullptr;
  // The process exits with a spawn request that was not answered.
  void (*spawn_request_left)(Process& from, const SpawnRequest& request) = nullptr;
  void (*remote_monitor_down)(Term target_or_name, Term watcher, Term ref, Term reason) = nullptr;
  void (*remote_group_leader)(Process& from, Term leader, Term pid) = nullptr;
  // vm/code: does the process refer to old code of the module (after collecting if need be)?
  bool (*refers_to_old_code)(Process& process, Term module) = nullptr;
  // vm/interp: current_function, current_location, current_stacktrace of a process that is not running, or is the caller.
  Term (*current_place)(Process& process, Heap& heap, Term item) = nullptr;
  // Run when a process exits, on the thread that runs it, in slices: false means "again" (out of reductions). Set at start.
  bool (*exit_steps[size_t(ExitStep::count)])(Process& process) = {};
  // Extra roots of an owner above (trace, ets, services fields).
  void (*visit_roots)(Process& process, RootVisitor& visitor) = nullptr;
  // Frees what the above fields hold, when the struct goes.
  void (*destroy)(Process& process) = nullptr;
};
extern ProcessHooks process_hooks;

}  // namespace joist
