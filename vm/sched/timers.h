// Timers: receive timeouts and BIF timers (send_after, start_timer), on the wheel of the scheduler that set them.
//
// A wheel has one lock. Expiry runs under it, so once a cancel returns, the timer has either been stopped or has done its
// work; the expiry functions only push signals and set bits.
#pragma once
#include "vm/process/relations.h"
#include "vm/sched/timer_wheel.h"
#include "vm/sys/lock.h"

namespace joist {

struct TimerService;

enum class TimerKind : uint8_t { Receive, Bif, Call };

struct Timer : WheelEntry {
  TimerKind kind = TimerKind::Bif;
  TimerService* service = nullptr;
  int64_t due = 0;  // Erlang monotonic time, nanoseconds
};

// A receive's timeout: fires into the process's state word.
struct ReceiveTimer : Timer {
  Process* process = nullptr;
};

// A call on a scheduler thread at a time, for the VM's own services. The function must not take timer locks.
struct CallTimer : Timer {
  void (*run)(CallTimer* timer) = nullptr;
};

// One a scheduler; created by init_schedulers.
struct TimerService {
  sys::Mutex lock{sys::LockRank::Timers};
  TimerWheel wheel;                        // lock
  std::atomic<int64_t> next_due{INT64_MAX};// written under lock: nothing fires before; nanoseconds
  void (*unpark)(void* arg) = nullptr;     // wakes the owner when an earlier timer arrives
  void* unpark_arg = nullptr;
};
TimerService* timer_service_create();
// Fires what is due. Owner's thread.
void run_timers(TimerService& service, int64_t now);
// The service that the calling thread sets timers on (any scheduler's for threads that have none).
TimerService& current_timer_service();

// receive … after: starts the timer of a process that is about to wait. milliseconds > 0.
void start_receive_timer(Process& process, uint64_t milliseconds);
// Afterwards the TimedOut bit is clear. Nothing happens when none is set.
void stop_receive_timer(Process& process);
// True once the timer fired (it is gone then).
bool receive_timed_out(Process& process);

void start_call_timer(CallTimer& timer, int64_t due);
// True when it was stopped before it ran.
bool stop_call_timer(CallTimer& timer);

// ---- BIF timers
enum class BifTimerStatus : uint8_t { Ok, Gone };
// Sends `message` (or {timeout, Ref, message}) to target at `due`. target: local pid or name.
void start_bif_timer(Term ref, Term target, Term message, bool wrap, int64_t due);
// Milliseconds that were left, or -1 when there is no such timer.
int64_t cancel_bif_timer(RefKey ref);
int64_t read_bif_timer(RefKey ref);
// Those aimed at this pid.
void cancel_bif_timers_of(Process& process);
size_t bif_timer_count();
size_t bif_timer_bytes();  // that they take, without their messages
void for_each_bif_timer(void (*f)(Term target, Term message, int64_t milliseconds_left, void* arg), void* arg);

}  // namespace joist
