#include "vm/trace/sequence.h"

#include <iterator>

#include "vm/process/receive.h"
#include "vm/process/relations.h"
#include "vm/process/spawn.h"
#include "vm/process/trace_hooks.h"
#include "vm/sys/lock.h"
#include "vm/term/compare.h"
#include "vm/trace/match_actions.h"
#include "vm/trace/spawn_call.h"

namespace joist::trace {

namespace {

sys::Mutex system_tracer_lock{sys::LockRank::Leaf};
Tracer system_tracer;  // system_tracer_lock

constexpr size_t token_words = 6;

// A token's parts.
struct Token {
  uint32_t flags = 0;
  Term label = Term::small(0);
  SWord serial = 0;
  Term sender;
  SWord last = 0;

  static Token of(Term t) {
    auto tuple = t.as<Tuple>();
    return {uint32_t(tuple->at(0).small_value()), tuple->at(1), tuple->at(2).small_value(), tuple->at(3), tuple->at(4).small_value()};
  }
  // Senders of other nodes are copied: external pids do not fit their room.
  Term write(Heap& heap) const {
    HeapWriter w = heap.reserve(Words(token_words + copy_size(label) + copy_size(sender)));
    return write(w);
  }
  Term write(HeapWriter& w) const {
    Term l = copy_into(label, w), s = copy_into(sender, w);
    return w.tuple(Term::small(flags), l, Term::small(serial), s, Term::small(last));
  }
};

State& counters(Process& p) {
  if (!p.trace) p.trace = new State;
  return *state_of(p);
}

bool has_token(const Process& p) { return !p.sequence_token.is_nil(); }

// Is anybody told what `about` does? A tracer is told nothing of itself.
bool told(const Tracer& tracer, const Process& about) { return tracer.alive(about.pid) && !tracer.target().same(about.pid); }

// {seq_trace, Label, {Type, {LastSerial, Serial}, Sender, Receiver, Message}[, Timestamp]}
void tell(const Process& about, const Token& token, uint32_t type, Term receiver, Term message) {
  if (!(token.flags & type) || about.sensitive) return;
  Tracer tracer = sequence_tracer();
  if (tracer.none() || !told(tracer, about)) return;
  static const Term send = make_atom("send"), receive = make_atom("receive"), print = make_atom("print");
  Word words[3 + 6];
  OffHeap* off_heap = nullptr;
  HeapWriter w(words, words + 9, &off_heap);
  Term serials = w.tuple(Term::small(token.last), Term::small(token.serial));
  Term what = type == sequence_send ? send : type == sequence_receive ? receive : print;
  Term event = w.tuple(what, serials, token.sender, receiver, message);
  uint32_t flags = (token.flags & sequence_timestamp ? flag_timestamp : 0u) |
                   (token.flags & sequence_strict_monotonic_timestamp ? flag_strict_monotonic_timestamp : 0u) |
                   (token.flags & sequence_monotonic_timestamp ? flag_monotonic_timestamp : 0u);
  deliver_sequence(tracer, flags, about, token.label, event);
}

// The process is about to send: it is the sender now, of the next serial. Not when the tracer would not be told.
Token next_token(Process& p) {
  Token token = Token::of(p.sequence_token);
  Tracer tracer = sequence_tracer();
  if (!tracer.none() && !told(tracer, p)) return token;
  State& c = counters(p);
  token.sender = p.pid;
  token.serial = ++c.sequence_serial;
  token.last = c.sequence_last;
  p.sequence_token = token.write(p.heap);
  return token;
}

Term on_sent(Process& from, Term to, Term message) {
  Token token = next_token(from);
  tell(from, token, sequence_send, to, message);
  return from.sequence_token;
}

void on_received(Process& p, const Signal& s) {
  p.sequence_token = s.token;
  if (!has_token(p)) return;
  Token token = Token::of(s.token);
  State& c = counters(p);
  c.sequence_last = token.serial;
  if (c.sequence_serial < token.serial) c.sequence_serial = token.serial;
  tell(p, token, sequence_receive, p.pid, s.payload);
}

// As if the call had been a message to the child, and its return one back.
void on_spawned(Process& parent, Process& child, const SpawnOptions& o) {
  static const Term spawn_request = make_atom("spawn_request");
  Token token = next_token(parent);
  child.sequence_token = token.write(child.heap);
  State& of_child = counters(child);
  of_child.sequence_serial = of_child.sequence_last = token.serial;

  Word words[ref_words + 4 + 9 + 5];
  OffHeap* off_heap = nullptr;
  HeapWriter w(words, words + std::size(words), &off_heap);
  Term ref = o.monitor_ref.is_value() ? o.monitor_ref : write_ref(w, fresh_ref_key());
  SpawnCall call(o);
  Term mfa = w.tuple(call.module, call.function, Term::small(SWord(call.arity)));
  Term request = w.tuple(spawn_request, ref, parent.pid, child.group_leader, mfa, o.options, o.reply_tag, call.args);
  tell(parent, token, sequence_send, child.pid, request);
  tell(parent, token, sequence_receive, child.pid, request);
  if (o.asynchronous) return;
  Token back = next_token(child);
  Term reply = w.tuple(o.reply_tag, ref, atom::ok, child.pid);
  tell(parent, back, sequence_send, parent.pid, reply);
  State& of_parent = counters(parent);
  of_parent.sequence_serial = of_parent.sequence_last = back.serial;
  tell(parent, back, sequence_receive, parent.pid, reply);
}

Token token_or_new(Process& p) {
  if (has_token(p)) return Token::of(p.sequence_token);
  Token fresh;
  fresh.sender = p.pid;
  fresh.last = p.trace ? state_of(p)->sequence_last : 0;
  return fresh;
}

uint32_t flag_of_item(Term item) {
  static const struct {
    Term name;
    uint32_t flag;
  } names[] = {{make_atom("send"), sequence_send},
               {make_atom("receive"), sequence_receive},
               {make_atom("print"), sequence_print},
               {make_atom("timestamp"), sequence_timestamp},
               {make_atom("strict_monotonic_timestamp"), sequence_strict_monotonic_timestamp},
               {make_atom("monotonic_timestamp"), sequence_monotonic_timestamp}};
  for (const auto& n : names)
    if (n.name.same(item)) return n.flag;
  return 0;
}

Term label_atom() {
  static const Term t = make_atom("label");
  return t;
}
Term serial_atom() {
  static const Term t = make_atom("serial");
  return t;
}

Term serials(Heap& heap, const Token& token) {
  return heap.reserve(Words(3)).tuple(Term::small(token.last), Term::small(token.serial));
}

bool to_serials(Term t, SWord* last, SWord* serial) {
  auto pair = t.as<Tuple>();
  if (!pair || pair->arity() != 2 || !pair->at(0).is_small() || !pair->at(1).is_small()) return false;
  *last = pair->at(0).small_value();
  *serial = pair->at(1).small_value();
  return true;
}

}  // namespace

Term change_sequence_token(Process& p, Term item, Term value, bool set) {
  Token token = token_or_new(p);
  Term before;
  if (uint32_t flag = flag_of_item(item)) {
    if (!value.same(atom::true_) && !value.same(atom::false_)) return {};
    before = boolean((token.flags & flag) != 0);
    token.flags = value.same(atom::true_) ? token.flags | flag : token.flags & ~flag;
  } else if (item.same(label_atom())) {
    before = token.label;
    token.label = value;
  } else if (item.same(serial_atom())) {
    before = serials(p.heap, token);
    if (!to_serials(value, &token.last, &token.serial)) return {};
    if (set) {
      State& c = counters(p);
      c.sequence_serial = token.serial;
      c.sequence_last = token.last;
    }
  } else if (item.same(atom::sequential_trace_token)) {
    if (!value.is_nil()) return {};
    before = p.sequence_token;
    if (set) p.sequence_token = nil;
    return before;
  } else {
    return {};
  }
  if (set) p.sequence_token = token.write(p.heap);
  return before;
}

Term sequence_token_info(Process& p, Term item) {
  uint32_t flag = flag_of_item(item);
  bool other = item.same(label_atom()) || item.same(serial_atom());
  static const Term spawn = make_atom("spawn");
  if (!has_token(p)) {
    if (other) return nil;
    if (!flag && !item.same(spawn)) return {};
    return p.heap.reserve(Words(3)).tuple(item, atom::false_);
  }
  if (!flag && !other) return {};
  Token token = Token::of(p.sequence_token);
  Term value = flag ? boolean((token.flags & flag) != 0) : item.same(label_atom()) ? token.label : serials(p.heap, token);
  return p.heap.reserve(Words(3)).tuple(item, value);
}

bool print_sequence(Process& p, const Term* label, Term message) {
  if (!has_token(p) || (label && !terms_equal(*label, Token::of(p.sequence_token).label))) return false;
  tell(p, next_token(p), sequence_print, nil, message);
  return true;
}

void reset_sequence(Process& p) {
  p.sequence_token = nil;
  for (Signal* m = p.messages.first; m; m = m->next)
    if (m->token.is_value()) m->token = nil;
  if (!p.trace) return;
  state_of(p)->sequence_serial = state_of(p)->sequence_last = 0;
}

Tracer sequence_tracer() {
  Tracer tracer;
  {
    sys::Locked guard(system_tracer_lock);
    tracer = system_tracer;
  }
  if (tracer.none() || tracer.alive()) return tracer;
  sys::Locked guard(system_tracer_lock);
  if (system_tracer.same(tracer)) system_tracer = Tracer();
  return {};
}

bool set_sequence_tracer(const Tracer& tracer) {
  if (!tracer.none() && !tracer.alive()) return false;
  sys::Locked guard(system_tracer_lock);
  system_tracer = tracer;
  return true;
}

void init_sequence_tracing() {
  trace_hooks.sequence_sent = on_sent;
  trace_hooks.sequence_received = on_received;
  trace_hooks.sequence_spawned = on_spawned;
  change_token = [](Process& p, Term item, Term value, bool test) { return change_sequence_token(p, item, value, !test); };
}

}  // namespace joist::trace
