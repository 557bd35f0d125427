// Signals: all that one process does to another goes through one queue per receiver, so that order is kept between any two.
//
// Senders push to SignalQueue (lock-free). The receiver, when it is scheduled or receives, fetches everything, in order: it
// handles what is not a message (link, monitor, exit, process_info, …) and appends messages to its MessageQueue.
#pragma once
#include <atomic>

#include "gc/collect.h"

namespace joist {

struct Process;

enum class SignalKind : uint8_t {
  Message,        // payload: the message
  Link, Unlink, UnlinkAck,
  Monitor, Demonitor, MonitorDown,
  Exit,           // exit/2 or a link's exit
  ProcessInfo, Suspend, Resume, GroupLeader, CheckCode, GarbageCollect, TraceChange, IsAlive, SpawnReply, AliasMessage,
  Rpc,            // run a function on the receiver (system tasks)
};

// One allocation a signal: header, then the payload's heap words (as a HeapFragment the receiver adopts). Kinds with more
// data derive from it. Freed by the receiver.
struct Signal {
  Signal* next = nullptr;
  SignalKind kind = SignalKind::Message;
  Term from;               // pid or port (immediate), or the non-value
  Term payload;            // message or reason; lives in `fragment`, or needs no heap
  HeapFragment* fragment = nullptr;
  Term token = Term();     // sequence trace token
};

// Many producers, one consumer. push is wait-free but for the CAS loop; take_all returns signals oldest first.
class SignalQueue {
 public:
  // True when the queue was empty before (the receiver may need waking).
  bool push(Signal* s) {
    Signal* head = head_.load(std::memory_order_relaxed);
    do s->next = head;
    while (!head_.compare_exchange_weak(head, s, std::memory_order_seq_cst, std::memory_order_relaxed));
    return head == nullptr;
  }
  Signal* take_all() {
    Signal* s = head_.exchange(nullptr, std::memory_order_seq_cst);
    Signal* first = nullptr;
    while (s) {
      Signal* next = s->next;
      s->next = first;
      first = s;
      s = next;
    }
    return first;
  }
  bool empty() const { return head_.load(std::memory_order_seq_cst) == nullptr; }

 private:
  std::atomic<Signal*> head_{nullptr};
};

// Messages of the owner in order of arrival, with the receive cursor ("save pointer") and receive markers.
// A message's payload was adopted by the heap when it was fetched (on-heap) or stays in its fragment until received (off-heap).
struct MessageQueue {
  Signal* first = nullptr;
  Signal** last = &first;      // where the next arrival is linked
  Signal** save = &first;      // receive cursor: *save is the next message to look at
  size_t length = 0;
  Signal** marker = nullptr;   // recv_marker_*: cursor to start from
  Term marker_ref;
};

}  // namespace joist
