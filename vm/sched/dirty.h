// Dirty schedulers: two pools of threads for what holds a thread for long: natives and collections of big heaps. A process whose next
// work is a dirty native (state bit Dirty, SeldomUsed::dirty_native) leaves the normal schedulers as a DirtyCall in a pool's queue; a
// pool thread makes the call.
//
// Until that is done the process is DirtyRunning but not Running: a signal queues it as if it were idle, and a normal scheduler
// handles its signals, up to its exit. The pool's thread touches only the DirtyCall; the process's heap is not collected and its struct
// not freed meanwhile. At the end the DirtyCall is pushed to the process as a signal that brings the result.
//
// During a collection the process stays Running: the pool's thread is the one that runs it. So its signals wait until it is back.
//
// Pool threads are offline for quiescence, so a native that looks up processes must do so in a QuiescentSection.
#pragma once
#include "vm/process/process.h"
#include "vm/sys/threads.h"

namespace joist {

struct Scheduler;
struct LongCollection;  // vm/process/collection.h

// Work for a pool's thread.
struct DirtyJob {
  DirtyJob* next_job = nullptr;  // pool's lock
  Process* process = nullptr;
  uint8_t low_skips = 0;         // pool's lock: turns that it lets pass yet
  virtual void run() = 0;
  // Gives the process, and the job, away.
  virtual void end() = 0;

 protected:
  ~DirtyJob() = default;
};

struct DirtyCall;
void make_dirty_call(DirtyCall& call);
void end_dirty_call(DirtyCall& call);
void take_back_dirty_call(DirtyCall& call, Process& process);

// One call of a dirty native. As a signal it brings its result to the process and takes the Dirty bit from it; until then the process
// runs no code and is not collected.
struct DirtyCall : RequestSignal, DirtyJob {
  RunOutcome outcome = RunOutcome::Dirty;
  // On a dirty scheduler. Yield: done; Dirty or Wait: to be called again, at once or when the process is woken.
  virtual RunOutcome call() = 0;
  // Moves what the call made to the process, which the caller runs.
  virtual void finish(Process& process) = 0;
  void run() final { make_dirty_call(*this); }
  void end() final { end_dirty_call(*this); }
  bool run(Process& p) final {
    take_back_dirty_call(*this, p);
    return true;
  }
  void receiver_gone() final {}
};

void start_dirty_schedulers(Scheduler** first, uint32_t cpu, uint32_t cpu_online, uint32_t io);
void set_dirty_pool_online(uint32_t cpu_online);
void stop_dirty_schedulers();
// The caller runs p, which is Dirty, and gives it away.
void begin_dirty_call(Process& p);
// The caller runs p and gives it away at the end of its turn; it is let go with `clear` (let_go) after the collection.
void begin_long_collection(Process& p, const LongCollection& collection, uint32_t clear);
size_t dirty_queue_length(bool io);
bool io_call_under_way();

// Where a scheduler's thread sleeps.
struct SchedulerParking {
  sys::Event event;
};

// scheduler.cpp's, for dirty.cpp.
void set_current_scheduler(Scheduler* s);
// The end of a turn. The bits in `clear` go in the same step in which the process is let go.
void let_go(Process& p, uint32_t clear);

}  // namespace joist
