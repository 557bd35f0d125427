// Packets of another node, put together to signals.
//
// The control message is decoded at once; it is small. The payload stays in external format until it is known who gets it, and large ones
// are decoded by the receiver: they cost its time, not that of everybody who gets something from that node.
#pragma once
#include "gc/collect.h"
#include "vm/dist/flags.h"

namespace joist {
struct SharedBytes;
}  // namespace joist

namespace joist::dist {

// A term in external format with what its atom references mean.
class Payload {
 public:
  Payload() = default;
  Payload(Payload&& other) noexcept { *this = static_cast<Payload&&>(other); }
  Payload& operator=(Payload&& other) noexcept;
  ~Payload();
  // The signal had no payload.
  bool is_empty() const { return size_ == 0; }
  // Bytes of the external format.
  size_t size() const { return size_; }
  // In a fragment of its own (null when there is nothing to hold), with a copy of `extra` (may be the non-value) beside it. False: it is
  // malformed.
  bool decode(FragmentTerm* out, Term extra = Term(), Term* extra_copy = nullptr) const;

 private:
  friend class PacketReader;
  Payload(const Term* atoms, size_t atom_count, bool magic);
  // expected: bytes that may follow these; a guess, and believed only within reason.
  void append(const uint8_t* data, size_t size, size_t expected);

  SharedBytes* bytes_ = nullptr;  // the atoms (terms), then the external format
  size_t size_ = 0;               // of the latter
  uint8_t atom_count_ = 0;
  bool magic_ = false;            // it begins with 131
};

struct IncomingSignal {
  Term control;                      // a tuple whose first element is a small integer, in `fragment`
  HeapFragment* fragment = nullptr;
  Payload payload;
  IncomingSignal() = default;
  IncomingSignal(IncomingSignal&& other) noexcept { *this = static_cast<IncomingSignal&&>(other); }
  IncomingSignal& operator=(IncomingSignal&& other) noexcept;
  ~IncomingSignal();
};

// One a connection; its calls exclude each other.
class PacketReader {
 public:
  explicit PacketReader(uint64_t flags);
  ~PacketReader();
  PacketReader(const PacketReader&) = delete;
  PacketReader& operator=(const PacketReader&) = delete;
  enum class Outcome {
    Nothing,  // a tick, or a fragment of a signal that is not whole yet
    Signal,   // *out is one
    Bad,      // malformed: the connection must end
  };
  Outcome read(const uint8_t* data, size_t size, IncomingSignal* out);
  // Bytes of signals that are not whole yet.
  size_t held_bytes() const;

 private:
  struct State;
  State* state_;
};

}  // namespace joist::dist
