// What the sides of a signal between nodes share.
#pragma once
#include "vm/dist/connection.h"
#include "vm/process/hooks.h"
#include "vm/process/relations.h"
#include "vm/term/arith.h"

namespace joist::dist {

// A control message that is queued at once: it lies on the C stack.
class ScratchControl {
 public:
  ScratchControl();
  ScratchControl(const ScratchControl&) = delete;
  ScratchControl& operator=(const ScratchControl&) = delete;
  template <class... T>
  Term tuple(Control operation, T... elements) {
    return writer_.tuple(Term::small(SWord(operation)), elements...);
  }
  // A local reference of these numbers.
  Term reference(RefKey key) { return write_ref(writer_, key); }
  Term unsigned_(Word n) { return arith::write_unsigned(writer_, n); }
  HeapWriter& writer() { return writer_; }

 private:
  static constexpr size_t most_words = 24;
  Word words_[most_words];
  OffHeap* off_heap_ = nullptr;
  HeapWriter writer_;
};

// A signal that may be large, encoded in slices of who sends it.
class SlicedSend {
 public:
  // To a connected node; terms of the sender's heap.
  SlicedSend(Connection& connection, Term control, Term payload);
  ~SlicedSend() { connection_.release(); }
  SlicedSend(const SlicedSend&) = delete;
  SlicedSend& operator=(const SlicedSend&) = delete;
  // Done, SystemLimit or, when the slice is used up, Yield.
  SendStatus go_on(Process& sender);
  void visit_roots(RootVisitor& visitor) { encoder_.visit_roots(visitor); }

 private:
  Connection& connection_;
  SignalEncoder encoder_;
};

// An Unlink or UnlinkAck signal of a process on another node.
void send_unlink(Process& to, Term from, Word id, SignalKind kind);

// Sets the hooks by which processes reach those of other nodes.
void install_signals();

}  // namespace joist::dist
