#include "vm/process/system_profile.h"

#include "vm/process/place.h"
#include "vm/process/process_table.h"
#include "vm/process/send.h"

namespace joist::profile {

namespace {

constexpr size_t message_words = 7 + place_words + timestamp_words;

Term receiver_for(Term subject) {
  Word raw = system_profile.receiver.load(std::memory_order_relaxed);
  return raw && raw != subject.raw() ? Term::from_raw(raw) : Term();
}

Term state(bool active) {
  static const Term on = make_atom("active"), off = make_atom("inactive");
  return active ? on : off;
}

Term timestamp(HeapWriter& w) { return write_timestamp(w, system_profile.timestamp.load(std::memory_order_relaxed)); }

Term profile_atom() {
  static const Term t = make_atom("profile");
  return t;
}

// build(w) makes the message.
template <class F>
void tell(Term to, F build) {
  MessageBuilder b(message_words);
  Term message = build(b.writer());
  if (Process* p = to.is_local_pid() ? find_process(to) : nullptr) return b.send(*p, Term(), message);
  if (to.is_local_port()) system_profile.tell_port(to, message);
  HeapFragment::destroy_chain(b.finish());
}

}  // namespace

void process_event(const Process& p, bool active) {
  Term to = receiver_for(p.pid);
  if (!to.is_value()) return;
  tell(to, [&](HeapWriter& w) {
    Term where = p.exiting() ? Term::small(0) : write_place(w, p, Term::small(0));
    return w.tuple(profile_atom(), p.pid, state(active), where, timestamp(w));
  });
}

void port_event(Term port, bool active) {
  Term to = receiver_for(port);
  if (!to.is_value()) return;
  tell(to, [&](HeapWriter& w) { return w.tuple(profile_atom(), port, state(active), Term::small(0), timestamp(w)); });
}

void scheduler_event(size_t number, bool active) {
  SystemProfile& s = system_profile;
  size_t now = active ? s.active_schedulers.fetch_add(1) + 1 : s.active_schedulers.fetch_sub(1) - 1;
  Term to = receiver_for(Term());
  if (!to.is_value()) return;
  static const Term scheduler = make_atom("scheduler");
  tell(to, [&](HeapWriter& w) {
    return w.tuple(profile_atom(), scheduler, Term::small(SWord(number)), state(active), Term::small(SWord(now)), timestamp(w));
  });
}

}  // namespace joist::profile
