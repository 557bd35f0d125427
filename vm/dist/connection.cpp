#include "vm/dist/connection.h"

#include <algorithm>

#include "vm/dist/nodes.h"
#include "vm/dist/spawn.h"
#include "vm/process/process_table.h"
#include "vm/process/send.h"
#include "vm/sched/scheduler.h"

namespace joist::dist {

const char Connection::magic_type = 0;

struct Connection::Waiting {
  Waiting* next = nullptr;
  Term sender, control, payload;
  HeapFragment* fragment;
  size_t bytes;
  ~Waiting() { HeapFragment::destroy_chain(fragment); }
};

namespace {

// So many signals of more than one packet are under way at the same time.
constexpr size_t most_large = 16;

}  // namespace

Connection::Connection(Term node, uint32_t id) : node(node), id(id) {
  type = &magic_type;
  new_ref_numbers(ref_words);
}

Connection::~Connection() {
  while (Waiting* w = first_waiting_) {
    first_waiting_ = w->next;
    delete w;
  }
  while (OutgoingSignal* s = first_) {
    first_ = s->next;
    delete s;
  }
  for (Large& l : large_) delete l.signal;
  delete channel_;
  delete cache_;
  delete reader_;
}

bool Connection::connected(Channel* channel, uint64_t flags, uint32_t creation) {
  bool waits;
  {
    sys::Locked lock(lock_);
    if (state_.load(std::memory_order_relaxed) != ConnectionState::Pending) return false;
    channel_ = channel;
    flags_ = flags;
    creation_ = creation;
    if (flags & flag::header_atom_cache) cache_ = new OutgoingAtomCache;
    reader_ = new PacketReader(flags);
    state_.store(ConnectionState::Connected, std::memory_order_release);
    waits = told_ = first_waiting_;
  }
  tell_node_up(*this);
  if (waits) channel_->output_waits();
  return true;
}

bool Connection::abort() {
  {
    sys::Locked lock(lock_);
    if (state_.load(std::memory_order_relaxed) != ConnectionState::Pending) return false;
    state_.store(ConnectionState::Ended, std::memory_order_release);
  }
  say_farewell(Term(), false);
  return true;
}

void Connection::end(Term reason) {
  {
    sys::Locked lock(lock_);
    if (state_.load(std::memory_order_relaxed) != ConnectionState::Connected) return;
    state_.store(ConnectionState::Ended, std::memory_order_release);
  }
  say_farewell(reason, true);
}

namespace {

// Tells those who were tied to the other node, in slices, and then those who watch nodes.
struct Farewell {
  SchedulerTask task;
  Connection& connection;
  KeptTerm reason;
  bool was_up;
  static constexpr size_t slice = 500;

