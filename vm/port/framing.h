// How a port cuts the bytes it reads into messages: as they come, in lines, or in packets with a length header.
#pragma once
#include <string>
#include <string_view>

namespace joist {

struct Port;

class Framing {
 public:
  // Takes bytes that were read and delivers what is complete.
  void feed(Port& port, std::string_view bytes);
  // What an incomplete line holds when input ends.
  void end(Port& port);
  // Puts the length header before an outgoing packet; false when it is too long for it.
  static bool header(const Port& port, std::string* bytes);

 private:
  void feed_lines(Port& port, std::string_view bytes);
  void add_to_line(Port& port, char ch);
  void feed_packets(Port& port, std::string_view bytes);
  std::string partial_;
  bool carriage_return_ = false;
};

}  // namespace joist
