// Receiving: what the machine's receive instructions and the natives call. All of it on the thread that runs the process,
// with heap.top and heap.stack stored.
#pragma once
#include "vm/process/process.h"

namespace joist {

// Handles what has arrived; at most about `budget` signals (charged to process.reductions). True when messages were added.
// Afterwards the state word may have Exiting or Suspended set: the caller then stops running code. Collects only when
// process.may_collect is set.
bool handle_signals(Process& process, size_t budget = 1000);

enum class Received : uint8_t {
  Message,  // *message is the one under the cursor; the process's heap owns it
  Empty,    // none left: wait
  Stop,     // the process was told to exit, to suspend, or signals need a safe point: leave the run loop with stop_outcome()
};
// loop_rec: the message under the cursor, after taking in new ones when the queue is at its end. Its token, if any, becomes
// the process's when it is removed.
Received peek_message(Process& process, Term* message);
RunOutcome stop_outcome(Process& process);
// The message under the cursor did not match, or is to be looked at later: with message_queue_data off_heap the heap gives it up
// again. Until a message is removed, registers alone refer to it (the compiler sees to that), and none of them is live now.
void leave_message(Process& process);
// loop_rec_end: on to the next message.
void next_message(Process& process);
// remove_message: takes the message under the cursor away; the cursor goes back to the first.
void remove_message(Process& process);
// timeout (and recv_set elsewhere): the cursor goes back to the first message.
inline void restart_receive(Process& process) { process.messages.save = &process.messages.first; }

// Appends a message of the VM's own making to the process's queue; owner's thread. fragment may be null.
void append_message(Process& process, Term from, Term message, HeapFragment* fragment, Term token = Term());

// Appends a signal of kind Message, or of AliasMessage if the alias is active, made in the process's own turn; takes it over.
void take_message(Process& process, Signal* signal);

// recv_marker_reserve: remembers the queue's end; the result is a small for bind and clear, or undefined when none is free.
Term reserve_receive_marker(Process& process);
void bind_receive_marker(Process& process, Term marker, Term ref);
void clear_receive_marker(Process& process, Term ref);
// recv_marker_use: the cursor goes to where the queue ended when the marker bound to ref was reserved.
void use_receive_marker(Process& process, Term ref);

}  // namespace joist
