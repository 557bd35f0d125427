// Signals: all that one process does to another goes through one queue per receiver, so that order is kept between any two.
//
// Senders push to SignalQueue (lock-free) and set the Signals bit of the state word. The receiver, on the thread that runs
// it, takes everything, in order: it handles what is not a message (link, monitor, exit, requests …) and appends messages to
// its MessageQueue.
#pragma once
#include <atomic>

#include "gc/collect.h"
#include "vm/base/reversed.h"

namespace joist {

struct Process;

enum class SignalKind : uint8_t {
  Message,       // payload: the message
  AliasMessage,  // message to an alias: AliasSignal
  Link,          // from asks to be linked
  Unlink,        // UnlinkSignal: from no longer links; answered with UnlinkAck
  UnlinkAck,
  Monitor,       // MonitorSignal
  Demonitor,     // MonitorSignal
  MonitorDown,   // MonitorSignal; payload: the reason
  Exit,          // ExitSignal: exit/2 or a link's exit; payload: the reason
  Request,       // RequestSignal: run something on the receiver (process_info, suspend, group leader, collect …)
};

// One allocation a signal; the payload's heap words are in a HeapFragment that the receiver adopts. Kinds with more data
// derive from it. Freed by the receiver with destroy_signal().
struct Signal {
  Signal* next = nullptr;
  SignalKind kind = SignalKind::Message;
  bool adopted : 1 = false;     // message whose fragment the receiver's heap has taken over: payload is a root
  bool references : 1 = false;  // that fragment had off-heap objects
  uint16_t flags = 0;      // of the kind's own
  uint32_t order = 0;      // messages: place of arrival, wrapping
  Term from;               // pid or port; a local one is immediate, an external one lives in `fragment`; or the non-value
  Term payload;            // message or reason; lives in `fragment`, or needs no heap
  HeapFragment* fragment = nullptr;
  Term token = Term();     // sequence trace token (in `fragment` as well)
};

// Identity of a reference across heaps: the numbers of a local one.
struct RefKey {
  Word a = 0, b = 0;
  bool operator==(const RefKey&) const = default;
};

struct AliasSignal : Signal {
  RefKey alias;
};
struct UnlinkSignal : Signal {
  Word id = 0;
};
// payload: that of Monitor from another node, the reference.
struct MonitorSignal : Signal {
  RefKey ref;
  Term name;  // atom: monitored by name
};
struct ExitSignal : Signal {
  bool from_link = false;  // a linked process or port went, or link/1 met none
  bool kill = false;       // exit(Pid, kill): cannot be trapped
  Word link_id = 0;
};
// Runs on the receiver's thread between two steps of its code; the receiver's heap may be collected in it.
struct RequestSignal : Signal {
  RequestSignal() { kind = SignalKind::Request; }
  virtual ~RequestSignal() = default;
  // False: not done yet; keep the signal (and those behind it) and call again in the next slice.
  virtual bool run(Process& receiver) = 0;
  // The receiver exited before (or without) running it. Any thread.
  virtual void receiver_gone() = 0;
};

// A message's signal, which owns the fragment.
Signal* message_signal(Term from, Term message, HeapFragment* fragment, Term token);

// Releases payload and struct.
void destroy_signal(Signal* signal);

// Many producers, one consumer. push is wait-free but for the CAS loop; take_all returns signals oldest first.
class SignalQueue {
 public:
  // Pushes one, or a chain from `newest` down to `oldest` (each one's next is the one sent before it).
  void push(Signal* newest, Signal* oldest) {
    Signal* head = head_.load(std::memory_order_relaxed);
    do oldest->next = head;
    while (!head_.compare_exchange_weak(head, newest, std::memory_order_seq_cst, std::memory_order_relaxed));
  }
  void push(Signal* s) { push(s, s); }
  Signal* take_all() {
    if (!head_.load(std::memory_order_relaxed)) return nullptr;
    return reversed(head_.exchange(nullptr, std::memory_order_seq_cst));
  }
  bool empty() const { return head_.load(std::memory_order_seq_cst) == nullptr; }

 private:
  std::atomic<Signal*> head_{nullptr};
};

// Messages of the owner in order of arrival, with the receive cursor ("save pointer") and receive markers. A message's
// fragment is adopted by the heap when a receive first looks at it (receive.h).
struct MessageQueue {
  Signal* first = nullptr;
  Signal** last = &first;      // where the next arrival is linked
  Signal** save = &first;      // receive cursor: *save is the next message to look at
  size_t length = 0;
  uint32_t arrivals = 0;       // Signal::order of the newest
  uint32_t adopted = 0;        // messages whose payload is on the owner's heap
  Signal* adopted_last = nullptr;  // none behind it is adopted; null when none is
  // Receive markers (recv_marker_*): where the queue ended when a reference was made, so that a receive for it may skip.
  struct Marker {
    Term ref;                // root; the non-value when free
    Signal** cursor = nullptr;
    bool set = false;        // cursor is valid
  };
  struct Markers {
    static constexpr size_t most = 4;
    Marker at[most];
    size_t count = 0;
    Marker* begin() { return at; }
    Marker* end() { return at + count; }
  };
  Markers* markers = nullptr;  // null before the first is reserved
  MessageQueue() = default;
  MessageQueue(const MessageQueue&) = delete;
  MessageQueue& operator=(const MessageQueue&) = delete;
};

}  // namespace joist
