// Calling local functions and returning, for all handlers that end so.
#pragma once
#include "vm/interp/dispatch.h"

namespace joist {

// pc is at a function's entry, behind its func_info, which knows the arity.
DECLARE_COLD_OP(yield_at_entry);

#define PUSH_RETURN(name) *--E = Term::from_raw(reinterpret_cast<Word>(pc + words_of<ins::name>))
// (Unsigned, or the compiler compares before it subtracts, with an instruction more.)
#define CHARGE_CALL() (reds = SWord(Word(reds) - 1))
#define ENTER_LOCAL(label)                              \
  do {                                                  \
    pc += (label).distance;                             \
    if (CHARGE_CALL() < 0) [[unlikely]] GOTO_OP(yield_at_entry); \
    DISPATCH();                                         \
  } while (0)

// Frees the frame (of 0 words: there is none) and returns.
#define RETURN_FROM(frame_words)                         \
  do {                                                   \
    E += (frame_words);                                  \
    pc = reinterpret_cast<const Word*>((E++)->raw());    \
    DISPATCH();                                          \
  } while (0)

}  // namespace joist
