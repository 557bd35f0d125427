#include "vm/interp/trace_frames.h"

#include "vm/code/ops.h"

namespace joist {

CallHooks call_hooks;

namespace {
Word return_trace_word[1], exception_trace_word[1], return_to_word[1], return_time_word[1];
}  // namespace

const Word* return_trace_code() { return return_trace_word; }
const Word* exception_trace_code() { return exception_trace_word; }
const Word* return_to_code() { return return_to_word; }
const Word* return_time_code() { return return_time_word; }

void init_trace_frames() {
  return_trace_word[0] = exception_trace_word[0] = handler_word(Op::return_trace);
  return_to_word[0] = handler_word(Op::return_to_trace);
  return_time_word[0] = handler_word(Op::return_time);
}

size_t trace_frame_words(const Word* return_address) {
  if (return_address == return_trace_word || return_address == exception_trace_word || return_address == return_time_word) return 3;
  return return_address == return_to_word ? 1 : 0;
}

const Word* caller_behind_frames(const Word* stack, bool* returns_to) {
  *returns_to = false;
  for (;;) {
    auto* address = reinterpret_cast<const Word*>(*stack);
    size_t words = trace_frame_words(address);
    if (!words) return address;
    if (address == return_to_word) *returns_to = true;
    stack += words;
  }
}

void push_trace_frame(Process& process, std::initializer_list<Word> words) {
  Word* at = process.heap.stack -= words.size();
  for (Word word : words) *at++ = word;
}

}  // namespace joist
