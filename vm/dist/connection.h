// A connection to another node.
//
// It is tried (Pending), carries signals (Connected) and ends, once; the next try is another object. Erlang knows it as a dist handle,
// {Id, Ref}, whose reference holds it. What is sent while it is pending waits as terms, for nobody knows yet what the other node
// understands; later signals are encoded by their senders.
//
// The channel, a port or a process, takes packets (take) and brings what came (receive), one thread at a time each. Whoever sends says
// output_waits() when the queue was empty. The connection ends with its channel: end() tells everybody who was linked to, monitored or
// was monitored by a process of that node.
#pragma once
#include <vector>

#include "vm/dist/control.h"
#include "vm/dist/incoming.h"
#include "vm/dist/outgoing.h"
#include "vm/dist/remote_relations.h"
#include "vm/process/relations.h"
#include "vm/sys/lock.h"
#include "vm/term/magic.h"

namespace joist::dist {

// Bytes that may wait in a connection before processes that send to it must: +zdbbl.
inline std::atomic<size_t> buffer_limit{1 << 20};

enum class ConnectionState : uint8_t { Pending, Connected, Ended };

// What carries the packets of a connected connection.
class Channel {
 public:
  virtual ~Channel() = default;
  // The port or process: a local one.
  virtual Term controller() const = 0;
  // There is something to take. Any thread, under no lock of the connection; again only after take() has found nothing.
  virtual void output_waits() = 0;
  // The connection cannot go on: ends the controller with this reason (an immediate), and so the connection. Any thread.
  virtual void close(Term reason) = 0;
};


// Processes that wait for any.
inline std::atomic<size_t> waiting_processes{0};

class Connection final : public MagicObject {
 public:
  Connection(Term node, uint32_t id);
  static const char magic_type;  // MagicObject::type

  const Term node;    // name
  const uint32_t id;  // of this try

  ConnectionState state() const { return state_.load(std::memory_order_acquire); }
  // Constant once it is connected.
  uint64_t flags() const { return flags_; }
  uint32_t creation() const { return creation_; }
  bool is_visible() const { return flags_ & flag::published; }
  // Null while it is pending; stays until the connection goes.
  Channel* channel() const { return state() == ConnectionState::Pending ? nullptr : channel_; }
  Term controller() const { return channel() ? channel()->controller() : nil; }

  // Pending to connected; the connection owns the channel from then on. False (and the channel is still the caller's) when it is not
  // pending. Those who watch nodes are told.
  bool connected(Channel* channel, uint64_t flags, uint32_t creation);
  // Pending to ended: it could not be made. False when it is not pending.
  bool abort();
  // Connected to ended, from the controller's end. reason is copied.
  void end(Term reason);

  // ---- senders. Any thread.
  // More waits than dist_buf_busy_limit: processes that send should wait.
  bool busy() const { return queued_.load(std::memory_order_relaxed) > busy_limit(); }
  // Wakes the process when it is no longer busy, or ended; it looks again then.
  void wait_until_not_busy(Process& process);
  bool has_waiter(Term pid) const;
  // Queues control message and payload (or the non-value), which are copied or encoded at once. Signals of one sender, a local pid or the
  // non-value, keep their order. False: a part is too large.
  bool send(Term sender, Term control, Term payload = Term());
  // Queues what a SignalEncoder made of adapted terms for flags(); owns it. Only while it is connected or was.
  void send_encoded(Term sender, OutgoingSignal* signal);
  RemoteRelations relations;

  // ---- the channel
  // The next packet to carry away. False: none, and output_waits() will be called for the next.
  bool take(Packet* out);
  // A packet came. False: malformed, and close() was called.
  bool receive(const uint8_t* data, size_t size);
  std::atomic<uint64_t> packets_in{0}, packets_out{0};
  size_t queued_bytes() const { return queued_.load(std::memory_order_relaxed); }
  // Ends the controller, and so the connection.
  void close(Term reason);

 private:
  ~Connection() override;
  static size_t busy_limit() { return buffer_limit.load(std::memory_order_relaxed); }
  struct Waiting;  // a signal in terms
  void wait_for_connection(Term sender, Term control, Term payload);
  OutgoingSignal* next_signal(bool* found);
  void say_farewell(Term reason, bool was_up);
  void wake_waiters();

  std::atomic<ConnectionState> state_{ConnectionState::Pending};
  Channel* channel_ = nullptr;      // while connected
  uint64_t flags_ = 0;
  uint32_t creation_ = 0;

  // ---- under lock_
  mutable sys::Mutex lock_{sys::LockRank::Distribution};
  Waiting* first_waiting_ = nullptr;  // sent while it was pending: go before first_
  Waiting** last_waiting_ = &first_waiting_;
  OutgoingSignal* first_ = nullptr;
  OutgoingSignal** last_ = &first_;
  bool told_ = false;                 // output_waits() was called, take() has not found the queue empty since
  std::vector<Term> waiters_;         // pids
  std::atomic<size_t> queued_{0};     // bytes

  // ---- who takes
  OutgoingAtomCache* cache_ = nullptr;
  // Signals of more than one packet that are under way; they take turns with those that wait.
  struct Large {
    OutgoingSignal* signal;
    uint64_t sequence;
  };
  std::vector<Large> large_;
  size_t next_large_ = 0;
  bool large_comes_next_ = false;
  uint64_t next_sequence_ = 1;
  // ---- who receives
  PacketReader* reader_ = nullptr;
};

// ---- signals_out.cpp
// What the other node understands in the place of a signal: older ones know no payload of exit signals, for instance. *control and
// *payload may be replaced by terms in w, which has adapted_words. False: it has nothing like it.
inline constexpr size_t adapted_words = 8;
bool adapt(uint64_t flags, Term* control, Term* payload, HeapWriter& w);

// ---- signals_in.cpp
// Does what a signal of the other node says. False: malformed.
bool act_on(Connection& connection, IncomingSignal& signal);

}  // namespace joist::dist
