// What kind of terminal it is: the few entries of the terminfo data base that a line of input needs.
#pragma once
#include <string>

namespace joist {

struct TerminalAbilities {
  std::string up, down, left, right;  // one step of the cursor
  bool wraps_late = false;            // a full line wraps only with the next character
  unsigned columns = 80;
};

// The terminal type that TERM names. False when it is not known, or cannot move its cursor up and right.
bool read_terminal_abilities(TerminalAbilities* out);
// The same from the bytes of a compiled entry; see term(5).
bool parse_terminfo(const std::string& entry, TerminalAbilities* out);

}  // namespace joist
