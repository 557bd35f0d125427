// Packets that a port's user has written at once, in pieces that refer to shared bytes.
#pragma once
#include "vm/term/shared_bytes.h"

namespace joist {

struct PacketBatch {
  static constexpr size_t most = 32;           // packets
  static constexpr size_t enough = 256 * 1024;  // bytes
  struct Packet {
    struct Piece {
      SharedBytes* owner = nullptr;  // one reference, or null
      const uint8_t* data = nullptr;
      size_t size = 0;
    } pieces[2];
    size_t size() const { return pieces[0].size + pieces[1].size; }
  };
  Packet packets[most];
  size_t count = 0;
  size_t bytes = 0;

  PacketBatch() = default;
  PacketBatch(const PacketBatch&) = delete;
  PacketBatch& operator=(const PacketBatch&) = delete;
  ~PacketBatch() {
    for (size_t i = 0; i < count; i++)
      for (Packet::Piece& piece : packets[i].pieces)
        if (piece.owner) piece.owner->release();
  }
  bool full() const { return count == most || bytes >= enough; }
};

}  // namespace joist
