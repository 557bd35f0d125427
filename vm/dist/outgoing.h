// Signals on their way to another node: encoded once by who sends them, cut into packets when the channel takes them.
//
// A sender cannot know what the other node's atom cache holds when its signal leaves, for signals of many senders leave in one order. So
// atoms are encoded as indices into a list of the signal's own, and the header of its first packet, written when it leaves, says which
// place of the cache each one is. What is longer than fragment_bytes leaves in several packets, so that ticks and other signals can go
// between them.
#pragma once
#include "vm/dist/flags.h"
#include "vm/sys/memory.h"
#include "vm/term/etf/etf.h"

namespace joist {
struct RootVisitor;
}  // namespace joist

namespace joist::dist {

inline constexpr size_t fragment_bytes = 64 * 1024;

// What the other node's atom cache holds. One a connection, only for who takes packets.
class OutgoingAtomCache {
 public:
  static constexpr size_t places = 2048;
  // Where the cache keeps that atom.
  static uint16_t place_of(Term atom) { return uint16_t(atom.atom_index() % places); }
  // The cache has it from now on. False: it had it already, so that the packet need not say its text.
  bool put(Term atom);

 private:
  Term held_[places] = {};
};

// The atoms that a signal names by index; no two of them have the same place in the cache.
class SignalAtoms {
 public:
  static constexpr size_t most = 255;
  SignalAtoms() = default;
  ~SignalAtoms();
  SignalAtoms(const SignalAtoms&) = delete;
  SignalAtoms& operator=(const SignalAtoms&) = delete;
  // The index of the atom, which joins them if it can; -1: it can't, and must be written out.
  int index_of(Term atom);
  size_t count() const { return count_; }
  Term at(size_t index) const;

 private:
  static constexpr size_t few = 16;
  struct Many;
  int index_among_many(Term atom, uint16_t place);
  size_t count_ = 0;
  Many* many_ = nullptr;  // all of them, when there are more than a few
  uint16_t places_[few];
  Term few_[few];
};

// One packet: `header`, then size bytes of `body` from offset. Owns a reference to both.
struct Packet {
  SharedBytes* header = nullptr;  // null when the header is part of the body, as that of a small signal is
  size_t header_size = 0;
  SharedBytes* body = nullptr;
  size_t offset = 0, size = 0;
  Packet() = default;
  Packet(const Packet&) = delete;
  Packet& operator=(const Packet&) = delete;
  ~Packet() { clear(); }
  void clear();
  size_t bytes() const { return header_size + size; }
};

// One encoded signal. Made and deleted by any thread, with `delete`.
class OutgoingSignal : public sys::Counted<sys::Alloc::Driver> {
 public:
  ~OutgoingSignal();
  OutgoingSignal(const OutgoingSignal&) = delete;
  OutgoingSignal& operator=(const OutgoingSignal&) = delete;
  // Bytes of it that have not left yet, headers not counted.
  size_t size() const { return end_ - offset_; }
  // The next packet. True when it was the last. cache: null when the other node has none (header_atom_cache was not agreed on). sequence: a
  // number other than 0 that no other signal with fragments under way has; the same for all packets of this one.
  bool take(OutgoingAtomCache* cache, uint64_t sequence, Packet* out);

  OutgoingSignal* next = nullptr;  // of the queue that it is in
  Term sender;                     // local pid, or the non-value

 private:
  friend class SignalEncoder;
  explicit OutgoingSignal(uint64_t flags);
  uint8_t* header_room(size_t size, Packet* out);
  void put_header(OutgoingAtomCache* cache, uint64_t sequence, Packet* out);

  const bool is_bare_;      // has no distribution header
  const bool may_be_cut_;
  SharedBytes* body_ = nullptr;
  size_t offset_ = 0, end_ = 0;  // what has not left yet
  size_t next_cut_ = 0;          // where the next packet ends
  uint64_t packets_left_ = 1;
  bool begun_ = false;
  SignalAtoms atoms_;
};

// Encodes a control message and its payload, the non-value when it has none.
class SignalEncoder {
 public:
  SignalEncoder(Term control, Term payload, uint64_t flags);
  ~SignalEncoder();
  SignalEncoder(const SignalEncoder&) = delete;
  SignalEncoder& operator=(const SignalEncoder&) = delete;
  // As etf::Encoder::step.
  bool step(size_t budget, size_t* used) { return encoder_.step(budget, used); }
  // After the last step: a part is too large for the format (system_limit).
  bool failed() const { return encoder_.failed(); }
  // After the last step, once; the caller owns it.
  OutgoingSignal* take();
  // Between steps terms may move.
  void visit_roots(RootVisitor& visitor);

 private:
  OutgoingSignal* signal_;
  etf::Encoder encoder_;
};

// At once; null when it is too large.
OutgoingSignal* encode_signal(Term control, Term payload, uint64_t flags);

}  // namespace joist::dist
