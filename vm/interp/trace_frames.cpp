#include "vm/interp/trace_frames.h"

namespace joist {

CallHooks call_hooks;

const Word* caller_behind_frames(const Word* stack, bool* returns_to) {
  *returns_to = false;
  for (;;) {
    auto* address = reinterpret_cast<const Word*>(*stack);
    size_t words = trace_frame_words(address);
    if (!words) return address;
    if (address == own_code(OwnCode::ReturnTo)) *returns_to = true;
    stack += words;
  }
}

void push_trace_frame(Process& process, std::initializer_list<Word> words) {
  Word* at = process.heap.stack -= words.size();
  for (Word word : words) *at++ = word;
}

}  // namespace joist
