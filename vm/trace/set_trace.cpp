#include "vm/trace/set_trace.h"

#include "vm/process/process_table.h"
#include "vm/process/relations.h"
#include "vm/process/send.h"
#include "vm/process/trace_hooks.h"
#include "vm/sys/lock.h"

namespace joist::trace {

namespace {

struct ChangeRound final : Round {
  Change what;
  ChangeRound(Term asker, const Change& c) : Round(asker), what(c) {}
  bool act(Process& p) override { return change(p.trace, what); }
};

// What new processes or ports get.
struct Inheritance {
  sys::Mutex lock{sys::LockRank::Leaf};
  void* state = nullptr;  // lock; as that of a process
  std::atomic<bool>& any;

  void change(const Change& what) {
    sys::Locked<sys::Mutex> locked(lock);
    Change forced = what;
    forced.replaces = true;
    trace::change(state, forced);
    any.store(state != nullptr, std::memory_order_seq_cst);
  }
  Change get() {
    Change c;
    sys::Locked<sys::Mutex> locked(lock);
    auto* s = static_cast<State*>(state);
    if (s && !s->tracer.alive()) {
      stop(state);
      any.store(false, std::memory_order_seq_cst);
    } else if (s) {
      c.set = s->flags;
      c.tracer = s->tracer;
    }
    return c;
  }
};
Inheritance new_processes{.any = trace_new_processes};
Inheritance new_ports{.any = trace_new_ports};

struct DeliveryRound final : Round {
  Term tracee;
  RefKey ref;
  DeliveryRound(Term asker, Term t, RefKey r) : Round(asker), tracee(t), ref(r) {}
  bool act(Process&) override { return true; }
  void end() override {
    Process* to = find_process(asker_);
    if (!to) return;
    MessageBuilder b(4 + ref_words);
    Term r = write_ref(b.writer(), ref);
    b.send(*to, Term(), b.writer().tuple(make_atom("trace_delivered"), tracee, r));
  }
};

}  // namespace

std::shared_ptr<Round> change_round(Term asker, const Change& change) { return std::make_shared<ChangeRound>(asker, change); }

std::shared_ptr<Round> delivery_round(Term asker, Term tracee, RefKey ref) {
  return std::make_shared<DeliveryRound>(asker, tracee, ref);
}

void change_new_processes(const Change& change) { new_processes.change(change); }
Change new_process_change() { return new_processes.get(); }
void change_new_ports(const Change& change) { new_ports.change(change); }
Change new_port_change() { return new_ports.get(); }

}  // namespace joist::trace
