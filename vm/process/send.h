// Sending signals. Any thread that is inside its quiescence section or runs a process.
#pragma once
#include "vm/process/hooks.h"

namespace joist {

// Sets state bits of a process and makes sure that somebody looks at them.
void wake_process(Process& process, uint32_t bits);
inline void wake_waiting(Process& process) { wake_process(process, process_state::Woken); }

// Hands the signal over. The receiver may be exiting: then its exit answers or drops the signal.
void send_signal(Process& to, Signal* signal);

// As send_signal, for one whose sender waits for the answer: a receiver of lower priority handles its signals with the sender's.
void send_signal_as(Process& to, Signal* signal, Priority sender);

// Copies the message and sends it; `from` may be the non-value. token: the sender's for sequence tracing, which the receiver takes over,
// nil when it has none; the non-value for messages of the VM's, which leave that of the receiver as it is. Returns the words copied.
size_t send_message(Process& to, Term from, Term message, Term token = Term());
// As send_message, but the message was already copied to `fragment`.
void send_fragment(Process& to, Term from, Term message, HeapFragment* fragment, Term token = Term());
// To the process of a local pid; false when there is none.
bool send_to_pid(Term pid, Term from, Term message);

// erlang:send/2 and '!' from a process: pid, registered name, {Name, Node}, alias reference, port.
SendStatus send_to_any(Process& from, Term to, Term message, bool no_suspend = false, bool no_connect = false);

// An exit signal as erlang:exit/2 sends it. reason is copied.
void send_exit(Process& to, Term from, Term reason, Term token = Term());
// The signal that a link's other end sends. `kill` cannot be had this way.
void send_link_exit(Process& to, Term from, Term reason, Term token = Term());
// {Tag, Ref, Type, Item, Reason} to the watcher; tag etc. are the watcher's own records.
void send_monitor_down(Process& watcher, RefKey ref, Term reason);

// Builds a fragment of `words` that the caller fills through a writer: for messages made of the VM's own parts.
class MessageBuilder {
 public:
  explicit MessageBuilder(size_t words)
      : fragment_(HeapFragment::create(Words(words))), start_(fragment_->data),
        writer_(fragment_->data, fragment_->data + words, &fragment_->off_heap) {}
  HeapWriter& writer() { return writer_; }
  Term copy(Term t) { return copy_into(t, writer_); }
  HeapFragment* finish() {
    fragment_->used = uint32_t(writer_.at() - start_);
    return fragment_;
  }
  void send(Process& to, Term from, Term message) { send_fragment(to, from, message, finish()); }

 private:
  HeapFragment* fragment_;
  Word* start_;
  HeapWriter writer_;
};

}  // namespace joist
