// The receive instructions' half of the message queue.
#include "vm/process/receive.h"

#include <cstddef>

#include "vm/process/trace_hooks.h"
#include "vm/term/compare.h"

namespace joist {

namespace {

constexpr size_t max_markers = 4;

Signal* owner_of_next(Signal** link, MessageQueue& q) {
  return link == &q.first ? nullptr : reinterpret_cast<Signal*>(reinterpret_cast<char*>(link) - offsetof(Signal, next));
}

// s is at the cursor. Collections visit the messages up to adopted_last, which may be far behind the only one that was adopted.
void no_longer_adopted(MessageQueue& q, Signal* s) {
  if (--q.adopted == 0) q.adopted_last = nullptr;
  else if (q.adopted_last == s) q.adopted_last = owner_of_next(q.save, q);  // the nearest that may be
}

}  // namespace

Received peek_message(Process& p, Term* message) {
  MessageQueue& q = p.messages;
  if (!*q.save) {
    if (p.deferred || !p.incoming.empty()) {
      handle_signals(p);
      if (p.load_state() & (process_state::Exiting | process_state::Suspended)) return Received::Stop;
    }
    if (!*q.save) return Received::Empty;
  }
  Signal* s = *q.save;
  if (!s->adopted && s->fragment) {
    s->references = s->fragment->off_heap != nullptr;
    if (p.off_heap_messages) p.heap.adopt(s->fragment);  // leave_message may give it up again
    else p.heap.take_in(s->fragment, {&s->payload, &s->from, &s->token});
    s->fragment = nullptr;
    s->adopted = true;
    q.adopted++;
    // A receive marker may have skipped to a farther one, which then stays the mark.
    if (!q.adopted_last || int32_t(s->order - q.adopted_last->order) > 0) q.adopted_last = s;
  }
  *message = s->payload;
  return Received::Message;
}

RunOutcome stop_outcome(Process& p) {
  return p.load_state() & process_state::Exiting ? RunOutcome::Exited : RunOutcome::Suspended;
}

void next_message(Process& p) {
  leave_message(p);
  p.messages.save = &(*p.messages.save)->next;
}

void leave_message(Process& p) {
  MessageQueue& q = p.messages;
  Signal* s = *q.save;
  if (!p.off_heap_messages || !s || !s->adopted) return;
  s->fragment = p.heap.disown(s->payload, s->references);
  if (!s->fragment) return;
  s->adopted = false;
  no_longer_adopted(q, s);
}

void remove_message(Process& p) {
  MessageQueue& q = p.messages;
  Signal* s = *q.save;
  *q.save = s->next;
  if (!s->next) q.last = q.save;
  if (s->adopted) no_longer_adopted(q, s);
  for (size_t i = 0; i < q.marker_count; i++)
    if (q.markers[i].cursor == &s->next) q.markers[i].cursor = q.save;
  q.length--;
  if (!s->token.same(p.sequence_token) && s->token.is_value()) [[unlikely]] trace_hooks.sequence_received(p, *s);
  destroy_signal(s);
  q.save = &q.first;
}

Term reserve_receive_marker(Process& p) {
  MessageQueue& q = p.messages;
  size_t i = 0;
  while (i < q.marker_count && q.markers[i].set) i++;
  if (i == q.marker_count) {
    if (i == max_markers) {
      i = 0;  // the oldest gives way
    } else {
      if (!q.markers) q.markers = new MessageQueue::Marker[max_markers];
      q.marker_count++;
    }
  }
  q.markers[i].ref = Term();
  q.markers[i].cursor = q.last;
  q.markers[i].set = true;
  return Term::small(SWord(i));
}

void bind_receive_marker(Process& p, Term marker, Term ref) {
  if (!marker.is_small() || size_t(marker.small_value()) >= p.messages.marker_count) return;
  MessageQueue::Marker& m = p.messages.markers[marker.small_value()];
  if (m.set) m.ref = ref;
}

void clear_receive_marker(Process& p, Term ref) {
  for (size_t i = 0; i < p.messages.marker_count; i++) {
    MessageQueue::Marker& m = p.messages.markers[i];
    if (m.set && m.ref.is_value() && terms_equal(m.ref, ref)) m = {};
  }
}

void use_receive_marker(Process& p, Term ref) {
  for (size_t i = 0; i < p.messages.marker_count; i++) {
    MessageQueue::Marker& m = p.messages.markers[i];
    if (!m.set || !m.ref.is_value() || !terms_equal(m.ref, ref)) continue;
    p.messages.save = m.cursor;
    return;
  }
}

}  // namespace joist
