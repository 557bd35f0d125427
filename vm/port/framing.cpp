#include "vm/port/framing.h"

#include "vm/port/port.h"

namespace joist {

void Framing::feed(Port& port, std::string_view bytes) {
  if (port.options.line) feed_lines(port, bytes);
  else if (port.options.packet) feed_packets(port, bytes);
  else port.deliver_data(bytes);
}

void Framing::feed_lines(Port& port, std::string_view bytes) {
  size_t limit = port.options.line;
  while (!bytes.empty()) {
    size_t newline = bytes.find('\n');
    std::string_view piece = bytes.substr(0, newline);
    bool complete = newline != std::string_view::npos;
    bytes.remove_prefix(complete ? newline + 1 : bytes.size());
    // What does not fit in the longest line goes out as noeol pieces.
    while (partial_.size() + piece.size() > limit) {
      size_t room = limit - partial_.size();
      partial_.append(piece.substr(0, room));
      piece.remove_prefix(room);
      port.deliver_line(partial_, false);
      partial_.clear();
    }
    if (!complete) {
      partial_.append(piece);
      if (partial_.size() == limit) {
        port.deliver_line(partial_, false);
        partial_.clear();
      }
    } else if (partial_.empty()) {
      port.deliver_line(piece, true);
    } else {
      partial_.append(piece);
      port.deliver_line(partial_, true);
      partial_.clear();
    }
  }
}

void Framing::feed_packets(Port& port, std::string_view bytes) {
  partial_.append(bytes);
  size_t header = port.options.packet, at = 0;
  while (partial_.size() - at >= header) {
    size_t length = 0;
    for (size_t i = 0; i < header; i++) length = length << 8 | uint8_t(partial_[at + i]);
    if (partial_.size() - at - header < length) break;
    port.deliver_data(std::string_view(partial_).substr(at + header, length));
    at += header + length;
  }
  partial_.erase(0, at);
}

void Framing::end(Port& port) {
  if (port.options.line && !partial_.empty()) port.deliver_line(partial_, false);
  partial_.clear();
}

bool Framing::header(const Port& port, std::string* bytes) {
  size_t header = port.options.packet, length = bytes->size();
  if (!header) return true;
  if (header < 8 && length >> (8 * header)) return false;
  std::string head;
  for (size_t i = header; i-- > 0;) head.push_back(char(length >> (8 * i)));
  bytes->insert(0, head);
  return true;
}

}  // namespace joist
