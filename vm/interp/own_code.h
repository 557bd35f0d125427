// Code of the VM's own, of one instruction each, in no module: where a process starts, and what return addresses point to besides calls.
#pragma once
#include <cstddef>

#include "vm/base/types.h"

namespace joist {

enum class OwnCode : uint8_t {
  ReturnTrace, ExceptionTrace, ReturnTime, ReturnTo,  // frames of tracing (trace_frames.h)
  ProcessStart,  // first instruction of a new process: applies x0:x1(x2…)
  NormalExit,    // the return address at the bottom of every stack
  count
};
extern Word own_code_words[size_t(OwnCode::count)];  // init_machine() writes them

inline const Word* own_code(OwnCode which) { return &own_code_words[size_t(which)]; }
inline bool is_own_code(const Word* address) {
  return reinterpret_cast<Word>(address) - reinterpret_cast<Word>(own_code_words) < sizeof own_code_words;
}

}  // namespace joist
