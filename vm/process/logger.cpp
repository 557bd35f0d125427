// The system logger's messages. Without a logger the event goes to standard error.
#include "vm/process/logger.h"

#include <cstdio>

#include "gc/collect.h"
#include "vm/process/process_table.h"
#include "vm/process/registry.h"
#include "vm/process/send.h"
#include "vm/sys/clock.h"
#include "vm/term/arith.h"
#include "vm/term/map.h"
#include "vm/term/print.h"

namespace joist {

std::atomic<Word> system_logger{atom::logger.raw()};

void log_event(Process& process, Term level, std::string_view format, Term args) {
  Term name = Term::from_raw(system_logger.load(std::memory_order_relaxed));
  if (name.same(atom::undefined)) return;
  if (name.is_local_pid() && !find_process(name)) {  // a logger of somebody's own that is gone
    Word gone = name.raw();
    name = atom::logger;
    system_logger.compare_exchange_strong(gone, name.raw());
  }
  Term receiver = name.is_atom() ? whereis(name) : name;
  if (!receiver.is_local_pid()) {
    std::fprintf(stderr, "(no logger present) %s: %.*s %s\n", print_term(level).c_str(), int(format.size()), format.data(),
                 print_term(args, 4000).c_str());
    return;
  }
  Heap heap;  // not the process's: a collection that reports has just made room there for something else
  heap_init(heap, Words(2 * format.size() + 64));
  HeapWriter w = heap.reserve(Words(2 * format.size()));
  Term text = nil;
  for (size_t i = format.size(); i-- > 0;) text = w.cons(Term::small(uint8_t(format[i])), text);
  Term tag = level.same(atom::info) ? atom::info_msg : level.same(atom::warning) ? atom::warning_msg : level;
  Term emulator[] = {atom::emulator, atom::true_, atom::tag, tag};
  Term old_style = map::from_pairs(heap, emulator, 2);
  Term time = arith::make_integer(heap, sys::os_system_time() / 1000);
  Term pairs[] = {atom::error_logger, old_style, atom::gl, process.group_leader, atom::pid, process.pid, atom::time, time};
  Term metadata = map::from_pairs(heap, pairs, 4);
  Term message = heap.reserve(Words(6)).tuple(atom::log, level, text, args, metadata);
  send_to_pid(receiver, Term(), message);
  heap_destroy(heap);
}

}  // namespace joist
