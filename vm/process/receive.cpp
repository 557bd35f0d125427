// The receive instructions' half of the message queue.
#include "vm/process/receive.h"

#include <cstddef>

#include "vm/process/trace_hooks.h"
#include "vm/term/compare.h"

namespace joist {

namespace {

Signal* owner_of_next(Signal** link, MessageQueue& q) {
  return link == &q.first ? nullptr : reinterpret_cast<Signal*>(reinterpret_cast<char*>(link) - offsetof(Signal, next));
}

// s, at the cursor, leaves the queue, or its payload the heap. Collections visit the messages up to adopted_last, which need not be
// adopted itself, and may be far behind the only one that is.
void forget_adoption(MessageQueue& q, Signal* s) {
  if (s->adopted) q.adopted--;
  s->adopted = false;
  if (q.adopted == 0) q.adopted_last = nullptr;
  else if (q.adopted_last == s) q.adopted_last = owner_of_next(q.save, q);  // the nearest that may be
}

MessageQueue::Marker* marker_of(Process& p, Term ref) {
  if (!p.messages.markers) return nullptr;
  for (MessageQueue::Marker& m : *p.messages.markers)
    if (m.set && m.ref.is_value() && terms_equal(m.ref, ref)) return &m;
  return nullptr;
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
  if (s->fragment) forget_adoption(q, s);
}

void remove_message(Process& p) {
  MessageQueue& q = p.messages;
  Signal* s = *q.save;
  *q.save = s->next;
  if (!s->next) q.last = q.save;
  forget_adoption(q, s);
  if (q.markers) {
    for (MessageQueue::Marker& m : *q.markers)
      if (m.cursor == &s->next) m.cursor = q.save;
  }
  q.length--;
  if (!s->token.same(p.sequence_token) && s->token.is_value()) [[unlikely]] trace_hooks.sequence_received(p, *s);
  destroy_signal(s);
  q.save = &q.first;
}

Term reserve_receive_marker(Process& p) {
  MessageQueue& q = p.messages;
  if (!q.markers) q.markers = new MessageQueue::Markers;
  MessageQueue::Markers& all = *q.markers;
  size_t i = 0;
  while (i < all.count && all.at[i].set) i++;
  if (i == all.most) i = 0;  // the oldest gives way
  else if (i == all.count) all.count++;
  all.at[i] = {.ref = Term(), .cursor = q.last, .set = true};
  return Term::small(SWord(i));
}

void bind_receive_marker(Process& p, Term marker, Term ref) {
  MessageQueue::Markers* all = p.messages.markers;
  if (!marker.is_small() || !all || size_t(marker.small_value()) >= all->count) return;
  MessageQueue::Marker& m = all->at[marker.small_value()];
  if (m.set) m.ref = ref;
}

void clear_receive_marker(Process& p, Term ref) {
  while (MessageQueue::Marker* m = marker_of(p, ref)) *m = {};
}

void use_receive_marker(Process& p, Term ref) {
  if (MessageQueue::Marker* m = marker_of(p, ref)) p.messages.save = m->cursor;
}

}  // namespace joist
