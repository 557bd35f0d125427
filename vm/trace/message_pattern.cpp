#include "vm/trace/message_pattern.h"

namespace joist::trace {

namespace {

std::atomic<bool> wanted[2] = {true, true};  // by MessageEvent

}  // namespace

void set_message_pattern(MessageEvent event, bool on) { wanted[size_t(event)].store(on, std::memory_order_seq_cst); }
bool message_pattern(MessageEvent event) { return wanted[size_t(event)].load(std::memory_order_relaxed); }

bool message_wanted(MessageEvent event, Process&, const Term*, size_t, Term* result) {
  *result = atom::true_;
  return message_pattern(event);
}

}  // namespace joist::trace
