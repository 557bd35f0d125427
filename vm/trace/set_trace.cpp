#include "vm/trace/set_trace.h"

#include "vm/process/process_table.h"
#include "vm/process/relations.h"
#include "vm/process/send.h"
#include "vm/process/trace_hooks.h"
#include "vm/sys/lock.h"

namespace joist::trace {

namespace {

struct ChangeRequest final : RequestSignal {
  Change what;
  std::shared_ptr<Batch> batch;
  bool run(Process& p) override {
    bool done = change(p.trace, what);
    if (batch) batch->answered(done);
    return true;
  }
  void receiver_gone() override {
    if (batch) batch->answered(false);
  }
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

struct Delivered {
  Term asker, tracee;
  RefKey ref;
  std::atomic<size_t> waiting{1};
  void answered() {
    if (waiting.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    Process* to = find_process(asker);
    if (!to) return;
    MessageBuilder b(4 + ref_words);
    Term r = write_ref(b.writer(), ref);
    b.send(*to, Term(), b.writer().tuple(make_atom("trace_delivered"), tracee, r));
  }
};

struct DeliveredRequest final : RequestSignal {
  std::shared_ptr<Delivered> what;
  bool run(Process&) override {
    what->answered();
    return true;
  }
  void receiver_gone() override { what->answered(); }
};

}  // namespace

void Batch::answered(bool done) {
  if (done) changed.fetch_add(1, std::memory_order_relaxed);
  if (waiting.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (Process* p = find_process(asker)) wake_waiting(*p);
}

void send_change(Process& to, const Change& change, std::shared_ptr<Batch> batch, Priority sender) {
  auto* s = new ChangeRequest;
  s->what = change;
  if (batch) batch->waiting.fetch_add(1, std::memory_order_relaxed);
  s->batch = std::move(batch);
  send_signal_as(to, s, sender);
}

void change_new_processes(const Change& change) { new_processes.change(change); }
Change new_process_change() { return new_processes.get(); }
void change_new_ports(const Change& change) { new_ports.change(change); }
Change new_port_change() { return new_ports.get(); }

void send_trace_delivered(const std::vector<Term>& processes, Term asker, Term tracee, RefKey ref) {
  auto what = std::make_shared<Delivered>();
  what->asker = asker;
  what->tracee = tracee;
  what->ref = ref;
  for (Term pid : processes) {
    Process* p = find_process(pid);
    if (!p) continue;
    auto* s = new DeliveredRequest;
    s->what = what;
    what->waiting.fetch_add(1, std::memory_order_relaxed);
    send_signal(*p, s);
  }
  what->answered();
}

}  // namespace joist::trace
