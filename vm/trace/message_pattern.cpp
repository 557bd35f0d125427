#include "vm/trace/message_pattern.h"

#include "vm/sched/quiescence.h"

namespace joist::trace {

namespace {

constinit MessagePattern everything;
std::atomic<const MessagePattern*> patterns[2] = {&everything, &everything};  // by MessageEvent

}  // namespace

void set_message_pattern(MessageEvent event, MessagePattern pattern) {
  const MessagePattern* old = patterns[size_t(event)].exchange(new MessagePattern(std::move(pattern)));
  if (old != &everything) retire(const_cast<MessagePattern*>(old), [](void* p) { delete static_cast<MessagePattern*>(p); });
}

const MessagePattern& message_pattern(MessageEvent event) { return *patterns[size_t(event)].load(std::memory_order_acquire); }

bool message_wanted(MessageEvent event, Process& tracee, const Term* arguments, size_t count, Term* result) {
  const MessagePattern& pattern = message_pattern(event);
  *result = atom::true_;
  if (!pattern.on) return false;
  if (!pattern.spec) return true;
  MatchActions actions;
  *result = run_spec(*pattern.spec, tracee, arguments, count, actions);
  return result->is_value() && !result->same(atom::false_) && !(flags_of(tracee) & flag_silent);
}

}  // namespace joist::trace
