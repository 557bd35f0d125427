// Terms as text the way the emulator prints them (erlang:display/1, crash dumps, proc dumps): "%T" of OTP.
#pragma once
#include <string>

#include "vm/term/boxed.h"

namespace joist {

// Stops with "..." after `limit` characters. Iterative.
std::string print_term(Term t, size_t limit = ~size_t(0));
// Atom with quotes where they are needed.
std::string print_atom(Term atom);

}  // namespace joist