  static bool run(SchedulerTask* task) {
    auto* self = reinterpret_cast<Farewell*>(task);
    if (!self->connection.relations.tell_noconnection(slice)) return true;
    tell_node_down(self->connection, self->was_up, self->reason.term);
    self->connection.release();
    delete self;
    return false;
  }
};

}  // namespace

void Connection::say_farewell(Term reason, bool was_up) {
  wake_waiters();
  retain();
  auto* farewell = new Farewell{{}, *this, {}, was_up};
  if (reason.is_value()) farewell->reason.set(reason);
  farewell->task.run = Farewell::run;
  if (Farewell::run(&farewell->task)) schedule_task(&farewell->task);
}

// ---- senders

void Connection::wait_until_not_busy(Process& process) {
  {
    sys::Locked lock(lock_);
    bool listed = std::any_of(waiters_.begin(), waiters_.end(), [&](Term pid) { return pid.same(process.pid); });
    if (!listed) {
      waiters_.push_back(process.pid);
      waiting_processes.fetch_add(1, std::memory_order_relaxed);
    }
  }
  // It may be over by now, and whoever ended it has not seen this one.
  if (!busy() || state() == ConnectionState::Ended) wake_waiters();
}

bool Connection::has_waiter(Term pid) const {
  sys::Locked lock(lock_);
  return std::any_of(waiters_.begin(), waiters_.end(), [&](Term waiter) { return waiter.same(pid); });
}

void Connection::wake_waiters() {
  std::vector<Term> pids;
  {
    sys::Locked lock(lock_);
    pids.swap(waiters_);
  }
  waiting_processes.fetch_sub(pids.size(), std::memory_order_relaxed);
  for (Term pid : pids)
    if (Process* p = find_process(pid)) wake_waiting(*p);
}

bool Connection::send(Term sender, Term control, Term payload) {
  ConnectionState now = state();
  if (now == ConnectionState::Pending) {
    wait_for_connection(sender, control, payload);
    return true;
  }
  if (now == ConnectionState::Ended) return true;
  Word words[adapted_words];
  OffHeap* none = nullptr;
  HeapWriter w(words, words + adapted_words, &none);
  if (!adapt(flags_, &control, &payload, w)) {
    not_understood(*this, control);
    return true;
  }
  OutgoingSignal* signal = encode_signal(control, payload, flags_);
  if (!signal) return false;
  send_encoded(sender, signal);
  return true;
}

void Connection::wait_for_connection(Term sender, Term control, Term payload) {
  auto* w = new Waiting;
  size_t words = copy_size_with_literals(control) + (payload.is_value() ? copy_size_with_literals(payload) : 0);
  MessageBuilder b(words);
  w->sender = sender;
  w->control = copy_into_with_literals(control, b.writer());
  w->payload = payload.is_value() ? copy_into_with_literals(payload, b.writer()) : Term();
  w->fragment = b.finish();
  w->bytes = words * sizeof(Word);
  {
    sys::Locked lock(lock_);
    if (state_.load(std::memory_order_relaxed) == ConnectionState::Pending) {
      *last_waiting_ = w;
      last_waiting_ = &w->next;
      queued_.fetch_add(w->bytes, std::memory_order_relaxed);
      return;
    }
  }
  // It was decided meanwhile.
  send(sender, w->control, w->payload);
  delete w;
}

void Connection::send_encoded(Term sender, OutgoingSignal* signal) {
  signal->sender = sender;
  signal->next = nullptr;
  bool tell = false;
  {
    sys::Locked lock(lock_);
    if (state_.load(std::memory_order_relaxed) == ConnectionState::Connected) {
      *last_ = signal;
      last_ = &signal->next;
      queued_.fetch_add(signal->size(), std::memory_order_relaxed);
      tell = !told_;
      told_ = true;
      signal = nullptr;
    }
  }
  delete signal;
  if (tell) channel_->output_waits();
}

// ---- the channel

// The next in the queue, taken out of it, unless it must wait for a large one of the same sender. Null with *found: that is so, or it was
// one that the other node knows nothing like.
OutgoingSignal* Connection::next_signal(bool* found) {
  auto under_way = [&](Term sender) {
    return std::any_of(large_.begin(), large_.end(), [&](const Large& l) { return l.signal->sender.raw() == sender.raw(); });
  };
  Waiting* waiting;
  {
    sys::Locked lock(lock_);
    *found = first_waiting_ || first_;
    waiting = first_waiting_;
    if (waiting) {
      if (under_way(waiting->sender)) return nullptr;
      if (!(first_waiting_ = waiting->next)) last_waiting_ = &first_waiting_;
    } else if (OutgoingSignal* signal = first_) {
      if (under_way(signal->sender)) return nullptr;
      if (!(first_ = signal->next)) last_ = &first_;
      return signal;
    } else {
      if (large_.empty()) told_ = false;
      return nullptr;
    }
  }
  queued_.fetch_sub(waiting->bytes, std::memory_order_relaxed);
  Word words[adapted_words];
  OffHeap* none = nullptr;
  HeapWriter w(words, words + adapted_words, &none);
  OutgoingSignal* signal = nullptr;
  if (adapt(flags_, &waiting->control, &waiting->payload, w)) signal = encode_signal(waiting->control, waiting->payload, flags_);
  else not_understood(*this, waiting->control);
  if (signal) {
    signal->sender = waiting->sender;
    queued_.fetch_add(signal->size(), std::memory_order_relaxed);
  }
  delete waiting;
  return signal;
}

bool Connection::take(Packet* out) {
  while (state() == ConnectionState::Connected) {
    bool found = false;
    OutgoingSignal* signal = nullptr;
    uint64_t sequence = next_sequence_;
    size_t at = large_.size();
    if (!(large_comes_next_ && !large_.empty()) && large_.size() < most_large) signal = next_signal(&found);
    if (!signal) {
      if (large_.empty()) {
        if (!found) return false;
        continue;
      }
      at = next_large_ % large_.size();
      signal = large_[at].signal;
      sequence = large_[at].sequence;
    }
    size_t before = signal->size();
    bool last = signal->take(cache_, sequence, out);
    size_t left = queued_.fetch_sub(before - (last ? 0 : signal->size()), std::memory_order_relaxed) - (before - (last ? 0 : signal->size()));
    bool was_large = at < large_.size();
    if (last) {
      delete signal;
      if (was_large) large_.erase(large_.begin() + std::ptrdiff_t(at));
      else next_sequence_++;
    } else if (was_large) {
      next_large_ = at + 1;
    } else {
      large_.push_back({signal, sequence});
      next_sequence_++;
    }
    large_comes_next_ = !was_large;
    packets_out.fetch_add(1, std::memory_order_relaxed);
    if (left < busy_limit() / 2) {
      bool anybody;
      {
        sys::Locked lock(lock_);
        anybody = !waiters_.empty();
      }
      if (anybody) wake_waiters();
    }
    return true;
  }
  return false;
}

bool Connection::receive(const uint8_t* data, size_t size) {
  packets_in.fetch_add(1, std::memory_order_relaxed);
  if (state() != ConnectionState::Connected) return true;
  IncomingSignal signal;
  switch (reader_->read(data, size, &signal)) {
    case PacketReader::Outcome::Nothing: return true;
    case PacketReader::Outcome::Signal:
      if (act_on(*this, signal)) return true;
      break;
    case PacketReader::Outcome::Bad: break;
  }
  close(atom::killed);
  return false;
}

void Connection::close(Term reason) {
  if (state() == ConnectionState::Connected) channel_->close(reason);
}

}  // namespace joist::dist
