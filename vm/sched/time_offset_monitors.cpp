// A list under a lock: the offset changes seldom, if ever (time warp modes). Those who are dead by then are dropped when it does.
#include "vm/sched/time_offset_monitors.h"

#include <vector>

#include "vm/process/process_table.h"
#include "vm/process/receive.h"
#include "vm/process/send.h"
#include "vm/sys/clock.h"
#include "vm/sys/lock.h"
#include "vm/term/arith.h"

namespace joist {

namespace {

struct Row {
  Term pid;
  RefKey ref;
};
sys::Mutex lock{sys::LockRank::Leaf};
std::vector<Row>& rows() {
  static std::vector<Row> all;
  return all;
}

struct Change final : RequestSignal {
  RefKey ref;
  bool run(Process& p) override {
    Monitor* m = p.relations ? p.relations->monitors.find(ref) : nullptr;
    if (!m) return true;
    Term tag = m->tag.term.is_value() ? m->tag.term : atom::CHANGE;
    MessageBuilder b(6 + copy_size(tag) + copy_size(m->ref.term) + arith::integer_words);
    Term t = b.copy(tag), r = b.copy(m->ref.term);
    Term offset = arith::write_integer(b.writer(), sys::time_offset());
    Term message = b.writer().tuple(t, r, atom::time_offset, atom::clock_service, offset);
    append_message(p, Term(), message, b.finish());
    p.state.fetch_or(process_state::Active, std::memory_order_seq_cst);
    return true;
  }
  void receiver_gone() override {}
};

}  // namespace

void add_time_offset_monitor(Term pid, RefKey ref) {
  sys::Locked<sys::Mutex> locked(lock);
  rows().push_back({pid, ref});
}

void time_offset_changed() {
  std::vector<Row> all;
  {
    sys::Locked<sys::Mutex> locked(lock);
    all = rows();
  }
  for (Row& row : all) {
    if (Process* p = find_process(row.pid)) {
      auto* s = new Change;
      s->ref = row.ref;
      send_signal(*p, s);
    }
  }
}

}  // namespace joist
