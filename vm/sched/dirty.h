// Dirty schedulers: two pools of threads for natives that hold a thread for long. A process whose next work is a dirty native
// (state bit Dirty, process.dirty_native) waits in its pool's queue; a pool thread runs the native on the process's saved
// arguments and gives the process back to the normal schedulers.
//
// While a dirty native runs, its process is Running: nobody handles its signals. Pool threads are offline for quiescence, so a native
// that looks up processes must do so in a QuiescentSection.
#pragma once
#include "vm/process/process.h"

namespace joist {

struct Scheduler;

void start_dirty_schedulers(Scheduler** first, uint32_t cpu, uint32_t cpu_online, uint32_t io);
void set_dirty_pool_online(uint32_t cpu_online);
void stop_dirty_schedulers();
// p is Queued and Dirty.
void enqueue_dirty(Process& p);
size_t dirty_queue_length(bool io);

// scheduler.cpp's, for dirty.cpp.
void finish_dirty_turn(Process& p, RunOutcome outcome);
void set_current_scheduler(Scheduler* s);

}  // namespace joist
