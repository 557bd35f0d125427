#include "vm/process/system_monitor.h"

#include "vm/process/place.h"
#include "vm/process/process_table.h"
#include "vm/process/send.h"

namespace joist {

namespace {

// Null when nobody is to be told about it: the monitoring process is not told about itself.
Process* receiver_for(Term subject) {
  Word raw = system_monitor.receiver.load(std::memory_order_relaxed);
  if (!raw || raw == subject.raw()) return nullptr;
  return find_process(Term::from_raw(raw));
}
Process* receiver_for(const Process& p) { return receiver_for(p.pid); }

Term monitor_atom() {
  static const Term t = make_atom("monitor");
  return t;
}

// The list items of an event, last one first.
struct Info {
  HeapWriter& w;
  Term list = nil;
  void add(Term name, Term value) { list = w.cons(w.tuple(name, value), list); }
  void add(Term name, size_t value) { add(name, Term::small(SWord(value))); }
};
constexpr size_t item_words = 5;

void report_collection(Process& p, Process& to, Term event, int64_t nanoseconds) {
  const Heap& h = p.heap;
  MessageBuilder b(5 + 7 * item_words);
  Info info{b.writer()};
  info.add(atom::heap_size, h.heap_words());
  info.add(atom::old_heap_size, size_t(h.old_top - h.old_start));
  info.add(atom::stack_size, h.stack_words());
  info.add(atom::mbuf_size, h.fragment_words);
  info.add(atom::heap_block_size, size_t(h.end - h.start));
  info.add(atom::old_heap_block_size, size_t(h.old_end - h.old_start));
  if (nanoseconds) info.add(atom::timeout, size_t(nanoseconds / 1000000));
  b.send(to, Term(), b.writer().tuple(monitor_atom(), p.pid, event, info.list));
}

}  // namespace

void watch_collection(Process& p, int64_t nanoseconds) {
  Process* to = receiver_for(p);
  if (!to) return;
  static const Term long_gc = make_atom("long_gc"), large_heap = make_atom("large_heap");
  int64_t longest = system_monitor.long_gc.load(std::memory_order_relaxed);
  if (longest && nanoseconds >= longest) report_collection(p, *to, long_gc, nanoseconds);
  size_t largest = system_monitor.large_heap.load(std::memory_order_relaxed);
  size_t words = size_t(p.heap.end - p.heap.start) + size_t(p.heap.old_end - p.heap.old_start);
  if (largest && words >= largest) report_collection(p, *to, large_heap, 0);
}

void report_long_schedule(Process& p, int64_t nanoseconds, const Word* in, const Word* out) {
  Process* to = receiver_for(p);
  if (!to) return;
  MessageBuilder b(5 + 3 * item_words + 2 * 4);
  Info info{b.writer()};
  Term from = write_place(b.writer(), in, atom::undefined), until = write_place(b.writer(), out, atom::undefined);
  info.add(make_atom("out"), until);
  info.add(make_atom("in"), from);
  info.add(atom::timeout, size_t(nanoseconds / 1000000));
  b.send(*to, Term(), b.writer().tuple(monitor_atom(), p.pid, make_atom("long_schedule"), info.list));
}

void report_long_port_turn(Term port, int64_t nanoseconds, const char* operation) {
  Process* to = receiver_for(port);
  if (!to) return;
  MessageBuilder b(5 + 2 * item_words);
  Info info{b.writer()};
  info.add(make_atom("port_op"), make_atom(operation));
  info.add(atom::timeout, size_t(nanoseconds / 1000000));
  b.send(*to, Term(), b.writer().tuple(monitor_atom(), port, make_atom("long_schedule"), info.list));
}

void report_busy_port(Process& p, Term port, bool distribution) {
  auto& wanted = distribution ? system_monitor.busy_dist_port : system_monitor.busy_port;
  if (!wanted.load(std::memory_order_relaxed)) return;
  Process* to = receiver_for(p);
  if (!to) return;
  MessageBuilder b(5 + copy_size(port));
  Term own = b.copy(port);
  b.send(*to, Term(), b.writer().tuple(monitor_atom(), p.pid, make_atom(distribution ? "busy_dist_port" : "busy_port"), own));
}

}  // namespace joist
