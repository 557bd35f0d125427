#include "vm/port/framing.h"

#include "vm/port/port.h"

namespace joist {

void Framing::feed(Port& port, std::string_view bytes) {
  if (port.options.line) feed_lines(port, bytes);
  else if (port.options.packet) feed_packets(port, bytes);
  else port.deliver_data(bytes);
}

// A carriage return before a newline is part of it; it waits in `carriage_return_` until the next byte tells. A line that is exactly as
// long as the longest is whole if its newline comes next, so it waits as well.
void Framing::feed_lines(Port& port, std::string_view bytes) {
  size_t limit = port.options.line;
  while (!bytes.empty()) {
    size_t newline = bytes.find('\n');
    std::string_view piece = bytes.substr(0, newline);
    if (newline != std::string_view::npos && partial_.empty() && !carriage_return_) {
      if (!piece.empty() && piece.back() == '\r') piece.remove_suffix(1);
      if (piece.size() <= limit) {
        port.deliver_line(piece, true);
        bytes.remove_prefix(newline + 1);
        continue;
      }
      piece = bytes.substr(0, newline);
    }
    for (char ch : piece) {
      if (carriage_return_) add_to_line(port, '\r');
      carriage_return_ = ch == '\r';
      if (!carriage_return_) add_to_line(port, ch);
    }
    if (newline == std::string_view::npos) return;
    carriage_return_ = false;
    port.deliver_line(partial_, true);
    partial_.clear();
    bytes.remove_prefix(newline + 1);
  }
}

void Framing::add_to_line(Port& port, char ch) {
  if (partial_.size() == port.options.line) {
    port.deliver_line(partial_, false);
    partial_.clear();
  }
  partial_.push_back(ch);
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
  if (carriage_return_) add_to_line(port, '\r');
  carriage_return_ = false;
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
